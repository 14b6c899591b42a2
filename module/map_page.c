// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy page: the fault returns a refcounted page and the kernel maps it. No
 * special flag on the VMA: it merges with its neighbours, mlock() holds, fork
 * and MAP_PRIVATE copy on write, and get_user_pages() works.
 */
#include <linux/bits.h>
#include <linux/pagemap.h>

#include "vma.h"

/**
 * vmadev_page_fault() - the page at a fault; see &vmadev_strategy.fault
 * @vmf:    the fault
 * @region: has a page there
 * @order:  0
 * @nr:     gets 1, whatever the kernel maps of the page's folio
 *
 * The page comes locked. The kernel maps it only after the region's lock was
 * dropped; the page's own lock is what somebody who takes it away can wait for.
 * Returning it unlocked, as many drivers do, is right only where pages never leave.
 *
 * Since 6.18 the kernel maps the rest of the page's folio with it, where one page
 * table has room for all; it does not look whether another page there is poisoned.
 *
 * Return: VM_FAULT_LOCKED with a reference on vmf->page, or VM_FAULT_HWPOISON.
 */
vm_fault_t vmadev_page_fault(struct vm_fault *vmf, const struct vmadev_region *region,
			     unsigned int order, unsigned long *nr)
{
	struct page *page = region->backing->get_page(region, vmf->pgoff);

	if (!page)
		return VM_FAULT_HWPOISON;
	lock_page(page);
	vmf->page = page;
	*nr = 1;
	return VM_FAULT_LOCKED;
}

/*
 * No ->close, which would prevent merging; hence no ->open either. A merge may come
 * before ->mmap is asked, so the range check that counts is the one at the fault: on
 * 6.1 and 6.12, where the node's mount is noexec, a mapping past the end merges with
 * one that ends there.
 */
static const struct vm_operations_struct page_vm_ops = {
	VMADEV_FAULT_OPS,
};

const struct vmadev_strategy vmadev_map_page = {
	.id		= VMADEV_STRATEGY_PAGE,
	.name		= "page",
	.backings	= BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG),
	.private	= true,
	.vm_ops		= &page_vm_ops,
	.fault		= vmadev_page_fault,
};

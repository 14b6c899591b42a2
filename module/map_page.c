// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy page: the fault returns a refcounted page and the kernel maps it. No
 * special flag on the VMA: it merges with its neighbours, mlock() holds, fork
 * and MAP_PRIVATE copy on write, and get_user_pages() works.
 */
#include <linux/bits.h>
#include <linux/pagemap.h>

#include "fault.h"

/* Is a rule at a page of the same folio? */
static bool is_among_rules(const struct vm_fault *vmf, const struct vmadev_region *region,
			   struct page *page)
{
	struct page *head = compound_head(page);
	unsigned long nr = compound_nr(head);

	return nr > 1 && vmadev_inject_covers(region, vmf->pgoff - (page - head), nr);
}

#ifdef VMADEV_HAVE_INSERT_PAGE_MKWRITE

/*
 * Map this page of a folio and no other, or leave it to the kernel, which copies it. Takes
 * the reference.
 */
static vm_fault_t alone(struct vm_fault *vmf, struct page *page)
{
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	vm_fault_t result;

	if (write && !(vmf->vma->vm_flags & VM_SHARED))
		return 0;
	result = vmf_insert_page_mkwrite(vmf, page, write);
	put_page(page);
	return result;
}

#else

static int no_entry(pte_t *pte, unsigned long addr, void *data)
{
	return 0;
}

/*
 * Here the kernel maps a folio by PMD if it is as large, else the one page. It does not
 * where there is a page table.
 */
static vm_fault_t alone(struct vm_fault *vmf, struct page *page)
{
	if (!apply_to_page_range(vmf->vma->vm_mm, vmf->address & PAGE_MASK, PAGE_SIZE, no_entry,
				 NULL))
		return 0;
	put_page(page);
	return VM_FAULT_OOM;
}

#endif

/* On its own, or the fault where there are no rules would pay for it. 0: as without them. */
static noinline vm_fault_t map_among_rules(struct vm_fault *vmf, const struct vmadev_region *region,
					   struct page *page)
{
	return is_among_rules(vmf, region, page) ? alone(vmf, page) : 0;
}

/*
 * The page comes locked. The kernel maps it only after the region's lock was
 * dropped; the page's own lock is what somebody who takes it away can wait for.
 * Returning it unlocked, as many drivers do, is right only where pages never leave.
 *
 * Since 6.18 the kernel maps the rest of the page's folio with it, where one page
 * table has room for all; it does not look whether another page there is poisoned.
 * What is counted is the one page.
 */
static __always_inline struct vmadev_mapped
map_page(struct vm_fault *vmf, const struct vmadev_region *region, unsigned int order)
{
	struct page *page = region->backing->get_page(region, vmf->pgoff);

	if (IS_ERR(page))
		return (struct vmadev_mapped){ vmadev_fault_error(PTR_ERR(page)) };
	if (vmadev_injecting()) {
		vm_fault_t result = map_among_rules(vmf, region, page);

		if (result)
			return (struct vmadev_mapped){ result, result == VM_FAULT_NOPAGE };
	}
	if (!trylock_page(page))	/* lock_page() is ready to sleep first */
		lock_page(page);
	vmf->page = page;
	return (struct vmadev_mapped){ VM_FAULT_LOCKED, 1 };
}

/**
 * vmadev_page_fault() - &vm_operations_struct.fault: the page at a fault
 * @vmf: the fault
 *
 * Return: VM_FAULT_LOCKED with a reference on vmf->page, VM_FAULT_HWPOISON, or
 * VM_FAULT_SIGBUS past the end and for a hole that no memory is left for.
 */
vm_fault_t vmadev_page_fault(struct vm_fault *vmf)
{
	return vmadev_fault(vmf, 0, map_page);
}

/*
 * No ->close, which would prevent merging; hence no ->open either. A merge may come
 * before ->mmap is asked, so the range check that counts is the one at the fault: on
 * 6.1 and 6.12, where the node's mount is noexec, a mapping past the end merges with
 * one that ends there.
 */
static const struct vm_operations_struct page_vm_ops = {
	VMADEV_FAULT_OPS(vmadev_page_fault),
};

static const struct vm_operations_struct page_log_ops = {
	VMADEV_FAULT_OPS(vmadev_page_fault),
	.page_mkwrite	= vmadev_page_mkwrite,
};

const struct vmadev_strategy vmadev_map_page = {
	.id		= VMADEV_STRATEGY_PAGE,
	.name		= "page",
	.backings	= BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG),
	.private	= true,
	.vm_ops		= &page_vm_ops,
	.log_ops	= &page_log_ops,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy page: the fault returns a counted page and the kernel maps it. No
 * special flag on the VMA: it merges with its neighbours, mlock() holds, fork
 * and MAP_PRIVATE copy on write, and get_user_pages() works.
 */
#include <linux/bits.h>

#include "vma.h"

/**
 * vmadev_page_fault() - &vm_operations_struct.fault
 * @vmf: the fault; runs without mmap_lock where the kernel can
 *
 * Return: 0 with a reference on vmf->page, or VM_FAULT_SIGBUS past the end.
 */
vm_fault_t vmadev_page_fault(struct vm_fault *vmf)
{
	const struct vmadev_region *region = vmadev_handle_of(vmf->vma->vm_file)->region;

	if (!vmadev_region_has(region, vmf->pgoff, 1))
		return vmadev_fault_end(vmf, VM_FAULT_SIGBUS, 0);
	vmf->page = region->pages[vmf->pgoff];
	get_page(vmf->page);
	return vmadev_fault_end(vmf, 0, 1);
}

/* No ->close, which would prevent merging; hence no ->open either. */
static const struct vm_operations_struct page_vm_ops = {
	.fault		= vmadev_page_fault,
	.map_pages	= vmadev_vma_map_pages,
};

const struct vmadev_strategy vmadev_map_page = {
	.id		= VMADEV_STRATEGY_PAGE,
	.name		= "page",
	.backings	= BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG),
	.private	= true,
	.vm_ops		= &page_vm_ops,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy pfn: the fault maps a frame number, and its neighbours' with it. The
 * kernel counts no reference on what a VM_PFNMAP VMA maps: it is the VMA's
 * file that keeps the region, and so the pages, alive.
 */
#include <linux/bits.h>
#include <linux/sizes.h>

#include "vma.h"

/* As much around a fault as the kernel itself maps of page cache by default. */
#define VMADEV_FAULT_AROUND	max_t(unsigned long, SZ_64K, PAGE_SIZE)

static vm_fault_t insert(struct vm_area_struct *vma, const struct vmadev_region *region,
			 unsigned long addr)
{
	pgoff_t pgoff = linear_page_index(vma, addr);

	if (!vmadev_region_has(region, pgoff, 1))
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vma, addr, page_to_pfn(region->pages[pgoff]));
}

/**
 * vmadev_pfn_fault() - &vm_operations_struct.fault
 * @vmf: the fault; runs without mmap_lock where the kernel can
 *
 * Return: VM_FAULT_NOPAGE, VM_FAULT_SIGBUS past the end, or VM_FAULT_OOM. What
 * becomes of the neighbours does not matter: they can fault themselves.
 */
vm_fault_t vmadev_pfn_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	const struct vmadev_region *region = vmadev_handle_of(vma->vm_file)->region;
	unsigned long window = ALIGN_DOWN(vmf->address, VMADEV_FAULT_AROUND);
	unsigned long end = min(window + VMADEV_FAULT_AROUND - 1, vma->vm_end - 1);
	unsigned long addr, nr_pages = 1;
	vm_fault_t result = insert(vma, region, vmf->address);

	if (result & VM_FAULT_ERROR)
		return vmadev_fault_end(vmf, result, 0);
	for (addr = max(window, vma->vm_start); addr < end; addr += PAGE_SIZE) {
		if (addr == (vmf->address & PAGE_MASK))
			continue;
		nr_pages += insert(vma, region, addr) == VM_FAULT_NOPAGE;
	}
	return vmadev_fault_end(vmf, result, nr_pages);
}

static const struct vm_operations_struct pfn_vm_ops = {
	VMADEV_VMA_LIFE_OPS,
	.fault		= vmadev_pfn_fault,
	.map_pages	= vmadev_vma_map_pages,
	.access		= vmadev_vma_access,
};

const struct vmadev_strategy vmadev_map_pfn = {
	.id		= VMADEV_STRATEGY_PFN,
	.name		= "pfn",
	.backings	= BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG),
	.vm_flags	= VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP,
	.vm_ops		= &pfn_vm_ops,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy pfn: the fault maps a PFN, and its neighbours with it. The kernel
 * counts no reference on what a VM_PFNMAP VMA maps: it is the VMA's file that
 * keeps the region, and so the pages, alive.
 */
#include <linux/bits.h>
#include <linux/pgtable.h>
#include <linux/sizes.h>

#include "fault.h"

/* As much around a fault as the kernel itself maps of page cache by default. */
#define VMADEV_FAULT_AROUND	max_t(unsigned long, SZ_64K, PAGE_SIZE)

/**
 * struct window - the pages around a fault that are mapped with it
 * @vma:    the VMA
 * @region: what it maps
 * @pgoff:  the next page
 * @end:    the first page after the window
 * @pfn:    of the next page
 * @nr:     how many pages from there on are known to be contiguous
 * @made:   PTEs made so far
 */
struct window {
	struct vm_area_struct *vma;
	const struct vmadev_region *region;
	pgoff_t pgoff, end;
	unsigned long pfn, nr, made;
};

/* One page on. Returns false if it is poisoned: it stays out. */
static bool next_pfn(struct window *window, unsigned long *pfn)
{
	bool mappable;

	if (!window->nr) {
		window->nr = window->end - window->pgoff;
		window->pfn = window->region->backing->pfn(window->region, window->pgoff,
							   &window->nr);
	}
	mappable = window->nr;
	*pfn = window->pfn++;
	window->pgoff++;
	if (mappable)
		window->nr--;
	return mappable;
}

#ifdef VMADEV_HAVE_SET_PTE_AT

/*
 * What is there already stays, if it is a PTE. A marker of userfaultfd's is none:
 * vmf_insert_pfn() would leave it, and the fault would come again for ever.
 */
static int make_pte(pte_t *pte, unsigned long addr, void *data)
{
	struct window *window = data;
	unsigned long pfn;

	if (!next_pfn(window, &pfn) || pte_present(ptep_get(pte)))
		return 0;
	set_pte_at(window->vma->vm_mm, addr, pte,
		   pte_mkspecial(pfn_pte(pfn, window->vma->vm_page_prot)));
	window->made++;
	return 0;
}

/* In one walk of the page table, which is half a dozen times cheaper than one a page. */
static int make_ptes(struct window *window, unsigned long addr, unsigned long len)
{
	return apply_to_page_range(window->vma->vm_mm, addr, len, make_pte, window);
}

#else

static int make_ptes(struct window *window, unsigned long addr, unsigned long len)
{
	unsigned long end = addr + len, pfn;

	for (; addr < end; addr += PAGE_SIZE) {
		if (!next_pfn(window, &pfn))
			continue;
		if (vmf_insert_pfn(window->vma, addr, pfn) != VM_FAULT_NOPAGE)
			return -ENOMEM;
		window->made++;
	}
	return 0;
}

#endif

static struct vmadev_mapped map_window(struct vm_fault *vmf, const struct vmadev_region *region,
				       unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long fault = vmf->address & PAGE_MASK, one = 1;
	unsigned long start = max(ALIGN_DOWN(fault, VMADEV_FAULT_AROUND), vma->vm_start);
	unsigned long last = min(ALIGN_DOWN(fault, VMADEV_FAULT_AROUND) + VMADEV_FAULT_AROUND - 1,
				 vma->vm_end - 1);
	struct window window = {
		.vma = vma,
		.region = region,
		.pgoff = linear_page_index(vma, start),
		.end = min(linear_page_index(vma, last) + 1, vmadev_region_pages(region)),
	};
	int err;

	region->backing->pfn(region, vmf->pgoff, &one);
	if (!one)
		return (struct vmadev_mapped){ VM_FAULT_HWPOISON };
	err = make_ptes(&window, start, (window.end - window.pgoff) << PAGE_SHIFT);
	return (struct vmadev_mapped){ err ? VM_FAULT_OOM : VM_FAULT_NOPAGE, window.made };
}

/**
 * vmadev_pfn_fault() - &vm_operations_struct.fault: map what is around a fault
 * @vmf: the fault
 *
 * Return: VM_FAULT_NOPAGE, VM_FAULT_HWPOISON, VM_FAULT_OOM, or VM_FAULT_SIGBUS past
 * the end.
 */
vm_fault_t vmadev_pfn_fault(struct vm_fault *vmf)
{
	return vmadev_fault(vmf, 0, map_window);
}

static const struct vm_operations_struct pfn_vm_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(vmadev_pfn_fault),
	.access		= vmadev_vma_access,
};

const struct vmadev_strategy vmadev_map_pfn = {
	.id		= VMADEV_STRATEGY_PFN,
	.name		= "pfn",
	.backings	= BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG),
	.maps		= VMADEV_MAPS_PFNS,
	.vm_ops		= &pfn_vm_ops,
};

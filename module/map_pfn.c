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
 * @made:   PTEs made so far
 */
struct window {
	struct vm_area_struct *vma;
	const struct vmadev_region *region;
	pgoff_t pgoff, end;
	unsigned int made;
};

/* How many pages from the next on are physically contiguous; 0: poison or a hole, and stays out. */
static unsigned long next_run(const struct window *window, unsigned long *pfn)
{
	unsigned long nr = window->end - window->pgoff;

	*pfn = window->region->backing->pfn(window->region, window->pgoff, &nr);
	return nr;
}

#ifdef VMADEV_HAVE_SET_PTE_AT

/*
 * All PTEs of the window, from its first one on: it lies in one page table, whose lock
 * is held. What is there already stays, if it is a PTE. A marker of userfaultfd's is
 * none: vmf_insert_pfn() would leave it, and the fault would come again for ever.
 */
static int make_all(pte_t *pte, unsigned long addr, void *data)
{
	struct window *window = data;
	pgprot_t prot = window->vma->vm_page_prot;

	while (window->pgoff < window->end) {
		unsigned long i, pfn, nr = next_run(window, &pfn);

		for (i = 0; i < nr; i++) {
			if (pte_present(ptep_get(pte + i)))
				continue;
			set_pte_at(window->vma->vm_mm, addr + i * PAGE_SIZE, pte + i,
				   pte_mkspecial(pfn_pte(pfn + i, prot)));
			window->made++;
		}
		nr = nr ?: 1;
		pte += nr;
		addr += nr * PAGE_SIZE;
		window->pgoff += nr;
	}
	return 0;
}

/* One walk to the page table and one lock, where vmf_insert_pfn() wants them for each page. */
static int make_ptes(struct window *window, unsigned long addr)
{
	return apply_to_page_range(window->vma->vm_mm, addr, PAGE_SIZE, make_all, window);
}

#else

static int make_ptes(struct window *window, unsigned long addr)
{
	while (window->pgoff < window->end) {
		unsigned long i, pfn, nr = next_run(window, &pfn);

		for (i = 0; i < nr; i++)
			if (vmf_insert_pfn(window->vma, addr + i * PAGE_SIZE, pfn + i) !=
			    VM_FAULT_NOPAGE)
				return -ENOMEM;
		window->made += nr;
		nr = nr ?: 1;
		addr += nr * PAGE_SIZE;
		window->pgoff += nr;
	}
	return 0;
}

#endif

/**
 * vmadev_map_window() - map what is around a fault; see vmadev_fault()
 * @vmf:    the fault
 * @region: has a page there
 * @order:  0
 */
struct vmadev_mapped vmadev_map_window(struct vm_fault *vmf, const struct vmadev_region *region,
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

	if (vmadev_injecting()) {
		vmadev_inject_narrow(region, vmf->pgoff, &window.pgoff, &window.end);
		start = fault - ((vmf->pgoff - window.pgoff) << PAGE_SHIFT);
	}
	region->backing->pfn(region, vmf->pgoff, &one);
	if (!one) {
		/* Poison, or a hole, which this fills. */
		struct page *page = region->backing->get_page(region, vmf->pgoff);

		if (IS_ERR(page))
			return (struct vmadev_mapped){ vmadev_fault_error(PTR_ERR(page)) };
		put_page(page);
	}
	err = make_ptes(&window, start);
	return (struct vmadev_mapped){ err ? VM_FAULT_OOM : VM_FAULT_NOPAGE, window.made };
}

/**
 * vmadev_pfn_fault() - &vm_operations_struct.fault: map what is around a fault
 * @vmf: the fault
 *
 * Return: VM_FAULT_NOPAGE, VM_FAULT_HWPOISON, VM_FAULT_OOM, or VM_FAULT_SIGBUS past
 * the end and for a hole that no memory is left for.
 */
vm_fault_t vmadev_pfn_fault(struct vm_fault *vmf)
{
	return vmadev_fault(vmf, 0, vmadev_map_window);
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

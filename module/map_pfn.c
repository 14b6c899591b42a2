// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy pfn: the fault maps a PFN, and its neighbours with it. The kernel
 * counts no reference on what a VM_PFNMAP VMA maps: it is the VMA's file that
 * keeps the region, and so the pages, alive.
 */
#include <linux/bits.h>
#include <linux/pgtable.h>

#include "fault.h"
#include "memtype.h"

/**
 * struct window - pages that are mapped together: all of them in one page table
 * @vma:   the VMA
 * @start: address of the first page
 * @pages: what is there; a hole, and a page that is poisoned, stays out
 * @nr:	   how many
 * @prot:  of the PTEs
 * @made:  PTEs made so far
 */
struct window {
	struct vm_area_struct *vma;
	unsigned long start;
	struct page **pages;
	unsigned int nr, made;
	pgprot_t prot;
};

/* From @start up to @end, or where the region ends, which has a page at @start. */
static void window_open(struct window *window, const struct vmadev_region *region,
			unsigned long start, unsigned long end)
{
	pgoff_t pgoff = linear_page_index(window->vma, start);

	window->start = start;
	window->pages = region->backing->pages(region, pgoff);
	window->nr = min((end - start) >> PAGE_SHIFT, vmadev_region_pages(region) - pgoff);
}

/* The page at a place of the window, if it may be mapped. */
static struct page *window_page(const struct window *window, unsigned int i)
{
	struct page *page = READ_ONCE(window->pages[i]);

	return page && !PageHWPoison(page) ? page : NULL;
}

#ifdef VMADEV_HAVE_SET_PTE_AT

/*
 * Where PTEs are made for a write, they are dirty, which nobody looks for in those of PFNs:
 * a CPU that does not say so itself would fault once more for each.
 */
static void window_set_prot(struct window *window, bool write)
{
	pte_t pte = pfn_pte(0, window->vma->vm_page_prot);

	if (write && pte_write(pte))
		pte = pte_mkdirty(pte);
	window->prot = pte_pgprot(pte);
}

/*
 * All PTEs of the window, from its first one on: it lies in one page table, whose lock
 * is held. What is there already stays, if it is a PTE. A marker of userfaultfd's is
 * none: vmf_insert_pfn() would leave it, and the fault would come again for ever.
 */
static int make_all(pte_t *pte, unsigned long addr, void *data)
{
	struct window *window = data;
	struct mm_struct *mm = window->vma->vm_mm;
	unsigned int i, nr = window->nr, made = 0;
	pgprot_t prot = window->prot;

	for (i = 0; i < nr; i++, pte++, addr += PAGE_SIZE) {
		struct page *page = window_page(window, i);

		if (!page || pte_present(ptep_get(pte)))
			continue;
		set_pte_at(mm, addr, pte, pte_mkspecial(pfn_pte(page_to_pfn(page), prot)));
		made++;
	}
	window->made += made;
	return 0;
}

/* One walk to the page table and one lock, where vmf_insert_pfn() wants them for each page. */
static int make_ptes(struct window *window)
{
	return apply_to_page_range(window->vma->vm_mm, window->start, PAGE_SIZE, make_all, window);
}

#ifdef VM_PAT
/**
 * vmadev_map_vma() - map all that a VMA maps
 * @vma:    in no tree yet, and without PTEs
 * @region: what it maps; the caller holds vmadev_region_read_lock()
 *
 * Return: 0, -EIO if a page is poisoned, -ENOMEM.
 */
int vmadev_map_vma(struct vm_area_struct *vma, const struct vmadev_region *region)
{
	struct window window = { .vma = vma };
	unsigned long addr, end;
	int err = 0;

	window_set_prot(&window, false);
	for (addr = vma->vm_start; addr < vma->vm_end && !err; addr = end) {
		end = pmd_addr_end(addr, vma->vm_end);
		window_open(&window, region, addr, end);
		err = make_ptes(&window);
		cond_resched();
	}
	if (!err && window.made < vma_pages(vma))
		err = -EIO;
	return err;
}
#endif

#else

static void window_set_prot(struct window *window, bool write)
{
}

static int make_ptes(struct window *window)
{
	unsigned int i;

	for (i = 0; i < window->nr; i++) {
		struct page *page = window_page(window, i);

		if (!page)
			continue;
		if (vmf_insert_pfn(window->vma, window->start + i * PAGE_SIZE, page_to_pfn(page)) !=
		    VM_FAULT_NOPAGE)
			return -ENOMEM;
		window->made++;
	}
	return 0;
}

#endif

/* Leave out what rules on faults are at. */
static void narrow(const struct vm_fault *vmf, const struct vmadev_region *region,
		   unsigned long *start, unsigned long *last)
{
	unsigned long fault = vmf->address & PAGE_MASK;
	pgoff_t first = vmf->pgoff - ((fault - *start) >> PAGE_SHIFT);
	pgoff_t end = vmf->pgoff + ((*last - fault) >> PAGE_SHIFT) + 1;

	vmadev_inject_narrow(region, vmf->pgoff, &first, &end);
	*start = fault - ((vmf->pgoff - first) << PAGE_SHIFT);
	*last = fault + ((end - vmf->pgoff) << PAGE_SHIFT) - 1;
}

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
	unsigned long fault = vmf->address & PAGE_MASK;
	unsigned long start = ALIGN_DOWN(fault, VMADEV_FAULT_AROUND);
	unsigned long last = min(start + VMADEV_FAULT_AROUND - 1, vma->vm_end - 1);
	struct window window = { .vma = vma };
	int err;

	start = max(start, vma->vm_start);
	if (vmadev_injecting())
		narrow(vmf, region, &start, &last);
	window_open(&window, region, start, last + 1);
	if (!window_page(&window, (fault - start) >> PAGE_SHIFT)) {
		/* Poison, or a hole, which this fills. */
		struct page *page = region->backing->get_page(region, vmf->pgoff);

		if (IS_ERR(page))
			return (struct vmadev_mapped){ vmadev_fault_error(PTR_ERR(page)) };
		put_page(page);
	}
	window_set_prot(&window, vmf->flags & FAULT_FLAG_WRITE);
	err = make_ptes(&window);
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

/**
 * vmadev_map_logged() - the same, where a store is logged: its page alone can be written to
 * @vmf:    the fault
 * @region: has a page there
 * @order:  0
 */
struct vmadev_mapped vmadev_map_logged(struct vm_fault *vmf, const struct vmadev_region *region,
				       unsigned int order)
{
	struct vmadev_mapped window, store = { VM_FAULT_NOPAGE };

	if (vmf->flags & FAULT_FLAG_WRITE)
		store = vmadev_map_store(vmf, region,
					 region->backing->get_page(region, vmf->pgoff));
	if (store.result != VM_FAULT_NOPAGE)
		return store;
	window = vmadev_map_window(vmf, region, order);
	window.nr += store.nr;
	return window;
}

/**
 * vmadev_pfn_log_fault() - &vm_operations_struct.fault: as vmadev_pfn_fault()
 * @vmf: the fault
 */
vm_fault_t vmadev_pfn_log_fault(struct vm_fault *vmf)
{
	return vmadev_fault(vmf, 0, vmadev_map_logged);
}

static const struct vm_operations_struct pfn_vm_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(vmadev_pfn_fault),
	.access		= vmadev_vma_access,
};

static const struct vm_operations_struct pfn_log_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(vmadev_pfn_log_fault),
	.pfn_mkwrite	= vmadev_pfn_mkwrite,
	.access		= vmadev_vma_access,
};

const struct vmadev_strategy vmadev_map_pfn = {
	.id		= VMADEV_STRATEGY_PFN,
	.name		= "pfn",
	.backings	= BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG) |
			  BIT(VMADEV_BACKING_BAR) | VMADEV_ANY_CACHE,
	.maps		= VMADEV_MAPS_PFNS,
	.vm_ops		= &pfn_vm_ops,
	.log_ops	= &pfn_log_ops,
	.bar_ops	= &vmadev_bar_ops,
};

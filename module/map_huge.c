// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy huge: the fault maps PFNs by one entry of a PMD where addresses, offset and
 * memory are aligned for it and the VMA has all of it, else as pfn does.
 *
 * Nothing keeps such an entry whole: the kernel drops it when a part of it is
 * unmapped or gets another protection, and what is accessed next comes here again.
 *
 * The kernel asks for entries of a PUD too, and vmf_insert_pfn_pud() would make them. But
 * up to 7.3 mremap() takes one for a broken page table: it logs "bad pud", for any user
 * (get_old_pud() in mm/mremap.c); and ZAP of a part would split it without mmap_lock.
 */
#include <linux/bits.h>
#include <linux/mutex.h>

#include "bar.h"
#include "fault.h"
#include "memtype.h"

#ifdef VMADEV_HAVE_HUGE_PFNMAP

/*
 * The kernel looks whether there is a page table before it asks for a huge entry
 * and before it asks for PTEs, by settings that may change in between, and neither
 * may meet the other: apply_to_page_range() warns of a huge entry. One a huge entry
 * is cheap; PTEs are what one has this strategy to avoid.
 */
static DEFINE_MUTEX(entry_lock);

/* Make it, unless it is there, and only not writable. */
static struct vmadev_mapped make_entry(struct vm_fault *vmf, unsigned long pfn, unsigned int order)
{
	bool there = !pmd_none(pmdp_get_lockless(vmf->pmd));
	struct vmadev_mapped mapped;

	mapped.result = vmadev_insert_pfn_pmd(vmf, pfn, vmf->flags & FAULT_FLAG_WRITE);
	mapped.nr = there || mapped.result != VM_FAULT_NOPAGE ? 0 : 1u << order;
	return mapped;
}

static struct vmadev_mapped map_entry(struct vm_fault *vmf, const struct vmadev_region *region,
				      unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long bytes = PAGE_SIZE << order, start = ALIGN_DOWN(vmf->address, bytes);
	unsigned long pfn, nr = 1ul << order, contiguous = nr;
	struct vmadev_mapped mapped = { VM_FAULT_FALLBACK };
	pgoff_t pgoff;

	if (order != PMD_ORDER || start < vma->vm_start || vma->vm_end - start < bytes)
		return mapped;
	pgoff = linear_page_index(vma, start);
	if (!vmadev_region_has(region, pgoff, nr))
		return mapped;
	if (vmadev_injecting() && vmadev_inject_covers(region, pgoff, nr))
		return mapped;
	pfn = region->backing->pfn(region, pgoff, &contiguous);
	if (contiguous < nr || !IS_ALIGNED(pfn, nr))
		return mapped;

	mutex_lock(&entry_lock);
	mapped = make_entry(vmf, pfn, order);
	mutex_unlock(&entry_lock);
	return mapped;
}

static vm_fault_t huge_entry_fault(struct vm_fault *vmf, unsigned int order)
{
	return vmadev_fault(vmf, order, map_entry);
}

static __always_inline struct vmadev_mapped
unless_entry(struct vm_fault *vmf, const struct vmadev_region *region, unsigned int order,
	     struct vmadev_mapped (*map)(struct vm_fault *vmf, const struct vmadev_region *region,
					 unsigned int order))
{
	struct vmadev_mapped mapped = { VM_FAULT_NOPAGE };	/* the entry came meanwhile */

	mutex_lock(&entry_lock);
	if (!pmd_leaf(pmdp_get_lockless(vmf->pmd)))
		mapped = map(vmf, region, order);
	mutex_unlock(&entry_lock);
	return mapped;
}

static struct vmadev_mapped map_ptes(struct vm_fault *vmf, const struct vmadev_region *region,
				     unsigned int order)
{
	return unless_entry(vmf, region, order, vmadev_map_window);
}

static struct vmadev_mapped map_logged_ptes(struct vm_fault *vmf,
					    const struct vmadev_region *region, unsigned int order)
{
	return unless_entry(vmf, region, order, vmadev_map_logged);
}

static struct vmadev_mapped map_bar_ptes(struct vm_fault *vmf, const struct vmadev_region *region,
					 unsigned int order)
{
	return unless_entry(vmf, region, order, vmadev_map_bar);
}

static vm_fault_t huge_fault(struct vm_fault *vmf)
{
	return vmadev_fault(vmf, 0, map_ptes);
}

static vm_fault_t huge_bar_fault(struct vm_fault *vmf)
{
	return vmadev_fault(vmf, 0, map_bar_ptes);
}

/*
 * An entry that can be written through would be a store to all of its pages: it is given up
 * for PTEs at the first store, and where there are PTEs there they stay.
 */
static vm_fault_t huge_entry_log_fault(struct vm_fault *vmf, unsigned int order)
{
	if (vmf->flags & FAULT_FLAG_WRITE)
		return VM_FAULT_FALLBACK;
	return vmadev_fault(vmf, order, map_entry);
}

static vm_fault_t huge_log_fault(struct vm_fault *vmf)
{
	return vmadev_fault(vmf, 0, map_logged_ptes);
}

static const struct vm_operations_struct huge_log_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(huge_log_fault),
	.huge_fault	= huge_entry_log_fault,
	.pfn_mkwrite	= vmadev_pfn_mkwrite,
	.access		= vmadev_vma_access,
};

static const struct vm_operations_struct huge_vm_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(huge_fault),
	.huge_fault	= huge_entry_fault,
	.access		= vmadev_vma_access,
};

static const struct vm_operations_struct huge_bar_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(huge_bar_fault),
	.huge_fault	= huge_entry_fault,
	.access		= vmadev_bar_access,
};

#define HUGE_HOW						\
	.backings	= BIT(VMADEV_BACKING_CONTIG) | BIT(VMADEV_BACKING_BAR) |	\
			  VMADEV_ANY_CACHE,				\
	.orders		= BIT_ULL(PMD_ORDER),		\
	.vm_ops		= &huge_vm_ops,		\
	.log_ops	= &huge_log_ops,		\
	.bar_ops	= &huge_bar_ops

#else

#define HUGE_HOW	.backings = 0		/* it is known, and serves nothing */

#endif

const struct vmadev_strategy vmadev_map_huge = {
	.id		= VMADEV_STRATEGY_HUGE,
	.name		= "huge",
	.maps		= VMADEV_MAPS_HUGE_PFNS,
	HUGE_HOW,
};

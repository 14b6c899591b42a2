// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy remap: remap_pfn_range() makes all PTEs at mmap, in one call for a
 * contiguous range. What is no such range takes a call each, or none.
 *
 * The region is RAM, for which a driver of its own would rather take what
 * map_insert.c does: refcounted pages that get_user_pages() reaches. PFNs are for
 * memory that has no struct page, and device memory among that is for
 * io_remap_pfn_range(), which encrypts and decrypts as the machine wants it.
 */
#include <linux/bits.h>
#include <linux/err.h>

#include "memtype.h"
#include "vma.h"

/* PFNs, of which nobody looks at an array afterwards: only that it is under way is noted. */
static int note_mmap(struct vmadev_region *region, struct mm_struct *mm)
{
	return PTR_ERR_OR_ZERO(vmadev_eager_begin(region, mm, NULL, 0));
}

#ifdef VMADEV_HAVE_MMAP_PREPARE

/* An action of mmap_prepare takes one range, so that is what a region must be. */
static bool remap_serves(const struct vmadev_region *region)
{
	return region->one_run;
}

static int remap_prepare(struct vm_area_desc *desc, struct vmadev_region *region)
{
	unsigned long nr = vma_desc_pages(desc);
	unsigned long pfn = region->backing->pfn(region, desc->pgoff, &nr);

	if (nr < vma_desc_pages(desc))
		return -EIO;
	mmap_action_remap_full(desc, pfn);
	return note_mmap(region, desc->mm);
}

#define REMAP_HOW	.serves = remap_serves, .prepare = remap_prepare

#else

#ifdef VM_PAT

/*
 * Of a part of a VMA, x86 would look up the memory type of each page, which takes seven times as
 * long as to map it. Of all of it, it would mark the VMA, see vmadev_forget_pat(); where the
 * memory is a device's, the mark may not be forgotten, and the region's own mapping keeps the
 * memory type anyway. 6.16: no more.
 */
static int remap_runs(struct vm_area_struct *vma, const struct vmadev_region *region)
{
	return region->bar ? vmadev_map_bar_vma(vma, region) : vmadev_map_vma(vma, region);
}

#else

static int remap_runs(struct vm_area_struct *vma, const struct vmadev_region *region)
{
	unsigned long i, nr, n = vma_pages(vma);
	int err = 0;

	for (i = 0; i < n && !err; i += nr) {
		unsigned long pfn;

		nr = n - i;
		pfn = region->backing->pfn(region, vma->vm_pgoff + i, &nr);
		err = !nr ? -EIO : remap_pfn_range(vma, vma->vm_start + (i << PAGE_SHIFT), pfn,
						   nr << PAGE_SHIFT, vma->vm_page_prot);
	}
	return err;
}

#endif

static int remap_map(struct vm_area_struct *vma, struct vmadev_region *region)
{
	unsigned long nr = vma_pages(vma);
	unsigned long pfn = region->backing->pfn(region, vma->vm_pgoff, &nr);
	int err = note_mmap(region, vma->vm_mm);

	if (err)
		return err;
	if (nr < vma_pages(vma) || region->bar)
		return remap_runs(vma, region);
	err = remap_pfn_range(vma, vma->vm_start, pfn, nr << PAGE_SHIFT, vma->vm_page_prot);
	vmadev_forget_pat(vma);
	return err;
}

#define REMAP_HOW	.map = remap_map

#endif

/* The fault serves what a zap drops; nothing else does. */
static const struct vm_operations_struct remap_vm_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(vmadev_pfn_fault),
	.access		= vmadev_vma_access,
};

static const struct vm_operations_struct remap_log_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(vmadev_pfn_log_fault),
	.pfn_mkwrite	= vmadev_pfn_mkwrite,
	.access		= vmadev_vma_access,
};

const struct vmadev_strategy vmadev_map_remap = {
	.id		= VMADEV_STRATEGY_REMAP,
	.name		= "remap",
	.backings	= BIT(VMADEV_BACKING_CONTIG) | BIT(VMADEV_BACKING_BAR) |
			  VMADEV_ANY_CACHE,
	.eager		= true,
	.maps		= VMADEV_MAPS_PFNS,
	.vm_ops		= &remap_vm_ops,
	.log_ops	= &remap_log_ops,
	.bar_ops	= &vmadev_bar_ops,
	REMAP_HOW,
};

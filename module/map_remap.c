// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy remap: remap_pfn_range() makes all entries at mmap, in one call for
 * a physical run.
 */
#include <linux/bits.h>

#include "vma.h"

#ifdef VMADEV_HAVE_MMAP_PREPARE

/* An action of mmap_prepare takes one run, so that is what a region must be. */
static bool remap_serves(const struct vmadev_region *region)
{
	return region->run_bytes == region->bytes;
}

static int remap_prepare(struct vm_area_desc *desc, struct vmadev_region *region)
{
	mmap_action_remap_full(desc, page_to_pfn(region->pages[desc->pgoff]));
	return 0;
}

#define REMAP_HOW	.serves = remap_serves, .prepare = remap_prepare

#else

static int remap_map(struct vm_area_struct *vma, struct vmadev_region *region)
{
	struct page **page = region->pages + vma->vm_pgoff;
	unsigned long i, run, n = vma_pages(vma);
	int err = 0;

	for (i = 0; i < n && !err; i += run) {
		unsigned long pfn = page_to_pfn(page[i]);

		for (run = 1; i + run < n && page_to_pfn(page[i + run]) == pfn + run; run++)
			;
		err = remap_pfn_range(vma, vma->vm_start + (i << PAGE_SHIFT), pfn,
				      run << PAGE_SHIFT, vma->vm_page_prot);
	}
	vmadev_forget_pat(vma);
	return err;
}

#define REMAP_HOW	.map = remap_map

#endif

/* The fault serves what a zap drops; nothing else does. */
static const struct vm_operations_struct remap_vm_ops = {
	VMADEV_VMA_LIFE_OPS,
	.fault		= vmadev_pfn_fault,
	.map_pages	= vmadev_vma_map_pages,
	.access		= vmadev_vma_access,
};

const struct vmadev_strategy vmadev_map_remap = {
	.id		= VMADEV_STRATEGY_REMAP,
	.name		= "remap",
	.backings	= BIT(VMADEV_BACKING_CONTIG),
	.eager		= true,
	.vm_flags	= VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP,
	.vm_ops		= &remap_vm_ops,
	REMAP_HOW,
};

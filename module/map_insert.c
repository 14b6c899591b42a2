// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy insert: vm_insert_pages() makes all entries at mmap, of counted
 * pages: get_user_pages() works, and so does MAP_PRIVATE.
 */
#include <linux/bits.h>

#include "vma.h"

#ifdef VMADEV_HAVE_MMAP_PREPARE

static int insert_prepare(struct vm_area_desc *desc, struct vmadev_region *region)
{
	mmap_action_map_kernel_pages_full(desc, region->pages + desc->pgoff);
	return 0;
}

#define INSERT_HOW	.prepare = insert_prepare

#else

static int insert_map(struct vm_area_struct *vma, struct vmadev_region *region)
{
	unsigned long left = vma_pages(vma);

	return vm_insert_pages(vma, vma->vm_start, region->pages + vma->vm_pgoff, &left);
}

#define INSERT_HOW	.map = insert_map

#endif

/* The fault serves what MADV_DONTNEED or a zap drops. */
static const struct vm_operations_struct insert_vm_ops = {
	VMADEV_VMA_LIFE_OPS,
	.fault		= vmadev_page_fault,
	.map_pages	= vmadev_vma_map_pages,
};

const struct vmadev_strategy vmadev_map_insert = {
	.id		= VMADEV_STRATEGY_INSERT,
	.name		= "insert",
	.backings	= BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG),
	.private	= true,
	.eager		= true,
	.vm_flags	= VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP,
	.vm_ops		= &insert_vm_ops,
	INSERT_HOW,
};

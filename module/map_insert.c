// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy insert: vm_insert_pages() makes all PTEs at mmap, of refcounted pages:
 * get_user_pages() works, and so does MAP_PRIVATE.
 */
#include <linux/bits.h>
#include <linux/err.h>

#include "vma.h"

#ifdef VMADEV_HAVE_MMAP_PREPARE

static int insert_prepare(struct vm_area_desc *desc, struct vmadev_region *region)
{
	unsigned long nr = vma_desc_pages(desc);
	struct page **pages = region->backing->page_array(region, desc->pgoff, nr);

	if (!IS_ERR(pages))
		pages = vmadev_eager_begin(region, desc->mm, pages, nr);
	if (IS_ERR(pages))
		return PTR_ERR(pages);
	mmap_action_map_kernel_pages_full(desc, pages);
	return 0;
}

#define INSERT_HOW	.prepare = insert_prepare

#else

static int insert_map(struct vm_area_struct *vma, struct vmadev_region *region)
{
	unsigned long left = vma_pages(vma);
	struct page **pages = region->backing->page_array(region, vma->vm_pgoff, left);

	if (!IS_ERR(pages))
		pages = vmadev_eager_begin(region, vma->vm_mm, pages, 0);
	if (IS_ERR(pages))
		return PTR_ERR(pages);
	return vm_insert_pages(vma, vma->vm_start, pages, &left);
}

#define INSERT_HOW	.map = insert_map

#endif

/* The fault serves what MADV_DONTNEED or a zap drops. */
static const struct vm_operations_struct insert_vm_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(vmadev_page_fault),
};

static const struct vm_operations_struct insert_log_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(vmadev_page_fault),
	.page_mkwrite	= vmadev_page_mkwrite,
};

const struct vmadev_strategy vmadev_map_insert = {
	.id		= VMADEV_STRATEGY_INSERT,
	.name		= "insert",
	.backings	= BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG),
	.private	= true,
	.eager		= true,
	.maps		= VMADEV_MAPS_MIXED,
	.vm_ops		= &insert_vm_ops,
	.log_ops	= &insert_log_ops,
	INSERT_HOW,
};

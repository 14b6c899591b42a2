// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy insert: vm_insert_pages() makes all PTEs at mmap, of refcounted pages:
 * get_user_pages() works, and so does MAP_PRIVATE.
 */
#include <linux/bits.h>

#include "vma.h"

/* The pages of a mapping as an array, or NULL if one of them is poisoned. */
static struct page **pages_to_map(const struct vmadev_region *region, pgoff_t pgoff,
				  unsigned long nr)
{
	struct page **pages = region->backing->page_array(region, pgoff);
	unsigned long i;

	for (i = 0; i < nr; i++)
		if (PageHWPoison(pages[i]))
			return NULL;
	return pages;
}

#ifdef VMADEV_HAVE_MMAP_PREPARE

static int insert_prepare(struct vm_area_desc *desc, const struct vmadev_region *region)
{
	struct page **pages = pages_to_map(region, desc->pgoff, vma_desc_pages(desc));

	if (!pages)
		return -EIO;
	mmap_action_map_kernel_pages_full(desc, pages);
	return 0;
}

#define INSERT_HOW	.prepare = insert_prepare

#else

static int insert_map(struct vm_area_struct *vma, const struct vmadev_region *region)
{
	unsigned long left = vma_pages(vma);
	struct page **pages = pages_to_map(region, vma->vm_pgoff, left);

	return pages ? vm_insert_pages(vma, vma->vm_start, pages, &left) : -EIO;
}

#define INSERT_HOW	.map = insert_map

#endif

/* The fault serves what MADV_DONTNEED or a zap drops. */
static const struct vm_operations_struct insert_vm_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(vmadev_page_fault),
};

const struct vmadev_strategy vmadev_map_insert = {
	.id		= VMADEV_STRATEGY_INSERT,
	.name		= "insert",
	.backings	= BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG),
	.private	= true,
	.eager		= true,
	.maps		= VMADEV_MAPS_MIXED,
	.vm_ops		= &insert_vm_ops,
	INSERT_HOW,
};

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_DIRTY_H
#define VMADEV_DIRTY_H

#include <linux/bitops.h>

#include "region.h"
#include "trace.h"

/* Does a region keep a log of what is written to? Never changes. */
static inline bool vmadev_logs(const struct vmadev_region *region)
{
	return region->dirty;
}

/**
 * vmadev_log_page() - a page has been written to, or is about to be mapped for that
 * @region: keeps a log; the caller holds vmadev_region_read_lock()
 * @pgoff:  which page
 *
 * Who maps it has locked the page before this, until it is mapped: that is what
 * vmadev_log_take() waits for.
 */
static inline void vmadev_log_page(const struct vmadev_region *region, pgoff_t pgoff)
{
	if (!test_and_set_bit(pgoff, region->dirty))
		trace_vmadev_dirty(region->id, pgoff);
}

/* dirty.c */
int vmadev_log_create(struct vmadev_region *region);
int vmadev_log_make_room(struct vmadev_region *region, unsigned long nr_pages);
unsigned long vmadev_log_weight(const struct vmadev_region *region);
void vmadev_log_pages(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr);
int vmadev_log_take(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr,
		    const unsigned long *which);
void vmadev_log_put_back(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr,
			 const unsigned long *which);

/**
 * vmadev_log_range() - bytes have been changed, by whom no mapping is needed
 * @region: which may keep a log
 * @pgoff:  the first page
 * @nr:	    how many; the region had them once
 */
static inline void vmadev_log_range(const struct vmadev_region *region, pgoff_t pgoff,
				    unsigned long nr)
{
	if (vmadev_logs(region))
		vmadev_log_pages(region, pgoff, nr);
}

#endif /* VMADEV_DIRTY_H */

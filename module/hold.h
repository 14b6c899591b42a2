/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_HOLD_H
#define VMADEV_HOLD_H

#include <linux/list.h>
#include <linux/types.h>

struct vmadev_region;

/**
 * struct vmadev_range - some of a region
 * @pgoff:    the first page
 * @nr_pages: how many
 */
struct vmadev_range {
	pgoff_t pgoff;
	unsigned long nr_pages;
};

/**
 * struct vmadev_hold - pages that may not be taken away from a region, unless all are
 * @link:  in its list; in none once they were
 * @range: which
 * @gone:  called when they were, under the lock of the region's inode
 */
struct vmadev_hold {
	struct list_head link;
	struct vmadev_range range;
	void (*gone)(struct vmadev_hold *hold);
};

/* The region's inode is locked. */
bool vmadev_region_holds(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr);
void vmadev_holds_gone(struct vmadev_region *region);

#endif /* VMADEV_HOLD_H */

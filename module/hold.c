// SPDX-License-Identifier: GPL-2.0
/*
 * Holds: who shares pages of a region with others, and cannot have it get other ones.
 */
#include "hold.h"
#include "region.h"

/**
 * vmadev_region_holds() - must some of these pages stay?
 * @region: the region
 * @pgoff:  the first
 * @nr:     how many
 *
 * What takes some pages away asks first, and is -EBUSY then.
 */
bool vmadev_region_holds(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr)
{
	const struct vmadev_hold *hold;

	list_for_each_entry(hold, &region->holds, link)
		if (hold->range.pgoff < pgoff + nr &&
		    pgoff < hold->range.pgoff + hold->range.nr_pages)
			return true;
	return false;
}

/**
 * vmadev_holds_gone() - end all holds of a region
 * @region: it has lost all of its pages
 */
void vmadev_holds_gone(struct vmadev_region *region)
{
	struct vmadev_hold *hold, *next;

	list_for_each_entry_safe(hold, next, &region->holds, link) {
		list_del_init(&hold->link);
		hold->gone(hold);
	}
}

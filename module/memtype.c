// SPDX-License-Identifier: GPL-2.0
/*
 * Memory with a cache attribute of its own: what a driver does for a device that reads it past
 * the CPU's caches. The kernel's mapping of each page is changed before anybody else maps it,
 * and changed back before the page is freed, which is why only strategies that map PFNs
 * have such regions: a page that somebody has pinned would be freed by who unpins it.
 */
#include <linux/mm.h>
#include <linux/sched.h>

#include "memtype.h"

#ifdef CONFIG_X86_64

#include <asm/memtype.h>
#include <asm/set_memory.h>

/* So many at a time: each time all CPUs forget what they know of these. */
#define BATCH	4096ul

/**
 * vmadev_memtype_can() - can memory have another cache attribute here?
 * @backing: whose memory
 */
bool vmadev_memtype_can(const struct vmadev_backing *backing)
{
	return backing->pages && pat_enabled();
}

static int change(const struct vmadev_region *region, int (*how)(struct page **pages, int nr))
{
	unsigned long i, nr, n = vmadev_region_pages(region);

	for (i = 0; i < n; i += nr) {
		nr = min(n - i, BATCH);
		if (how(region->pages + i, nr))
			return -ENOMEM;
		cond_resched();
	}
	return 0;
}

/**
 * vmadev_memtype_set() - have the kernel's mapping of a region's pages as the region's are
 * @region: nobody has mapped it yet
 *
 * Return: 0; or -ENOMEM, and some of it may be: vmadev_memtype_give_back().
 */
int vmadev_memtype_set(const struct vmadev_region *region)
{
	if (!vmadev_memtype_differs(region))
		return 0;
	return change(region, region->cache == VMADEV_CACHE_WC ? set_pages_array_wc :
								 set_pages_array_uc);
}

/**
 * vmadev_memtype_give_back() - have it as that of any memory again
 * @region: nobody maps it any more
 */
void vmadev_memtype_give_back(const struct vmadev_region *region)
{
	if (vmadev_memtype_differs(region))
		change(region, set_pages_array_wb);
}

#else

bool vmadev_memtype_can(const struct vmadev_backing *backing)
{
	return false;
}

int vmadev_memtype_set(const struct vmadev_region *region)
{
	return 0;
}

void vmadev_memtype_give_back(const struct vmadev_region *region)
{
}

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy cache: the VMA becomes one of the region's tmpfs file. All that page
 * cache can do follows: fault-around, userfaultfd, huge pages, mbind. It holds
 * neither the device's file nor the module.
 */
#include <linux/bits.h>

#include "vma.h"

static int cache_map(struct vm_area_struct *vma, struct vmadev_region *region)
{
	vma_set_file(vma, region->shm);
	return vfs_mmap(region->shm, vma);
}

const struct vmadev_strategy vmadev_map_cache = {
	.id		= VMADEV_STRATEGY_CACHE,
	.name		= "cache",
	.backings	= BIT(VMADEV_BACKING_SHMEM),
	.private	= true,
	.map		= cache_map,
};

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_STRATEGY_H
#define VMADEV_STRATEGY_H

#include <linux/types.h>

struct vmadev_backing;
struct vmadev_region;
struct vmadev_strategy;

const struct vmadev_strategy *vmadev_strategy_by_name(const char *name);
int vmadev_strategy_for_backing(const struct vmadev_backing *backing, u32 id,
				const struct vmadev_strategy **strategy);
int vmadev_strategy_for(const struct vmadev_region *region, u32 id,
			const struct vmadev_strategy **strategy);

/**
 * enum vmadev_bitmap - which strategies
 * @VMADEV_KNOWN:   to the module
 * @VMADEV_SHARED:  that a region and this kernel can serve with MAP_SHARED
 * @VMADEV_PRIVATE: the same with MAP_PRIVATE
 */
enum vmadev_bitmap { VMADEV_KNOWN, VMADEV_SHARED, VMADEV_PRIVATE };

u32 vmadev_strategy_bitmap(const struct vmadev_region *region, enum vmadev_bitmap which);
u64 vmadev_strategy_orders(const struct vmadev_region *region);

#endif /* VMADEV_STRATEGY_H */

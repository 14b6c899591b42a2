/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_EXPORT_H
#define VMADEV_EXPORT_H

#include <linux/errno.h>
#include <linux/kconfig.h>

struct vmadev_range;
struct vmadev_region;
struct vmadev_strategy;

#if IS_ENABLED(CONFIG_DMA_SHARED_BUFFER)
long vmadev_export(struct vmadev_region *region, const struct vmadev_range *range,
		   const struct vmadev_strategy *strategy, int oflags);
#else
static inline long vmadev_export(struct vmadev_region *region, const struct vmadev_range *range,
				 const struct vmadev_strategy *strategy, int oflags)
{
	return -EOPNOTSUPP;
}
#endif

#endif /* VMADEV_EXPORT_H */

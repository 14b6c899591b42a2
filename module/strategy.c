// SPDX-License-Identifier: GPL-2.0
/*
 * The table of strategies. A new one is a file map_NAME.c and a line here.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "memtype.h"
#include "strategy.h"
#include "vma.h"

static const struct vmadev_strategy *const strategies[] = {
	&vmadev_map_remap,
	&vmadev_map_pfn,
	&vmadev_map_page,
	&vmadev_map_insert,
	&vmadev_map_cache,
	&vmadev_map_anon,
	&vmadev_map_huge,
	&vmadev_map_filemap,
};

static const struct vmadev_strategy *by_id(u32 id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(strategies); i++)
		if (strategies[i]->id == id)
			return strategies[i];
	return NULL;
}

static bool fits(const struct vmadev_strategy *strategy, const struct vmadev_backing *backing)
{
	return strategy->backings & BIT(backing->id);
}

static bool serves(const struct vmadev_strategy *strategy, const struct vmadev_region *region)
{
	return (strategy->backings & region->wants) == region->wants &&
	       (!strategy->serves || strategy->serves(region));
}

/**
 * vmadev_strategy_by_name() - a strategy's row
 * @name: as users write it
 *
 * Return: NULL if there is none.
 */
const struct vmadev_strategy *vmadev_strategy_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(strategies); i++)
		if (!strcmp(strategies[i]->name, name))
			return strategies[i];
	return NULL;
}

/**
 * vmadev_strategy_for_backing() - a strategy for regions that are to be made
 * @backing:  theirs
 * @id:	      enum vmadev_strategy_id, or 0 for the default of the backing
 * @strategy: gets the row
 *
 * Return: 0, if it serves such regions or some of them; -EINVAL, there is none;
 * -EOPNOTSUPP, it can serve no region of that backing.
 */
int vmadev_strategy_for_backing(const struct vmadev_backing *backing, u32 id,
				const struct vmadev_strategy **strategy)
{
	const struct vmadev_strategy *found = by_id(id ?: backing->strategy);

	if (!found)
		return -EINVAL;
	if (!fits(found, backing))
		return -EOPNOTSUPP;
	*strategy = found;
	return 0;
}

/**
 * vmadev_strategy_for() - a strategy for a region
 * @region:   the region
 * @id:	      enum vmadev_strategy_id, or 0 for the default of its backing, which for
 *	      memory with a cache attribute of its own is pfn
 * @strategy: gets the row
 *
 * Return: 0; -EINVAL, there is none; -EOPNOTSUPP, it cannot serve this region
 * on this kernel.
 */
int vmadev_strategy_for(const struct vmadev_region *region, u32 id,
			const struct vmadev_strategy **strategy)
{
	const struct vmadev_strategy *found;
	int err;

	if (!id && vmadev_memtype_differs(region))
		id = VMADEV_STRATEGY_PFN;
	err = vmadev_strategy_for_backing(region->backing, id, &found);
	if (err)
		return err;
	if (!serves(found, region))
		return -EOPNOTSUPP;
	*strategy = found;
	return 0;
}

/**
 * vmadev_strategy_bitmap() - strategies, as VMADEV_IOC_INFO tells them
 * @region: the region
 * @which:  enum vmadev_bitmap
 *
 * Return: VMADEV_STRATEGY_BIT of each.
 */
u32 vmadev_strategy_bitmap(const struct vmadev_region *region, enum vmadev_bitmap which)
{
	u32 bits = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(strategies); i++) {
		const struct vmadev_strategy *strategy = strategies[i];

		if (which != VMADEV_KNOWN && !serves(strategy, region))
			continue;
		if (which == VMADEV_PRIVATE && !strategy->private)
			continue;
		bits |= VMADEV_STRATEGY_BIT(strategy->id);
	}
	return bits;
}

/**
 * vmadev_strategy_orders() - of entries that can map a region, as VMADEV_IOC_INFO tells them
 * @region: the region
 *
 * Return: bit N: 2^N pages of it, somewhere; 0 if the region has none.
 */
u64 vmadev_strategy_orders(const struct vmadev_region *region)
{
	u64 orders = BIT_ULL(0);
	size_t i;

	if (region->backing->id == VMADEV_BACKING_NONE)
		return 0;
	for (i = 0; i < ARRAY_SIZE(strategies); i++)
		if (serves(strategies[i], region))
			orders |= strategies[i]->orders;
	return orders & GENMASK_ULL(region->order, 0);
}

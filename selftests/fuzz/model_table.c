// SPDX-License-Identifier: GPL-2.0-or-later
#include "model.h"

#define BYTES_OF(b) (1u << VMADEV_BACKING_##b)

static const struct {
	unsigned int backings;
	bool private, special, pfnmap;
} strategies[] = {
	[VMADEV_STRATEGY_REMAP] = { BYTES_OF(CONTIG), false, true, true },
	[VMADEV_STRATEGY_PFN] = { BYTES_OF(PAGES) | BYTES_OF(CONTIG), false, true, true },
	[VMADEV_STRATEGY_PAGE] = { BYTES_OF(PAGES) | BYTES_OF(CONTIG), true, false, false },
	[VMADEV_STRATEGY_INSERT] = { BYTES_OF(PAGES) | BYTES_OF(CONTIG), true, true, false },
	[VMADEV_STRATEGY_CACHE] = { BYTES_OF(SHMEM), true, false, false },
	[VMADEV_STRATEGY_ANON] = { BYTES_OF(NONE), true, false, false },
	[VMADEV_STRATEGY_HUGE] = { BYTES_OF(CONTIG), false, true, true },
	[VMADEV_STRATEGY_FILEMAP] = { BYTES_OF(MEDIA), true, false, false },
};

#define STRATEGIES (sizeof(strategies) / sizeof(strategies[0]))

bool strategy_exists(unsigned int id)
{
	return id && id < STRATEGIES;
}

bool strategy_serves(unsigned int id, unsigned int backing)
{
	return strategy_exists(id) && strategies[id].backings & (1u << backing);
}

bool strategy_private(unsigned int id)
{
	return strategies[id].private;
}

bool strategy_special(unsigned int id)
{
	return strategies[id].special;
}

bool strategy_pfnmap(unsigned int id)
{
	return strategies[id].pfnmap;
}

unsigned int strategy_default(unsigned int backing)
{
	return backing == VMADEV_BACKING_SHMEM ? VMADEV_STRATEGY_CACHE :
	       backing == VMADEV_BACKING_NONE ? VMADEV_STRATEGY_ANON :
	       backing == VMADEV_BACKING_MEDIA ? VMADEV_STRATEGY_FILEMAP : VMADEV_STRATEGY_PAGE;
}

unsigned int strategy_bitmap(unsigned int backing, bool private)
{
	unsigned int bits = 0;

	for (unsigned int id = 1; id < STRATEGIES; id++)
		if (strategy_serves(id, backing) && (!private || strategy_private(id)))
			bits |= VMADEV_STRATEGY_BIT(id);
	return bits;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* The one place where words and enum values of vmadev meet. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const char *const backings[] = {
	[VMADEV_BACKING_PAGES]	= "pages",
	[VMADEV_BACKING_CONTIG]	= "contig",
	[VMADEV_BACKING_SHMEM]	= "shmem",
	[VMADEV_BACKING_NONE]	= "none",
	[VMADEV_BACKING_MEDIA]	= "media",
	[VMADEV_BACKING_BAR]	= "bar",
};

static const char *const strategies[] = {
	[VMADEV_STRATEGY_REMAP]	 = "remap",
	[VMADEV_STRATEGY_PFN]	 = "pfn",
	[VMADEV_STRATEGY_PAGE]	 = "page",
	[VMADEV_STRATEGY_INSERT] = "insert",
	[VMADEV_STRATEGY_CACHE]	 = "cache",
	[VMADEV_STRATEGY_ANON]	 = "anon",
	[VMADEV_STRATEGY_HUGE]	 = "huge",
	[VMADEV_STRATEGY_FILEMAP] = "filemap",
};

static const __u32 strategy_backings[ARRAY_SIZE(strategies)] = {
	[VMADEV_STRATEGY_REMAP]	 = VMADEV_BACKING_CONTIG,
	[VMADEV_STRATEGY_PFN]	 = VMADEV_BACKING_PAGES,
	[VMADEV_STRATEGY_PAGE]	 = VMADEV_BACKING_PAGES,
	[VMADEV_STRATEGY_INSERT] = VMADEV_BACKING_PAGES,
	[VMADEV_STRATEGY_CACHE]	 = VMADEV_BACKING_SHMEM,
	[VMADEV_STRATEGY_ANON]	 = VMADEV_BACKING_NONE,
	[VMADEV_STRATEGY_HUGE]	 = VMADEV_BACKING_CONTIG,
	[VMADEV_STRATEGY_FILEMAP] = VMADEV_BACKING_MEDIA,
};

/* By the bit */
static const char *const abilities[] = {
	[0] = "resize", [1] = "punch", [2] = "holes", [3] = "seal", [4] = "revoke",
	[5] = "inject", [6] = "crash", [7] = "export", [8] = "dirty",
};

static const char *const seals[] = { "seal", "shrink", "grow", "write", "future-write" };

static const char *const revoke_hows[] = {
	[VMADEV_REVOKE_SIGBUS]	= "sigbus",
	[VMADEV_REVOKE_ZEROS]	= "zeros",
	[VMADEV_REVOKE_ONES]	= "ones",
};

static const char *const caches[] = {
	[VMADEV_CACHE_WB] = "wb",
	[VMADEV_CACHE_UC] = "uc",
	[VMADEV_CACHE_WC] = "wc",
};

static const struct {
	const char *name;
	__u64 bit;
	size_t offset;
} counters[] = {
#define COUNTER(bit, member) { #member, bit, offsetof(struct vmadev_stats, member) }
	COUNTER(VMADEV_STAT_MMAPS, mmaps),
	COUNTER(VMADEV_STAT_FAULTS_READ, faults_read),
	COUNTER(VMADEV_STAT_FAULTS_WRITE, faults_write),
	COUNTER(VMADEV_STAT_FAULTS_COW, faults_cow),
	COUNTER(VMADEV_STAT_FAULTS_FAILED, faults_failed),
	COUNTER(VMADEV_STAT_PAGES, pages),
	COUNTER(VMADEV_STAT_ZAPS, zaps),
	COUNTER(VMADEV_STAT_VMAS, vmas),
};

static const char *name_of(const char *const *names, size_t count, __u32 value)
{
	return value < count ? names[value] : NULL;
}

static __u32 value_of(const char *call, const char *const *names, size_t count,
		      const char *name)
{
	char list[128] = "";
	size_t used = 0;

	for (__u32 i = 1; name && i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	for (__u32 i = 1; i < count; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, " %s", names[i]);
	errno = EINVAL;
	vmadev_fail(call, "'%s' is none of%s", name ? name : "", list);
	return 0;
}

const char *vmadev_strategy_name(__u32 strategy)
{
	return name_of(strategies, ARRAY_SIZE(strategies), strategy);
}

__u32 vmadev_strategy_by_name(const char *name)
{
	return value_of("vmadev_strategy_by_name", strategies, ARRAY_SIZE(strategies), name);
}

__u32 vmadev_strategy_backing(__u32 strategy)
{
	return strategy < ARRAY_SIZE(strategy_backings) ? strategy_backings[strategy] : 0;
}

const char *vmadev_backing_name(__u32 backing)
{
	return name_of(backings, ARRAY_SIZE(backings), backing);
}

__u32 vmadev_backing_by_name(const char *name)
{
	return value_of("vmadev_backing_by_name", backings, ARRAY_SIZE(backings), name);
}

const char *vmadev_revoke_name(__u32 how)
{
	return name_of(revoke_hows, ARRAY_SIZE(revoke_hows), how);
}

const char *vmadev_cache_name(__u32 cache)
{
	return name_of(caches, ARRAY_SIZE(caches), cache);
}

static const char *name_of_bit(const char *const *names, size_t count, __u32 bit)
{
	for (size_t i = 0; i < count; i++)
		if (bit == 1u << i)
			return names[i];
	return NULL;
}

const char *vmadev_ability_name(__u32 ability)
{
	return name_of_bit(abilities, ARRAY_SIZE(abilities), ability);
}

const char *vmadev_seal_name(__u32 seal)
{
	return name_of_bit(seals, ARRAY_SIZE(seals), seal);
}

static const char *word(const char *name, __u32 value)
{
	if (!value)
		return "default";
	return name ? name : "unknown";
}

const char *vmadev_strategy_word(__u32 strategy)
{
	return word(vmadev_strategy_name(strategy), strategy);
}

const char *vmadev_backing_word(__u32 backing)
{
	return word(vmadev_backing_name(backing), backing);
}

const char *vmadev_counter(const struct vmadev_stats *stats, unsigned int index,
			   __u64 *value)
{
	__u64 seen;

	if (index >= ARRAY_SIZE(counters))
		return NULL;
	memcpy(&seen, (const char *)stats + counters[index].offset, sizeof(seen));
	*value = stats->observed & counters[index].bit ? seen : VMADEV_NOT_OBSERVED;
	return counters[index].name;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of regions that info and create print. */
#include "vmactl.h"

enum { NAME, REGION, BYTES, BACKING, CACHE, RUN, ENTRY, STRATEGY, SHARED, PRIVATE, CAN, HOLDER };

static const struct column columns[] = {
	[NAME]	   = { "NAME", SCOLS_JSON_STRING, 0 },
	[REGION]   = { "REGION", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[BYTES]	   = { "BYTES", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[BACKING]  = { "BACKING", SCOLS_JSON_STRING, 0 },
	[CACHE]	   = { "CACHE", SCOLS_JSON_STRING, 0 },
	[RUN]	   = { "RUN", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[ENTRY]	   = { "ENTRY", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[STRATEGY] = { "STRATEGY", SCOLS_JSON_STRING, 0 },
	[SHARED]   = { "SHARED", SCOLS_JSON_ARRAY_STRING, SCOLS_FL_WRAP },
	[PRIVATE]  = { "PRIVATE", SCOLS_JSON_ARRAY_STRING, SCOLS_FL_WRAP },
	[CAN]	   = { "CAN", SCOLS_JSON_ARRAY_STRING, SCOLS_FL_WRAP },
	[HOLDER]   = { "HOLDER", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
};

struct libscols_table *regions_table(bool json)
{
	return table_new("regions", columns, ARRAY_SIZE(columns), json);
}

static void cell_strategies(struct libscols_line *line, size_t column, __u32 bitmap)
{
	char list[256];
	int used = 0;

	for (__u32 id = 1; vmadev_strategy_name(id); id++)
		if (bitmap & VMADEV_STRATEGY_BIT(id))
			used += snprintf(list + used, sizeof(list) - (size_t)used, "%s%s",
					 used ? "\n" : "", vmadev_strategy_name(id));
	if (used)
		table_cell(line, column, "%s", list);
}

static void cell_abilities(struct libscols_line *line, __u32 bitmap)
{
	char list[64];
	int used = 0;

	for (__u32 bit = 1; bit; bit <<= 1)
		if (bitmap & bit && vmadev_ability_name(bit))
			used += snprintf(list + used, sizeof(list) - (size_t)used, "%s%s",
					 used ? "\n" : "", vmadev_ability_name(bit));
	if (used)
		table_cell(line, CAN, "%s", list);
}

/* What the largest entry maps. */
static void cell_entry(struct libscols_line *line, const struct vmadev_info *info)
{
	if (info->orders)
		table_cell(line, ENTRY, "%llu", (unsigned long long)info->page_size <<
			   (63 - __builtin_clzll(info->orders)));
}

static const char *or_newer(const char *name)
{
	return name ? name : "newer";
}

void regions_add(struct libscols_table *table, int fd, int holder)
{
	struct libscols_line *line = table_line(table);
	struct vmadev_info info;

	if (vmadev_info(fd, &info, sizeof(info)))
		die_vmadev();
	table_cell(line, NAME, "%s", info.name);
	table_cell(line, REGION, "%llu", (unsigned long long)info.region);
	table_cell(line, BYTES, "%llu", (unsigned long long)info.bytes);
	table_cell(line, BACKING, "%s", or_newer(vmadev_backing_name(info.backing)));
	table_cell(line, CACHE, "%s", or_newer(vmadev_cache_name(info.cache)));
	if (info.run_bytes)
		table_cell(line, RUN, "%llu", (unsigned long long)info.run_bytes);
	cell_entry(line, &info);
	table_cell(line, STRATEGY, "%s", or_newer(vmadev_strategy_name(info.strategy)));
	cell_strategies(line, SHARED, info.strategies_shared);
	cell_strategies(line, PRIVATE, info.strategies_private);
	cell_abilities(line, info.abilities);
	if (holder)
		table_cell(line, HOLDER, "%d", holder);
}

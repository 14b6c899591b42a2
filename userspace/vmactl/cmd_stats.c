// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl stats: the counters of a region. */
#include <fcntl.h>

#include "vmactl.h"

static const struct choice choices[] = {
	CHOICE_WATCH("print again and again (1), until Ctrl-C"), CHOICE_TIMES,
	CHOICE_DEVICE, CHOICE_REGION, CHOICE_JSON, { 0 }
};

enum { COUNTER, VALUE, CHANGE };

static const struct column columns[] = {
	[COUNTER] = { "COUNTER", SCOLS_JSON_STRING, 0 },
	[VALUE]	  = { "VALUE", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[CHANGE]  = { "CHANGE", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
};

/* @before: NULL, or what the counters were a round ago. */
static void print_stats(const struct vmadev_stats *stats, const struct vmadev_stats *before,
			bool json)
{
	struct libscols_table *table = table_new("stats", columns,
						 before ? ARRAY_SIZE(columns) : CHANGE, json);
	const char *name;
	__u64 value, old;

	for (unsigned int i = 0; (name = vmadev_counter(stats, i, &value)); i++) {
		struct libscols_line *line = table_line(table);

		table_cell(line, COUNTER, "%s", name);
		if (value == VMADEV_NOT_OBSERVED) {
			if (!json)
				table_cell(line, VALUE, "not observable");
			continue;
		}
		table_cell(line, VALUE, "%llu", (unsigned long long)value);
		if (before && vmadev_counter(before, i, &old))
			table_cell(line, CHANGE, json ? "%lld" : "%+lld",
				   (long long)(value - old));
	}
	table_print(table);
}

static void read_stats(int fd, struct vmadev_stats *stats)
{
	if (vmadev_stats(fd, VMADEV_SCOPE_REGION, stats, sizeof(*stats)))
		die_vmadev();
}

/* What was shown last, of which the next shows the change. */
struct shown {
	int fd;
	bool json;
	struct vmadev_stats stats;
};

static void show_again(void *data)
{
	struct shown *shown = data;
	struct vmadev_stats now;

	read_stats(shown->fd, &now);
	print_stats(&now, &shown->stats, shown->json);
	shown->stats = now;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	struct watch watch = WATCH_NOT;
	struct shown shown = { 0 };
	bool again;
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1) {
		if (letter == 'j')
			shown.json = true;
		else if (!watch_option(&watch, letter))
			target_option(&target, letter);
	}
	operands(argc, argv, 0, 0);
	again = watch_wanted(&watch);
	shown.fd = target_open(&target, O_RDONLY);
	read_stats(shown.fd, &shown.stats);
	if (again)
		watch_each(&watch, shown.json, show_again, &shown);
	else
		print_stats(&shown.stats, NULL, shown.json);
	return 0;
}

const struct command command_stats = {
	.name = "stats",
	.operands = "",
	.summary = "print the counters of a region: mmaps, faults, pages, zaps, VMAs",
	.about = "Of all its handles together. What the kernel itself serves for cache and anon\n"
		 "the module cannot count: \"not observable\", null in JSON.",
	.choices = choices,
	.run = run,
};

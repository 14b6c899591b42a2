// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl stats: the counters of a region. */
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <unistd.h>

#include "vmactl.h"

enum { TIMES = 256 };

static const struct choice choices[] = {
	{ 'w', "watch", "[=SECONDS]", "print again and again (1), until Ctrl-C", NULL },
	{ TIMES, "times", "N", "with --watch: end after N times", NULL },
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

static void watch(int fd, int milliseconds, unsigned long times, bool json)
{
	struct vmadev_stats before, now;
	const bool screen = !json && isatty(STDOUT_FILENO);
	int stop = stop_fd();

	read_stats(fd, &before);
	for (unsigned long i = 0; i < times; i++) {
		if (i && stop_within(stop, milliseconds))
			return;
		read_stats(fd, &now);
		if (screen)
			fputs("\033[H\033[J", stdout);
		else if (i && !json)
			putchar('\n');
		print_stats(&now, &before, json);
		before = now;
	}
}

static int run(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	struct vmadev_stats stats;
	unsigned long times = ULONG_MAX;
	int letter, fd, milliseconds = -1;
	bool json = false;

	while ((letter = next_option(self, argc, argv)) != -1) {
		if (letter == 'w')
			milliseconds = 1000 * (int)(optarg ? parse_number("--watch", optarg, 10,
									  INT_MAX / 1000) : 1);
		else if (letter == TIMES)
			times = parse_number("--times", optarg, 10, ULONG_MAX);
		else if (letter == 'j')
			json = true;
		else
			target_option(&target, letter);
	}
	operands(argc, argv, 0, 0);
	if (times != ULONG_MAX && milliseconds < 0)
		usage_error("--times goes with --watch");
	fd = target_open(&target, O_RDONLY);
	if (milliseconds >= 0) {
		watch(fd, milliseconds, times, json);
		return 0;
	}
	read_stats(fd, &stats);
	print_stats(&stats, NULL, json);
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

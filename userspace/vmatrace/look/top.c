// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace top: how many VMAs a process has, of which name, while it runs. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "../collect/maps.h"
#include "../collect/target.h"
#include "../show/growth.h"
#include "look.h"
#include "source.h"
#include "tally.h"

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* So many rows as fit; all, where there is no terminal. */
static size_t rows_to_print(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 10)
		return isatty(STDOUT_FILENO) ? 15 : 1000000;
	return size.ws_row - 5U;
}

/* False: it has ended. */
static bool read_now(const struct source *source, const struct rules *rules, struct mm *mm)
{
	struct target target;

	mm_init(mm, rules);
	target_init(&target, source->pid);
	target_limits(&target, &mm->limits);
	target_layout(&target, mm);
	mm->brk = mm->start_brk + 1;
	return maps_read(source->pid, mm, false) && mm->count;
}

static void put_screen(const struct source *source, const struct mm *before, const struct mm *mm,
		       const struct growth *growth)
{
	struct tallies tallies;
	char title[512];

	if (isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	printf("%s: ", source_title(source, title, sizeof(title)));
	growth_print(stdout, growth, mm->limits.vmas);
	tallies_make(&tallies, before, mm);
	tallies_print(&tallies, rows_to_print(), before);
	tallies_free(&tallies);
	fflush(stdout);
}

static bool parse_number(const char *text, double *number)
{
	char *end;

	*number = strtod(text, &end);
	return !*end && end != text && *number > 0 && *number < 1e6;
}

static int run_top(int argc, char **argv)
{
	static const struct option options[] = {
		{ "delay", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'n' }, { NULL, 0, NULL, 0 },
	};
	double delay = 1, count = 1e6;
	struct growth growth = { 0 };
	struct mm first, mm = { 0 };
	struct source source;
	struct rules rules;
	int letter;

	while ((letter = getopt_long(argc, argv, "d:n:", options, NULL)) != -1)
		if (letter == '?' || !parse_number(optarg, letter == 'd' ? &delay : &count))
			return look_usage(&look_top);
	if (argc - optind != 1)
		return look_usage(&look_top);
	source = (struct source){ .pid = look_pid(argv[optind]) };
	rules_probe(&rules);
	if (!read_now(&source, &rules, &first))
		errx(1, "no process %d, or it is another user's", source.pid);
	growth_add(&growth, now(), first.count);
	put_screen(&source, NULL, &first, &growth);
	for (long i = 1; i < (long)count && !ferror(stdout); i++) {
		usleep((useconds_t)(delay * 1e6));
		if (!read_now(&source, &rules, &mm)) {
			printf("process %d has ended\n", source.pid);
			break;
		}
		growth_add(&growth, now(), mm.count);
		put_screen(&source, &first, &mm, &growth);
		mm_free(&mm);
	}
	mm_free(&first);
	return 0;
}

const struct look look_top = {
	.name = "top", .operands = "[-d SECONDS] [-n COUNT] PID", .most = MOST_OPERANDS,
	.summary = "who has how many, live", .run = run_top,
};

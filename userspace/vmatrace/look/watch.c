// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace watch: until a process has so many VMAs that its limit is near. */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../collect/maps.h"
#include "../collect/target.h"
#include "look.h"

#define EXIT_REACHED 3

static long parse_percent(const char *text)
{
	char *end;
	long percent = strtol(text, &end, 10);

	if (end == text || strcmp(end, "%") || percent < 1 || percent > 100)
		errx(2, "a limit is a part of vm.max_map_count, such as 80%%, not '%s'", text);
	return percent;
}

/* How many lines maps has: nothing cheaper tells. */
static long count_vmas(pid_t pid)
{
	char path[64], text[65536];
	size_t got;
	long lines = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return -1;
	while ((got = fread(text, 1, sizeof(text), maps)))
		for (size_t i = 0; i < got; i++)
			lines += text[i] == '\n';
	fclose(maps);
	return lines;
}

static int told(pid_t pid, long vmas, __u64 most, const char *event)
{
	printf("{\"pid\":%d,\"event\":\"%s\",\"vmas\":%ld,", pid, event, vmas);
	printf("\"max_map_count\":%llu,\"percent\":%.1f}\n", most,
	       100.0 * (double)vmas / (double)most);
	return 0;
}

static int run_watch(int argc, char **argv)
{
	static const struct option options[] = {
		{ "limit", required_argument, NULL, 'l' }, { NULL, 0, NULL, 0 },
	};
	struct limits limits = { 0 };
	long percent = 80, vmas, last;
	struct target target;
	int letter;
	pid_t pid;

	while ((letter = getopt_long(argc, argv, "l:", options, NULL)) != -1) {
		if (letter != 'l')
			return look_usage(&look_watch);
		percent = parse_percent(optarg);
	}
	if (argc - optind != 1)
		return look_usage(&look_watch);
	pid = look_pid(argv[optind]);
	vmas = count_vmas(pid);
	if (vmas <= 0)
		errx(1, "no process %d, or it is another user's", pid);
	target_init(&target, pid);
	target_limits(&target, &limits);
	while (vmas * 100 < (long)limits.vmas * percent) {
		last = vmas;
		sleep(1);
		vmas = count_vmas(pid);
		if (vmas <= 0)
			return told(pid, last, limits.vmas, "ended");
	}
	told(pid, vmas, limits.vmas, "reached");
	return EXIT_REACHED;
}

const struct look look_watch = {
	.name = "watch", .operands = "[--limit 80%] PID", .most = MOST_OPERANDS,
	.summary = "wait till it nears its limit", .run = run_watch,
};

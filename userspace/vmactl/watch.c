// SPDX-License-Identifier: GPL-2.0-or-later
/* --watch and --times: the same again and again. */
#include <unistd.h>

#include "vmactl.h"

bool watch_option(struct watch *watch, int letter)
{
	if (letter == 'w')
		watch->milliseconds = 1000 * (int)(optarg ? parse_number("--watch", optarg, 10,
									 INT_MAX / 1000) : 1);
	else if (letter == WATCH_TIMES)
		watch->times = parse_number("--times", optarg, 10, ULONG_MAX);
	else
		return false;
	return true;
}

bool watch_wanted(const struct watch *watch)
{
	if (watch->times != ULONG_MAX && watch->milliseconds < 0)
		usage_error("--times goes with --watch");
	return watch->milliseconds >= 0;
}

void watch_each(const struct watch *watch, bool json, void (*show)(void *data), void *data)
{
	const bool screen = !json && isatty(STDOUT_FILENO);
	int stop = stop_fd();

	for (unsigned long i = 0; i < watch->times; i++) {
		if (i && stop_within(stop, watch->milliseconds))
			return;
		if (screen)
			fputs("\033[H\033[J", stdout);
		else if (i && !json)
			putchar('\n');
		show(data);
		flush_output();
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done, as the options tell. */
#ifndef VMATRACE_ORDER_H
#define VMATRACE_ORDER_H

#include "record/record.h"
#include "show/show.h"

#define MOST_PIDS 64

/**
 * struct order - one run
 * @pids:     to attach to, @count of them; @argv: the program to start, if there are none
 * @output:   a file's name; NULL: standard error, or standard output of a replay
 * @record:   a file's name, or NULL; @file: what @replays
 * @by:       NULL: the best collector that works
 * @faults:   each is an event
 * @filtered: some events are not shown
 * @error:    why nothing can be written any more
 */
struct order {
	struct show show;
	pid_t pids[MOST_PIDS + 1];
	size_t count;
	char **argv;
	const char *output, *record, *file;
	const struct collector *by;
	struct recorder *recorder;
	struct recording recording;
	bool replays, stacks, faults, filtered;
	int error;
};

/* order_carry_out - returns the exit status */
int order_carry_out(struct order *order);

#endif

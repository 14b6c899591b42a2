/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One record of the ring buffer, in words. */
#ifndef VMACTL_EVENT_H
#define VMACTL_EVENT_H

#include <event-parse.h>

/**
 * struct event - a tracepoint that was hit; "" where the event has no such field
 * @time:    in nanoseconds, on the clock of CLOCK_MONOTONIC
 * @process: the name, as the process gave it
 * @what:    all that has no member of its own, in words
 */
struct event {
	unsigned long long time;
	int pid;
	char process[64];
	char name[16];
	char region[24];
	char strategy[12];
	char pgoff[24];
	char pages[24];
	char what[160];
};

void read_event(const struct tep_event *format, struct tep_record *record, struct event *event);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of trace_pipe, taken apart. */
#ifndef VMACTL_EVENT_H
#define VMACTL_EVENT_H

#include <stdbool.h>

/**
 * struct event - a tracepoint that was hit; "" where the event has no such field
 * @seconds: on the trace clock
 * @what:    all that has no member of its own, in words
 */
struct event {
	double seconds;
	int pid;
	char process[20];
	char name[16];
	char region[24];
	char strategy[12];
	char pgoff[24];
	char pages[24];
	char what[160];
};

/* Returns false if @line is no event; @line is written to. */
bool parse_event(char *line, struct event *event);

#endif

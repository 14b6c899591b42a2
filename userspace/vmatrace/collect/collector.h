/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where events come from, and where they go. */
#ifndef VMATRACE_COLLECTOR_H
#define VMATRACE_COLLECTOR_H

#include "space.h"

/**
 * struct sink - what takes the events
 * @event:  a call has returned; false: nothing can be written any more
 * @note:   something that is no call: a fork, an exit, a signal
 * @ending: a process is about to end; its maps are still there
 */
struct sink {
	bool (*event)(void *data, struct event *event);
	bool (*note)(void *data, pid_t pid, const char *text);
	bool (*ending)(void *data, pid_t pid, struct space *space);
	void *data;
};

/**
 * struct collection - what to follow, and how it went
 * @argv:    a program to start; NULL: @attach
 * @attach:  processes that are there, up to a 0
 * @status:  of the program, as wait(2) gives it
 * @stopped: the signal that ended the trace before the program ended; 0: none
 * @broken:  the sink refused
 * @unforeseen: calls of which the model said something else than the maps
 */
struct collection {
	char **argv;
	const pid_t *attach;
	const struct sink *sink;
	const struct rules *rules;
	int status;
	int stopped;
	bool broken;
	unsigned long calls, unforeseen;
};

/* collect_ptrace - returns false if it could not begin; it has said why */
bool collect_ptrace(struct collection *collection);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lives of threads and processes, by ptrace; and what else is looked at meanwhile. */
#ifndef VMATRACE_FOLLOW_H
#define VMATRACE_FOLLOW_H

#include "collector.h"

/**
 * struct follower - what else
 * @words:   that tell of it
 * @options: of ptrace, beside those that lives need
 * @resume:  the request by which what was stopped goes on
 * @open:    before the program begins; may be NULL; false: collection->reason says why not
 * @call:    a thread is at a stop of a system call
 * @before:  a thread is at a stop that is none of a system call, or has ended; may be NULL
 * @born:    a thread has come into being, which waits; may be NULL
 * @idle:    nobody is stopped, or a signal came
 * @waits:   @idle is what waits for the next stop
 * @filters: a filter of the program's own picks the calls that stop: without a tracer they would
 *	     fail, so that this process has to stay until all have ended
 */
struct follower {
	const char *words;
	long options;
	int resume;
	bool (*open)(struct collection *collection);
	void (*call)(struct collection *collection, struct thread *thread);
	void (*before)(struct collection *collection, struct thread *thread);
	void (*born)(const struct thread *parent, const struct thread *child);
	void (*idle)(struct collection *collection);
	bool waits, filters;
};

bool follow(struct collection *collection, const struct follower *how);

#endif

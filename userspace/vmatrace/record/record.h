/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trace as a file: written while it is made, and read again as if it were made now. */
#ifndef VMATRACE_RECORD_H
#define VMATRACE_RECORD_H

#include "../collect/collector.h"

struct recorder;

/* record_create - @argv: the program, NULL: none; NULL: errno tells why it cannot be written */
struct recorder *record_create(const char *path, char **argv, const struct rules *rules);
/* These are false when nothing can be written any more; errno tells why. */
bool record_event(struct recorder *recorder, struct event *event);
bool record_note(struct recorder *recorder, pid_t pid, const char *text);
bool record_ending(struct recorder *recorder, pid_t pid, struct space *space);
/* record_close - the end of it, with how the collection went */
bool record_close(struct recorder *recorder, const struct collection *collection);

/**
 * struct recording - what a file says of itself
 * @program: argv[0], NULL: what was there already; @command: its arguments as well
 * @release: of the kernel
 * @began:   seconds since 1970; @origin: the same moment on the clock of events
 * @until:   what comes so many seconds later is left out; 0: nothing is
 * @space:   the address spaces, by their numbers; NULL where one did nothing
 */
struct recording {
	const char *program, *command, *release;
	double began, origin, until;
	struct rules rules;
	struct space **space;
	size_t count;
};

/* record_is - is this file one, whatever its version? */
bool record_is(const char *path);
/*
 * record_replay - give all of it to the sink of a collection; or die. Returns false where
 * the file is cut or damaged: it has said so.
 */
bool record_replay(const char *path, struct collection *collection,
		   struct recording *recording);
void record_free(struct recording *recording);

#endif

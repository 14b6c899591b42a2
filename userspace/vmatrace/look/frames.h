/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorded trace of one process as a film: a first picture, then what changes. */
#ifndef VMATRACE_FRAMES_H
#define VMATRACE_FRAMES_H

#include "../model/diff.h"
#include "../who/account.h"
#include "source.h"

#define MOST_REASONS 8

/**
 * struct frame - a call that changed VMAs, or several where there are very many
 * @time:  seconds since the trace began, of the last of them
 * @calls: how many
 * @call:  the last of them, as text; @reason: what it did, @reasons lines
 * @diff:  against the frame before; @mm: what it is now; @account: who made it
 */
struct frame {
	double time;
	size_t calls;
	char call[768];
	char reason[MOST_REASONS][256];
	size_t reasons;
	struct diff diff;
	const struct mm *mm;
	const struct account *account;
};

/* @first: the picture that begins it, and what the traced program was called as */
struct frame_sink {
	bool (*first)(void *data, const struct mm *mm, const char *command);
	bool (*frame)(void *data, const struct frame *frame);
	void *data;
};

/* frames_make - of the source's process, its first one if it names none; or die */
void frames_make(const struct source *source, const struct frame_sink *sink);
/* frames_processes - which processes a trace is of, up to so many; returns how many */
size_t frames_processes(const struct source *source, pid_t *pids, size_t most);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one looks at: a process, a copy of its maps, a moment of a recorded trace. */
#ifndef VMATRACE_SOURCE_H
#define VMATRACE_SOURCE_H

#include <sys/types.h>

#include "../model/vma.h"

/**
 * struct source - one of these, as an operand names it: PID, FILE, FILE@[SECONDS][/PID]
 * @path:     of the file; NULL: it is the process @pid that runs
 * @recorded: it is a trace
 * @pid:      of a trace: which process; 0: the first one
 * @until:    of a trace: seconds after it began; 0: its end
 * @pids:     of a trace that was read: its processes, as many as there is room for
 */
struct source {
	const char *path;
	bool recorded;
	pid_t pid;
	double until;
	char pids[128];
};

/* source_parse - or it dies */
void source_parse(const char *text, struct source *source);
/* source_read - its VMAs, with their flags if these are wanted; or it dies */
void source_read(struct source *source, struct mm *mm, bool flags);
/* look_read - both */
void look_read(const char *text, struct mm *mm, bool flags);
/* source_maker - who made the VMA at an address of a trace, in words; "": nobody knows */
const char *source_maker(struct source *source, __u64 address, char *room, size_t size);
/* source_title - what a picture of it is called */
const char *source_title(const struct source *source, char *room, size_t size);

/* of a page, how much is in memory: counts beside the VMAs of an address space */
struct residency {
	__u64 *resident, *swapped;
};

/* residency_read - by PAGEMAP_SCAN, or from smaps; false: nobody knows */
bool residency_read(const struct source *source, const struct mm *mm,
		    struct residency *residency);
void residency_free(struct residency *residency);

#endif

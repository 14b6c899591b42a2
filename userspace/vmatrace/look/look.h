/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that look at an address space as it is, and follow nobody. */
#ifndef VMATRACE_LOOK_H
#define VMATRACE_LOOK_H

#include <sys/types.h>

#include "../model/vma.h"

/**
 * struct look - one of them
 * @operands: for the usage line
 * @summary:  one line
 * @least:    so many operands; @most: at most
 * @run:      returns the exit status; of argv it gets the name and what follows
 */
struct look {
	const char *name, *operands, *summary;
	int least, most;
	int (*run)(int argc, char **argv);
};

extern const struct look look_map, look_gaps, look_at, look_diff, look_top, look_watch;

/* It looks at its operands itself. */
#define MOST_OPERANDS 99

/* look_usage - a line of it, and its exit status */
int look_usage(const struct look *look);
/* look_find - the command of that name; NULL: there is none */
const struct look *look_find(const char *name);
/* look_run - check the operands, and do it */
int look_run(const struct look *look, int argc, char **argv);
void look_help(void);

/* look_pid - the number of a process; or it dies */
pid_t look_pid(const char *text);
/* look_size - as people read it: "132K" */
const char *look_size(__u64 bytes, char room[32]);
void look_line(const struct mm *mm, const struct vma *vma, const char *prefix);

#endif

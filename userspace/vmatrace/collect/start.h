/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start the program that is to be followed. */
#ifndef VMATRACE_START_H
#define VMATRACE_START_H

#include <linux/filter.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * struct program - one that waits until it may begin
 * @listener: of its filter's notifications; -1: it has none
 * @error:    why it has no filter; 0: it has one, or none was wanted
 */
struct program {
	pid_t pid;
	int listener, error;
	int go, failed;
};

/* program_start - with a filter, if @filter is not NULL; @listens: there is a listener of it */
void program_start(struct program *program, char **argv, const struct sock_fprog *filter,
		   bool listens);
void program_go(struct program *program);
/* program_end - one that was never let go */
void program_end(struct program *program);
/* program_failed - the errno of its execution; 0: it was executed, or is not so far yet */
int program_failed(const struct program *program);
/* program_end_as - as one with this status: returns what to exit with, or ends by its signal */
int program_end_as(int status);

#endif

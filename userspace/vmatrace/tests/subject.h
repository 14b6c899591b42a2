/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that does, one by one, the system calls that it is told to do. */
#ifndef VMATRACE_TESTS_SUBJECT_H
#define VMATRACE_TESTS_SUBJECT_H

#include <linux/types.h>
#include <sys/types.h>

/* Beside system calls. */
#define DO_TOUCH (-1)	/* args: address, whether to write */
#define DO_ADVISE (-3)	/* process_madvise of itself: address, length, advice */
#define DO_FORK	 (-2)	/* the child goes on; the parent waits for the end */
#define DO_UFFD (-4)	/* kind of the call, which of two, address, length; opens it */

struct order {
	long what;
	__u64 args[6];
};

struct subject {
	pid_t pid, first;
	int orders, answers;
};

void subject_start(struct subject *subject);
/* subject_do - returns the result, or -errno; a fault that is none is -EFAULT */
long subject_do(struct subject *subject, const struct order *order);
void subject_end(struct subject *subject);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random calls, to be done by a subject. */
#ifndef VMATRACE_TESTS_CALLS_H
#define VMATRACE_TESTS_CALLS_H

#include "../model/call.h"
#include "subject.h"

#define PAGES 40
#define FILE_PAGES 64

/**
 * struct ground - where, and what with
 * @mm:	      what there is, as the model has it
 * @arena:    the address of the PAGES that most calls are about
 * @state:    of the generator: the seed
 * @segments: of System V; @elsewhere: where one was put freely
 * @stays:    also calls after which things stay as they are: only where few are to come
 */
struct ground {
	const struct mm *mm;
	__u64 arena, page, state;
	struct vma files[4];
	int fds[4];
	struct vma segments[3];
	int ids[3];
	__u64 elsewhere;
	bool stays;
};

extern struct ground ground;

void make_call(struct call *call);
/* order_of - the system call that it is */
struct order order_of(const struct call *call);

#endif

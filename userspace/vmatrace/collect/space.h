/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address space that is followed: the model of it, checked by what the kernel shows. */
#ifndef VMATRACE_SPACE_H
#define VMATRACE_SPACE_H

#include "../model/call.h"
#include "../model/diff.h"
#include "target.h"

/**
 * struct space - shared by all threads (and vforked children) that live in it
 * @number:   no other one has it, nor will have
 * @users:    how many these are
 * @busy:     how many of them are inside a memory call
 * @target:   how to look at it
 * @mm:	      the model
 * @most:     the most VMAs that it had
 * @doubtful: a thread ended inside of a call: nobody knows what that did
 */
struct space {
	unsigned long number;
	int users, busy;
	struct target target;
	struct mm mm;
	size_t most;
	bool doubtful;
};

#define MOST_FRAMES 48

/**
 * struct event - a call that has returned, and what it did
 * @name:     of the system call, or of what else happened
 * @text:     its arguments, decoded
 * @before:   the VMAs near what it changed; so are those in @after
 * @frame:    who called, the innermost first, up to a NULL: "function (library)"; interned
 * @grown:    so many bytes a stack had grown since the last event
 * @foreseen: the model said it before it was looked up
 */
struct event {
	pid_t pid, tid;
	const char *name;
	char text[512];
	struct call call;
	bool shows_address;
	double time, seconds;
	struct mm before, after;
	struct facts facts;
	struct space *space;
	const char *frame[MOST_FRAMES + 1];
	__u64 grown;
	bool foreseen;
};

void event_free(struct event *event);

struct space *space_new(pid_t pid, const struct rules *rules);
struct space *space_fork(struct space *parent, pid_t pid);
struct space *space_get(struct space *space);
void space_put(struct space *space);

/* space_load - forget all and read it anew, after exec or at the beginning */
bool space_load(struct space *space);
/* space_foresee - look at what cannot be seen any more after a call */
void space_foresee(struct space *space, const struct call *call);
/* space_apply - let the model do a call, and compare; fills in the event but for its names */
void space_apply(struct space *space, struct event *event);
/* space_absorb - take over what stacks have grown, which no call says; returns the bytes */
__u64 space_absorb(struct space *space);
/* space_check - is every VMA as maps shows it? Otherwise it is read anew. */
bool space_check(struct space *space);

#endif

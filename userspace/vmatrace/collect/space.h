/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address space that is followed: the model of it, checked by what the kernel shows. */
#ifndef VMATRACE_SPACE_H
#define VMATRACE_SPACE_H

#include "../model/call.h"
#include "../model/diff.h"
#include "target.h"

struct thread;

/**
 * struct space - shared by all threads (and vforked children) that live in it
 * @number:   no other one has it, nor will have
 * @users:    how many these are
 * @busy:     how many of them are inside a memory call
 * @target:   how to look at it
 * @mm:	      the model
 * @most:     the most VMAs that it had
 * @top:      mappings that are free to be anywhere have been put below this
 * @as_of:    when it was read anew, in seconds
 * @caller:   whose call is looked at when the next one is made; NULL: nobody's
 * @copy:     what a child has that was forked last, until the child is seen; NULL: none
 * @doubtful: a thread ended inside of a call: nobody knows what that did
 */
struct space {
	unsigned long number;
	int users, busy;
	struct target target;
	struct mm mm;
	size_t most;
	__u64 top;
	double as_of;
	struct thread *caller;
	struct space *copy;
	bool doubtful;
};

#define MOST_FRAMES 48

/**
 * struct event - a call that has returned, and what it did
 * @name:     of the system call, or of what else happened
 * @text:     its arguments, decoded
 * @before:   the VMAs near what it changed; so are those in @after
 * @allows:   VM_MAY* of the file that is to be mapped; @plain: no driver has a say in it
 * @seconds:  that it took; below 0: nobody knows
 * @frame:    who called, the innermost first, up to a NULL: "function (library)"; interned
 * @grown:    so many bytes a stack had grown since the last event
 * @foreseen: the model said it before it was looked up
 */
struct event {
	pid_t pid, tid;
	const char *name;
	char text[512];
	struct call call;
	bool shows_address, plain;
	__u64 allows;
	double time, seconds;
	struct mm before, after;
	struct facts facts;
	struct space *space;
	const char *frame[MOST_FRAMES + 1];
	__u64 grown;
	bool foreseen;
};

/* The name of an event that is no call but an access. */
#define FAULT_NAME "fault"

/* What a call returned of which only the maps tell that it did not do what it might have. */
#define RESULT_UNKNOWN (-4095L)

void event_free(struct event *event);

struct space *space_new(pid_t pid, const struct rules *rules);
struct space *space_fork(struct space *parent, pid_t pid);
struct space *space_get(struct space *space);
/* space_inherit - it has what prctl gave to this process, which has started it */
void space_inherit(struct space *space);
void space_put(struct space *space);

/* space_load - forget all and read it anew, after exec or at the beginning */
bool space_load(struct space *space);
/* space_gone - nobody has it any more */
bool space_gone(struct space *space);
/* space_foresee - look at what cannot be seen any more after a call */
void space_foresee(struct space *space, struct event *event);
/* space_foresee_places - where it may be put, if that is not going to be told */
void space_foresee_places(struct space *space, struct event *event);
/* space_own - have the model look by itself at what was written */
void space_own(struct space *space);
/* space_apply - let the model do a call, and compare; fills in the event but for its names */
void space_apply(struct space *space, struct event *event);
/*
 * space_derive - the same of a call whose result nobody told: what it was, the maps have to
 * tell; false: it is not as it would be after the call, yet (@last: there is no yet), or it is
 * gone
 */
bool space_derive(struct space *space, struct event *event, bool last);
/* space_assume - the same where there are no maps any more: the process is gone */
void space_assume(struct space *space, struct event *event);
/*
 * space_believe - the same of a call that was done some time ago: the maps may be newer
 * @told: a VMA that is there since, if one was told of
 */
void space_believe(struct space *space, struct event *event, const struct range *told);
/* space_fault - the same of an access; @number: the signal that came of it; 0: it was served */
void space_fault(struct space *space, struct event *event, const struct fault *fault, int number);
/* space_told_of_faults - by the collector: nobody need look for what was written */
void space_told_of_faults(void);
/* space_know_file - of an mmap: it has the same struct file as those of its inode */
void space_know_file(struct space *space, struct event *event);
/* space_know_segment - of a shmat: what it has attached is here */
void space_know_segment(struct space *space, struct event *event, const struct range *shown);
/* space_plain_by_name - has no driver a say in what maps shows by this name? */
bool space_plain_by_name(const char *name);
/* space_look_at_file - that is about to be mapped, while its descriptor is surely there */
void space_look_at_file(struct event *event);
/* space_learn_file - of an mmap that has returned: which file it is of */
void space_learn_file(struct space *space, struct event *event);
/* space_real - an address space that is to be filled with what the kernel shows of this one */
void space_real(struct mm *real, const struct mm *mm);
/* space_absorb - take over what stacks have grown, which no call says; returns the bytes */
__u64 space_absorb(struct space *space);
/* space_unregister - from userfaultfds that were closed, which no call says; were there any? */
bool space_unregister(struct space *space, struct facts *facts);
/* space_shows - is the model in these ranges as maps shows it? */
bool space_shows(struct space *space, const struct range *range, int count);
/* space_check - is every VMA as maps shows it? Otherwise it is read anew. */
bool space_check(struct space *space);
/* space_resync - take over what maps shows; what else is known of the same VMAs stays */
void space_resync(struct space *space);
/* space_noted - that it may have more VMAs than ever before */
void space_noted(struct space *space);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's perf events tell of a program, in the order in which it happened. */
#ifndef VMATRACE_RING_H
#define VMATRACE_RING_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum ring_kind {
	RING_ENTER,		/* a system call */
	RING_EXIT,
	RING_FAULT,
	RING_DEVICE,		/* vmadev is about to serve it */
	RING_SERVED,
	RING_MAPPED,		/* a mapping was made, or changed */
	RING_STORED,		/* a tree was written to, that of VMAs most likely */
};

/**
 * struct ring_event - one of them
 * @time:  of CLOCK_MONOTONIC, in nanoseconds; @order: in which it was read
 * @effect: when it happened to the address space, which is what counts between threads
 * @number: of the system call; @args; @result
 * @write: of a fault at @start; @present: there was an entry; @waited: when it was served
 * @by:	   of a device: its strategy, and the order of the @entry
 * @start: @end, @inode, @major, @minor, @name: of what was mapped, after it was merged
 */
struct ring_event {
	__u64 time, order, effect;
	pid_t tid;
	enum ring_kind kind;
	bool write, present, waited;
	unsigned int entry;
	const char *by;
	long number, result;
	__u64 args[6];
	__u64 start, end, inode;
	__u32 major, minor;
	const char *name;
};

/*
 * ring_open - of a process and all that it will start; @faults: how each was served as well;
 * false: @reason says why not
 */
bool ring_open(pid_t pid, bool faults, char *reason, size_t size);
/* ring_wait - until there is much, or a time is over, or a signal comes */
void ring_wait(int milliseconds);
/* ring_expect_threads - from now on several may change one address space */
void ring_expect_threads(void);
typedef void ring_take(void *data, struct ring_event *event);

/*
 * ring_read - hand over what there is, but for what is so new that another processor may still
 * be writing what came before it, and for what came after a call that has not returned
 */
void ring_read(ring_take *take, void *data);
/* ring_read_until_now - wait until what has happened by now is in order, and hand it over */
void ring_read_until_now(ring_take *take, void *data);
/*
 * ring_lost - how many events the kernel had no room for, since this was asked last. It says so
 * itself before the next event that it has room for; @at_end, after which none comes, it is asked.
 */
__u64 ring_lost(bool at_end);
/*
 * ring_leave - the kernel takes a tenth of a second to put the last copy of the events away:
 * a process that nobody waits for has that when this one ends
 */
void ring_leave(void);

#endif

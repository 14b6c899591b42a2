/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The buffers that the kernel writes events into, one a processor. */
#ifndef VMATRACE_RINGS_H
#define VMATRACE_RINGS_H

#include <linux/types.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct perf_event_mmap_page;

/* What is listened to. */
enum {
	RINGS_ENTER,
	RINGS_EXIT,
	RINGS_STORE,
	RINGS_FAULT,
	RINGS_KERNEL_FAULT,
	RINGS_DEVICE,
	RINGS_SERVED,
	RINGS_MAJOR,
	RINGS_SOURCES
};

/**
 * struct rings - all of them
 * @ring:   NULL: of a processor that is off; @wakeup: readable when there is much in it
 * @id:	    of the tracepoints, -1: this kernel has none, or it is not listened to
 * @opened: of each processor, for each of these: the descriptor; 0: there is none
 * @stream: the same: what its samples begin with
 */
struct rings {
	struct perf_event_mmap_page **ring;
	struct pollfd *wakeup;
	long processors;
	int id[RINGS_SOURCES];
	int (*opened)[RINGS_SOURCES];
	__u64 (*stream)[RINGS_SOURCES];
};

/* rings_open - @faults: how they are served, too */
bool rings_open(struct rings *rings, pid_t pid, bool faults, char *reason, size_t size);
/* rings_listen_to_stores - which are not told before: one thread's are in order without */
void rings_listen_to_stores(const struct rings *rings);
/* rings_lost - all events that there was no room for; it asks each processor */
__u64 rings_lost(const struct rings *rings);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where events come from, and where they go. */
#ifndef VMATRACE_COLLECTOR_H
#define VMATRACE_COLLECTOR_H

#include "space.h"
#include "start.h"
#include "thread.h"

/**
 * struct sink - what takes the events
 * @event:  a call has returned; false: nothing can be written any more
 * @note:   something that is no call: a fork, an exit, a signal
 * @ending: a process is about to end; its maps are still there
 */
struct sink {
	bool (*event)(void *data, struct event *event);
	bool (*note)(void *data, pid_t pid, const char *text);
	bool (*ending)(void *data, pid_t pid, struct space *space);
	void *data;
};

/**
 * struct collection - what to follow, and how it went
 * @argv:    a program to start; NULL: @attach
 * @program: what became of it
 * @attach:  processes that are there, up to a 0
 * @faults:  each of them is an event, not only those that are refused
 * @status:  of the program, as wait(2) gives it
 * @stopped: the signal that ended the trace before the program ended; 0: none
 * @broken:  the sink refused
 * @reason:  why it could not begin, and what to do about that
 * @lost:    events that the kernel had no room for
 * @unforeseen: calls of which the model said something else than the maps
 */
struct collection {
	char **argv;
	struct program program;
	const pid_t *attach;
	const struct sink *sink;
	const struct rules *rules;
	bool faults;
	int status;
	int stopped;
	bool broken;
	char reason[256];
	unsigned long calls, unforeseen, lost;
};

/**
 * struct collector - a way to follow
 * @collect:  false: it could not begin; collection->reason says why, if it is not empty
 * @attaches: it can follow what runs already; @asked: only where it is named
 */
struct collector {
	const char *name;
	bool (*collect)(struct collection *collection);
	bool attaches, asked;
};

/* collector_find - NULL: there is none of that name */
const struct collector *collector_find(const char *name);
/* collect - by one, or, if it is NULL, by the best that works; false: it has said why not */
bool collect(struct collection *collection, const struct collector *collector);

bool collect_ptrace(struct collection *collection);
bool collect_ptrace_once(struct collection *collection);
/*
 * collector_leave - all is done, and this status is to be that of the process: a collector whose
 * program would not go on without it does not return
 */
void collector_leave(int status);
bool collect_perf(struct collection *collection);
bool collect_seccomp(struct collection *collection);

/* What they share. */
/* collector_watch_signals - those that end a trace; Ctrl-C does not, if a program @started */
void collector_watch_signals(bool started);
/* collector_stopped - the signal that came; 0: none */
int collector_stopped(void);
double collector_now(void);
/* collector_enter - a thread is about to make a system call; false: it does not matter */
bool collector_enter(struct thread *thread, long number, const void *args);
/* collector_prepare - the same, some time later: nothing is looked at */
bool collector_prepare(struct thread *thread, long number, const void *args);
/* collector_settle - the call before in an address space: what was it? @now: who calls now */
void collector_settle(struct collection *collection, struct space *space,
		      const struct thread *now);
/* collector_leave_to_next - it is about to be done */
void collector_leave_to_next(struct thread *thread);
/* collector_born - a thread has come into being, or a process */
void collector_born(struct collection *collection, const struct thread *parent,
		    const struct thread *child);
/* collector_executed - a thread has another program, in an address space of its own */
void collector_executed(struct collection *collection, struct thread *thread);
/*
 * collector_fault - an access was served, or refused by the signal @number
 * @time: when it began; @seconds: that it took, below 0: nobody knows
 */
void collector_fault(struct collection *collection, struct thread *thread,
		     const struct fault *fault, int number, double time, double seconds);
void collector_event(struct collection *collection, struct event *event);
void collector_note(struct collection *collection, pid_t pid, const char *text);
void collector_ending(struct collection *collection, pid_t pid, struct space *space);

#endif

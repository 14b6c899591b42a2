/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads that ptrace follows. */
#ifndef VMATRACE_THREAD_H
#define VMATRACE_THREAD_H

#include "space.h"

/**
 * struct thread - one of them
 * @process: of which it is
 * @space:   that it lives in; NULL: not known yet, before the first exec
 * @syscall: that it is inside of; NULL: none that matters
 * @event:   what is being called
 * @told:    the VMA that the call which it is in made or changed last; @told_count: of so many
 * @effect:  when it last changed something in the call that it is in; 0: not yet
 * @fault:   that it is in, since @faulted; 0: it is in none
 * @held:    it waits before a call until another one is done
 * @unborn:  it waits until its parent has told of it
 * @ends:    it was stopped at its end
 * @executes: it is about to execute another program
 */
struct thread {
	pid_t tid, process;
	struct space *space;
	const struct syscall *syscall;
	struct event event;
	struct range told;
	int told_count;
	__u64 effect;
	struct fault fault;
	double faulted;
	bool held, unborn, ends, executes;
	struct thread *next;
};

struct thread *thread_find(pid_t tid, bool create);
void thread_remove(pid_t tid);
bool thread_any(void);
/* thread_each - which may remove the one that it visits */
void thread_each(void (*visit)(struct thread *thread, void *data), void *data);

/* thread_attach - to all threads of a process; false: it has said why not */
bool thread_attach(pid_t pid, long options, const struct rules *rules);

/* thread_process - the process that a thread is of */
pid_t thread_process(pid_t tid);
/* thread_parent - the process that this one is a child of; 0: it is gone */
pid_t thread_parent(pid_t tid);
/* thread_ready - does it run, or wait for a CPU or a lock? @ticks: of a CPU that it has had */
bool thread_ready(pid_t tid, unsigned long *ticks);
/* thread_same_memory - do two of them share their address space? */
bool thread_same_memory(pid_t one, pid_t other);
/* thread_native_arch - AUDIT_ARCH_* of this program */
__u32 thread_native_arch(void);

#endif

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
 */
struct thread {
	pid_t tid, process;
	struct space *space;
	const struct syscall *syscall;
	struct event event;
	struct thread *next;
};

struct thread *thread_find(pid_t tid, bool create);
void thread_remove(pid_t tid);
bool thread_any(void);
void thread_each(void (*visit)(struct thread *thread));

/* thread_attach - to all threads of a process; false: it has said why not */
bool thread_attach(pid_t pid, long options, const struct rules *rules);
/* thread_attached - was the program there before us? */
bool thread_attached(void);

/* thread_process - the process that a thread is of */
pid_t thread_process(pid_t tid);
/* thread_same_memory - do two of them share their address space? */
bool thread_same_memory(pid_t one, pid_t other);
/* thread_native_arch - AUDIT_ARCH_* of this program */
__u32 thread_native_arch(void);

/* thread_failed_fd - where a program that cannot be executed says why */
void thread_failed_fd(int fd);
/* thread_failed - the errno of that; 0: it was executed */
int thread_failed(void);

#endif

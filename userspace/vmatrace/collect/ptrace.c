// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follow by ptrace: every system call stops twice, those that change VMAs are looked at.
 * Nothing is left in the program, so when this process dies, however it dies, the kernel
 * lets the program go on.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "collector.h"
#include "syscalls.h"
#include "thread.h"

#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)

/* The program, stopped before it is executed. */
static pid_t start_followed(struct collection *collection)
{
	struct program *program = &collection->program;

	program_start(program, collection->argv, NULL);
	collector_watch_signals(true);
	if (ptrace(PTRACE_SEIZE, program->pid, 0, OPTIONS)) {
		warn("cannot follow: PTRACE_SEIZE");
		program_end(program);
		return -1;
	}
	ptrace(PTRACE_INTERRUPT, program->pid, 0, 0);
	program_go(program);
	return program->pid;
}

/* So many microseconds a thread is held. */
#define PATIENCE 200000

static int held;

/*
 * What two calls in one address space did at the same time could not be told apart: the
 * later one waits at its door. Not for ever, since the earlier may be waiting for it.
 */
static bool hold(struct thread *thread, long number)
{
	const struct syscall *syscall = syscall_find(number);
	struct itimerval patience = { .it_value = { 0, PATIENCE } };

	if (!syscall || syscall->kind == CALL_NAME || syscall->kind == CALL_UFFD_REGISTER ||
	    !thread->space || !thread->space->busy)
		return false;
	thread->held = true;
	held++;
	if (!collector_stopped())
		setitimer(ITIMER_REAL, &patience, NULL);
	return true;
}

static void let_in(struct thread *thread)
{
	struct __ptrace_syscall_info info;

	thread->held = false;
	held--;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof(info), &info) > 0)
		collector_enter(thread, (long)info.entry.nr, info.entry.args);
	ptrace(PTRACE_SYSCALL, thread->tid, 0, 0);
}

/* One at a time into @data; into all of them, if that is NULL. */
static void let_in_held(struct thread *thread, void *data)
{
	if (thread->held && (!data || (thread->space == data && !thread->space->busy)))
		let_in(thread);
}

static void leave(struct collection *collection, struct thread *thread,
		  const struct __ptrace_syscall_info *info)
{
	struct event *event = &thread->event;

	if (!thread->syscall)
		return;
	thread->syscall = NULL;
	thread->space->busy--;
	event->call.result = (long)info->exit.rval;
	event->seconds = collector_now() - event->time;
	space_apply(thread->space, event);
	/* What another thread does meanwhile comes under its own name, if late. */
	if (!event->foreseen && thread->space->busy)
		event->foreseen = true;
	collector_event(collection, event);
	event_free(event);
	if (held)
		thread_each(let_in_held, thread->space);
}

static void at_syscall(struct collection *collection, struct thread *thread)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.arch == thread_native_arch()) {
		if (!hold(thread, (long)info.entry.nr))
			collector_enter(thread, (long)info.entry.nr, info.entry.args);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		leave(collection, thread, &info);
	}
}

/* It was stopped before its parent told of it. */
static void begin(struct thread *thread)
{
	thread->unborn = false;
	ptrace(PTRACE_SYSCALL, thread->tid, 0, 0);
}

/* Its parent will not tell any more. */
static void adopt(struct thread *thread, void *data)
{
	struct collection *collection = data;

	if (!thread->unborn)
		return;
	thread->space = space_new(thread->process, collection->rules);
	begin(thread);
}

static void at_birth(struct collection *collection, struct thread *parent, int event)
{
	unsigned long tid = 0;
	struct thread *child;

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, 0, &tid) || !parent->space)
		return;
	child = thread_find((pid_t)tid, true);
	if (child->space)
		return;
	child->process = thread_process(child->tid);
	if (event == PTRACE_EVENT_VFORK || thread_same_memory(parent->tid, child->tid)) {
		child->space = space_get(parent->space);
	} else {
		child->space = space_fork(parent->space, child->tid);
		space_check(child->space);
	}
	collector_born(collection, parent, child);
	if (child->unborn)
		begin(child);
}

static void at_exit(struct collection *collection, struct thread *thread)
{
	if (thread->space && thread->syscall)
		thread->space->doubtful = true;
	if (thread->space && thread->tid == thread->process)
		collector_ending(collection, thread->process, thread->space);
}

/* A stop; returns the signal that the thread is to get when it goes on. */
static int at_stop(struct collection *collection, struct thread *thread, int status, bool *listen)
{
	int number = WSTOPSIG(status), event = status >> 16;

	*listen = false;
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		at_birth(collection, thread, event);
		return 0;
	case PTRACE_EVENT_EXEC:
		collector_executed(collection, thread);
		return 0;
	case PTRACE_EVENT_EXIT:
		at_exit(collection, thread);
		return 0;
	case PTRACE_EVENT_STOP:
		/* A group stop, not the first stop of all. */
		*listen = number != SIGTRAP;
		return 0;
	}
	if (number == (SIGTRAP | 0x80)) {
		at_syscall(collection, thread);
		return 0;
	}
	return number;
}

/* Let a thread go, for good; it is stopped. */
static void release(struct thread *thread, int number)
{
	ptrace(PTRACE_DETACH, thread->tid, 0, number);
	thread_remove(thread->tid);
}

static void ask_to_stop(struct thread *thread, void *data)
{
	(void)data;
	if (thread->held || thread->unborn)
		release(thread, 0);
	else
		ptrace(PTRACE_INTERRUPT, thread->tid, 0, 0);
}

/* Threads that are there, and those they start meanwhile. */
static bool attach_all(struct collection *collection)
{
	collector_watch_signals(false);
	for (const pid_t *pid = collection->attach; *pid; pid++)
		if (!thread_attach(*pid, OPTIONS, collection->rules))
			return false;
	return true;
}

static void go_on(struct thread *thread, int number, bool listen, bool leaving)
{
	if (leaving)
		release(thread, number);
	else if (thread->held || thread->unborn)
		;
	else if (listen)
		ptrace(PTRACE_LISTEN, thread->tid, 0, 0);
	else
		ptrace(PTRACE_SYSCALL, thread->tid, 0, number);
}

/* The leader's end is the program's; a thread's is only its own. */
static void at_death(struct collection *collection, pid_t tid, pid_t program, int status)
{
	if (tid == program)
		collection->status = status;
	thread_remove(tid);
	thread_each(adopt, collection);
}

bool collect_ptrace(struct collection *collection)
{
	pid_t program = -1, tid;
	bool leaving = false;
	int status;

	if (collection->argv) {
		program = start_followed(collection);
		if (program < 0)
			return false;
		thread_find(program, true)->process = program;
	} else if (!attach_all(collection)) {
		return false;
	}
	collector_note(collection, program > 0 ? program : *collection->attach,
		       "followed by ptrace: exact; faults are not seen");
	while (thread_any()) {
		struct thread *thread;
		bool listen;
		int number;

		if (!leaving && (collector_stopped() || collection->broken)) {
			leaving = true;
			thread_each(ask_to_stop, NULL);
		}
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR) {
			thread_each(let_in_held, NULL);
			continue;
		}
		if (tid < 0)
			break;
		if (!WIFSTOPPED(status)) {
			at_death(collection, tid, program, status);
			continue;
		}
		thread = thread_find(tid, true);
		if (!thread->process) {
			thread->process = thread_process(tid);
			thread->unborn = true;
		}
		number = at_stop(collection, thread, status, &listen);
		go_on(thread, number, listen, leaving);
	}
	collection->stopped = collector_stopped();
	/* What goes on without us is waited for, unless we were told to end. */
	while (collection->broken && !collector_stopped() && program > 0 &&
	       waitpid(program, &collection->status, 0) < 0 && errno == EINTR)
		;
	return true;
}

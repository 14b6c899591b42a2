// SPDX-License-Identifier: GPL-2.0-or-later
/* Follow by ptrace: every system call stops twice, those that change VMAs are looked at. */
#include <sys/ptrace.h>
#include <sys/time.h>

#include "follow.h"
#include "syscalls.h"

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

static void let_in_all(struct collection *collection)
{
	(void)collection;
	thread_each(let_in_held, NULL);
}

bool collect_ptrace(struct collection *collection)
{
	static const struct follower how = {
		.words = "followed by ptrace: exact; of faults it sees those that are refused",
		.options = PTRACE_O_TRACESYSGOOD, .resume = PTRACE_SYSCALL,
		.call = at_syscall, .idle = let_in_all,
	};

	return follow(collection, &how);
}

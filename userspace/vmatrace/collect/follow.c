// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads are born, execute and end: each of these stops them. But where it @filters nothing is
 * left in the program, so when this process dies, however it dies, the kernel lets that go on.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "filter.h"
#include "follow.h"

#define LIVES (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	       PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)

static int resume;

/* The program, stopped before it is executed. */
static pid_t start_followed(struct collection *collection, const struct follower *how)
{
	struct program *program = &collection->program;

	program_start(program, collection->argv,
		      how->filters ? calls_filter(SECCOMP_RET_TRACE) : NULL, false);
	collector_watch_signals(true);
	if (program->error) {
		snprintf(collection->reason, sizeof(collection->reason),
			 "cannot follow by a filter: %s: a container may forbid it; "
			 "use --by ptrace", strerror(program->error));
		program_end(program);
		return -1;
	}
	if (how->open && !how->open(collection)) {
		program_end(program);
		return -1;
	}
	if (ptrace(PTRACE_SEIZE, program->pid, 0, LIVES | how->options)) {
		snprintf(collection->reason, sizeof(collection->reason),
			 "cannot follow by ptrace: %s: a container may forbid it, or somebody else "
			 "does (TracerPid in /proc/%d/status)", strerror(errno), program->pid);
		program_end(program);
		return -1;
	}
	ptrace(PTRACE_INTERRUPT, program->pid, 0, 0);
	program_go(program);
	return program->pid;
}

/* It was stopped before its parent told of it. */
static void begin(struct thread *thread)
{
	thread->unborn = false;
	ptrace(resume, thread->tid, 0, 0);
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

static void at_birth(struct collection *collection, const struct follower *how,
		     struct thread *parent, int event)
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
	if (how->born)
		how->born(parent, child);
	if (child->unborn)
		begin(child);
}

static void at_exit(struct collection *collection, struct thread *thread)
{
	thread->ends = true;
	if (thread->space && thread->syscall)
		thread->space->doubtful = true;
	if (thread->space && thread->tid == thread->process)
		collector_ending(collection, thread->process, thread->space);
}

/* An access that the kernel has refused; which way it went is the VMA's to tell. */
static void at_refusal(struct collection *collection, const struct follower *how,
		       struct thread *thread)
{
	struct fault fault = { 0 };
	const struct vma *vma;
	siginfo_t info;

	/* What somebody has sent has no address. */
	if (!thread->space || ptrace(PTRACE_GETSIGINFO, thread->tid, 0, &info) ||
	    info.si_code <= 0 || info.si_code == SI_KERNEL)
		return;
	if (how->before)
		how->before(collection, thread);
	fault.address = (__u64)info.si_addr;
	vma = mm_find(&thread->space->mm, fault.address);
	fault.write = vma && vma->flags & VM_READ;
	collector_fault(collection, thread, &fault, info.si_signo, collector_now(), -1);
}

/* A stop; returns the signal that the thread is to get when it goes on. */
static int at_stop(struct collection *collection, const struct follower *how,
		   struct thread *thread, int status, bool *listen)
{
	int number = WSTOPSIG(status), event = status >> 16;

	*listen = false;
	if (event && how->before)
		how->before(collection, thread);
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		how->call(collection, thread);
		return 0;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		at_birth(collection, how, thread, event);
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
		how->call(collection, thread);
		return 0;
	}
	if (number == SIGSEGV || number == SIGBUS)
		at_refusal(collection, how, thread);
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
static bool attach_all(struct collection *collection, const struct follower *how)
{
	collector_watch_signals(false);
	for (const pid_t *pid = collection->attach; *pid; pid++)
		if (!thread_attach(*pid, LIVES | how->options, collection->rules))
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
		ptrace(resume, thread->tid, 0, number);
}

/* The leader's end is the program's; a thread's is only its own. */
static void at_death(struct collection *collection, const struct follower *how, pid_t tid,
		     pid_t program, int status)
{
	struct thread *thread = thread_find(tid, false);

	if (tid == program)
		collection->status = status;
	/* Who is killed with others does not stop at its end. */
	if (thread && !thread->ends && how->before)
		how->before(collection, thread);
	thread_remove(tid);
	thread_each(adopt, collection);
}

/* An alarm is to end what waits, and nothing that is being written. */
static void let_alarm(int how)
{
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(how, &alarm, NULL);
}

static pid_t next_stop(const struct follower *how, int *status)
{
	pid_t tid;
	int error;

	let_alarm(SIG_UNBLOCK);
	tid = waitpid(-1, status, how->waits ? __WALL | WNOHANG : __WALL);
	error = errno;
	let_alarm(SIG_BLOCK);
	errno = error;
	return tid;
}

bool follow(struct collection *collection, const struct follower *how)
{
	pid_t program = -1, tid;
	bool leaving = false;
	int status;

	resume = how->resume;
	if (collection->argv) {
		program = start_followed(collection, how);
		if (program < 0)
			return false;
		thread_find(program, true)->process = program;
	} else if (!attach_all(collection, how)) {
		return false;
	}
	collector_note(collection, program > 0 ? program : *collection->attach,
		       how->words);
	while (thread_any()) {
		struct thread *thread;
		bool listen;
		int number;

		if (!leaving && (collector_stopped() || collection->broken)) {
			if (how->filters)
				break;
			leaving = true;
			thread_each(ask_to_stop, NULL);
		}
		tid = next_stop(how, &status);
		if (!tid || (tid < 0 && errno == EINTR)) {
			how->idle(collection);
			continue;
		}
		if (tid < 0)
			break;
		if (!WIFSTOPPED(status)) {
			at_death(collection, how, tid, program, status);
			continue;
		}
		thread = thread_find(tid, true);
		if (!thread->process) {
			thread->process = thread_process(tid);
			thread->unborn = true;
		}
		number = at_stop(collection, how, thread, status, &listen);
		go_on(thread, number, listen, leaving);
	}
	let_alarm(SIG_UNBLOCK);
	collection->stopped = collector_stopped();
	/* What goes on without us is waited for, unless we were told to end. */
	while (!how->filters && collection->broken && !collector_stopped() && program > 0 &&
	       waitpid(program, &collection->status, 0) < 0 && errno == EINTR)
		;
	return true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follow by ptrace: every system call stops twice, those that change VMAs are looked at.
 * Nothing is left in the program, so when this process dies, however it dies, the kernel
 * lets the program go on.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collector.h"
#include "syscalls.h"
#include "thread.h"

#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)

static volatile sig_atomic_t stop_signal;

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	/* Ctrl-C is for the program, which the terminal sends it to as well. */
	if (number == SIGINT && info->si_code == SI_KERNEL && !thread_attached())
		return;
	stop_signal = number;
	/* It may come just before waitpid(), which has to end all the same. */
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 20000 }, { 0, 20000 } }, NULL);
}

static void on_alarm(int number)
{
	(void)number;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The program waits until it is followed. */
static pid_t start_program(struct collection *collection)
{
	int ready[2], failed[2], error = 0;
	char go = 0;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) || pipe2(failed, O_CLOEXEC))
		err(1, "no pipe");
	pid = fork();
	if (pid < 0)
		err(1, "no process");
	if (!pid) {
		if (read(ready[0], &go, 1) != 1)
			_exit(1);
		execvp(collection->argv[0], collection->argv);
		error = errno;
		if (write(failed[1], &error, sizeof(error)) != sizeof(error))
			_exit(1);
		_exit(error == ENOENT ? 127 : 126);
	}
	thread_failed_fd(failed[0]);
	close(failed[1]);
	close(ready[0]);
	if (ptrace(PTRACE_SEIZE, pid, 0, OPTIONS)) {
		warn("cannot follow: PTRACE_SEIZE");
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return -1;
	}
	ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	if (write(ready[1], &go, 1) != 1)
		warn("cannot start the program");
	close(ready[1]);
	return pid;
}

static void sink_event(struct collection *collection, struct event *event)
{
	collection->calls++;
	if (!event->foreseen)
		collection->unforeseen++;
	if (!collection->broken && !collection->sink->event(collection->sink->data, event))
		collection->broken = true;
}

static void sink_note(struct collection *collection, pid_t pid, const char *text)
{
	if (!collection->broken && !collection->sink->note(collection->sink->data, pid, text))
		collection->broken = true;
}

static void enter(struct thread *thread, const struct __ptrace_syscall_info *info)
{
	const struct syscall *syscall = syscall_find((long)info->entry.nr);
	__u64 args[6];

	thread->syscall = NULL;
	if (!syscall || !thread->space)
		return;
	for (int i = 0; i < 6; i++)
		args[i] = info->entry.args[i];
	memset(&thread->event, 0, sizeof(thread->event));
	thread->event.pid = thread->process;
	thread->event.tid = thread->tid;
	if (!syscall_enter(syscall, args, &thread->event))
		return;
	thread->syscall = syscall;
	space_foresee(thread->space, &thread->event.call);
	thread->event.time = now();
	thread->space->busy++;
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
	event->seconds = now() - event->time;
	space_apply(thread->space, event);
	/* What another thread does meanwhile comes under its own name, if late. */
	if (!event->foreseen && thread->space->busy)
		event->foreseen = true;
	sink_event(collection, event);
	event_free(event);
}

static void at_syscall(struct collection *collection, struct thread *thread)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.arch == thread_native_arch())
		enter(thread, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		leave(collection, thread, &info);
}

/* The flags of the clone that has just been: does the child share the memory? */
static bool shares_memory(const struct thread *parent, pid_t child, int event)
{
	(void)parent;
	return event == PTRACE_EVENT_VFORK || thread_same_memory(parent->tid, child);
}

static void at_birth(struct collection *collection, struct thread *parent, int event)
{
	unsigned long child_tid = 0;
	struct thread *child;
	char text[64];

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, 0, &child_tid) || !parent->space)
		return;
	child = thread_find((pid_t)child_tid, true);
	if (!child || child->space)
		return;
	child->process = thread_process((pid_t)child_tid);
	if (shares_memory(parent, (pid_t)child_tid, event)) {
		child->space = space_get(parent->space);
	} else {
		child->space = space_fork(parent->space, (pid_t)child_tid);
		space_check(child->space);
	}
	if (child->process == parent->process)
		return;
	snprintf(text, sizeof(text), "fork: process %d, %s", child->process,
		 child->space == parent->space ? "in the same memory" :
		 "a copy of every VMA");
	sink_note(collection, parent->process, text);
}

static void at_exec(struct collection *collection, struct thread *thread)
{
	char text[64];

	if (thread->space)
		space_put(thread->space);
	thread->process = thread->tid;
	thread->space = space_new(thread->tid, collection->rules);
	thread->syscall = NULL;
	snprintf(text, sizeof(text), "exec: %zu new VMAs", thread->space->mm.count);
	sink_note(collection, thread->process, text);
}

static void at_exit(struct collection *collection, struct thread *thread)
{
	if (thread->space && thread->syscall)
		thread->space->doubtful = true;
	if (thread->space && thread->tid == thread->process && !collection->broken &&
	    collection->sink->ending &&
	    !collection->sink->ending(collection->sink->data, thread->process, thread->space))
		collection->broken = true;
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
		at_exec(collection, thread);
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

static void ask_to_stop(struct thread *thread)
{
	ptrace(PTRACE_INTERRUPT, thread->tid, 0, 0);
}

/* Threads that are there, and those they start meanwhile. */
static bool attach_all(struct collection *collection)
{
	for (const pid_t *pid = collection->attach; *pid; pid++)
		if (!thread_attach(*pid, OPTIONS, collection->rules))
			return false;
	return true;
}

static void watch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	struct sigaction alarm = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &alarm, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
}

static void go_on(struct thread *thread, int number, bool listen, bool leaving)
{
	if (leaving)
		release(thread, number);
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
}

bool collect_ptrace(struct collection *collection)
{
	pid_t program = -1, tid;
	bool leaving = false;
	int status;

	watch_signals();
	if (collection->argv) {
		program = start_program(collection);
		if (program < 0)
			return false;
		thread_find(program, true)->process = program;
	} else if (!attach_all(collection)) {
		return false;
	}
	while (thread_any()) {
		struct thread *thread;
		bool listen;
		int number;

		if (!leaving && (stop_signal || collection->broken)) {
			leaving = true;
			thread_each(ask_to_stop);
		}
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			break;
		if (!WIFSTOPPED(status)) {
			at_death(collection, tid, program, status);
			continue;
		}
		thread = thread_find(tid, true);
		if (!thread->process)
			thread->process = thread_process(tid);
		number = at_stop(collection, thread, status, &listen);
		go_on(thread, number, listen, leaving);
	}
	collection->stopped = stop_signal;
	/* What goes on without us is waited for, unless we were told to end. */
	while (collection->broken && !stop_signal && program > 0 &&
	       waitpid(program, &collection->status, 0) < 0 && errno == EINTR)
		;
	return true;
}

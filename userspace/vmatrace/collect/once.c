// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follow by ptrace and a filter: a call that matters stops once, before it is done, and all
 * others do not stop; what it did the maps tell at the next one.
 *
 * As there would have to be a tracer for what the filter picks, it must not end before the
 * program: so it is not the process that was started, but a child of that, which stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "follow.h"

static pid_t tracer;
static int word[2] = { -1, -1 };
/* What is followed has not ended. */
static pid_t left;

static void pass_on(int number, siginfo_t *info, void *context)
{
	(void)context;
	/* What the terminal sends it sends to all. */
	if (info->si_code != SI_KERNEL)
		kill(tracer, number);
}

/* The process that was started: it ends when the tracer says so, or as that ended. */
static void __attribute__((__noreturn__)) stand_in(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO };
	char text[16] = "";
	int status;
	ssize_t got;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
	close(word[1]);
	do
		got = read(word[0], text, sizeof(text) - 1);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		_exit(atoi(text));
	while (waitpid(tracer, &status, 0) < 0 && errno == EINTR)
		;
	_exit(program_end_as(status));
}

static bool divide(void)
{
	pid_t started = getpid();

	if (pipe2(word, O_CLOEXEC))
		return false;
	tracer = fork();
	if (tracer < 0)
		return false;
	if (tracer)
		stand_in();
	close(word[0]);
	prctl(PR_SET_NAME, "vmatrace-keeper");
	/* However that ends, this one is told to. */
	collector_watch_signals(true);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != started)
		raise(SIGTERM);
	return true;
}

/* Have a thread go on from whatever stop it is at. */
static void go_on(pid_t tid, int status)
{
	int number = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_STOP && number != SIGTRAP)
		ptrace(PTRACE_LISTEN, tid, 0, 0);
	else
		ptrace(PTRACE_CONT, tid, 0, event ? 0 : number);
}

static void begin(struct thread *thread, void *data)
{
	(void)data;
	if (thread->unborn)
		ptrace(PTRACE_CONT, thread->tid, 0, 0);
}

/*
 * Until there is nobody any more, or it is told to end, unless it was (@told): returns how the
 * program has ended.
 */
static int stay(pid_t program, bool told)
{
	int status, last = 0;
	pid_t tid;

	thread_each(begin, NULL);
	while ((told || !collector_stopped()) &&
	       ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR)) {
		if (tid > 0 && WIFSTOPPED(status))
			go_on(tid, status);
		else if (tid == program)
			last = status;
	}
	return last;
}

void collector_leave(int status)
{
	if (!left)
		return;
	/* Nobody may be there to hear it. */
	dprintf(word[1], "%d\n", status);
	setsid();
	for (int number = 1; number < SIGRTMIN; number++)
		signal(number, number == SIGCHLD ? SIG_DFL : SIG_IGN);
	close_range(0, ~0U, 0);
	_exit(program_end_as(stay(left, true)));
}

static void settle(struct collection *collection, struct thread *thread)
{
	if (thread->space)
		collector_settle(collection, thread->space, thread);
}

static void take(struct collection *collection, struct thread *thread)
{
	struct __ptrace_syscall_info info;

	(void)collection;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof(info), &info) > 0 &&
	    info.op == PTRACE_SYSCALL_INFO_SECCOMP &&
	    collector_enter(thread, (long)info.seccomp.nr, info.seccomp.args))
		collector_leave_to_next(thread);
}

static void idle(struct collection *collection)
{
	(void)collection;
}

bool collect_ptrace_once(struct collection *collection)
{
	static const struct follower how = {
		.words = "followed by ptrace-once: results are derived from what maps shows "
			 "later; times are not seen, nor faults that are served",
		.options = PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL, .resume = PTRACE_CONT,
		.call = take, .before = settle, .idle = idle, .filters = true,
	};

	if (!collection->argv) {
		snprintf(collection->reason, sizeof(collection->reason),
			 "cannot attach by ptrace-once: a filter is the program's; "
			 "use --by ptrace");
		return false;
	}
	if (!divide()) {
		snprintf(collection->reason, sizeof(collection->reason),
			 "cannot follow by ptrace-once: %s; use --by ptrace", strerror(errno));
		return false;
	}
	if (!follow(collection, &how))
		return false;
	if (collection->broken)
		collection->status = stay(collection->program.pid, false);
	collection->stopped = collector_stopped();
	if (collection->stopped)
		left = collection->program.pid;
	return true;
}

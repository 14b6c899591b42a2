// SPDX-License-Identifier: GPL-2.0-or-later
/* What all collectors share: signals that end a trace, and the way to the sink. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "collector.h"
#include "syscalls.h"

/* The best first. */
static const struct collector collectors[] = {
	{ .name = "seccomp", .collect = collect_seccomp },
	{ .name = "perf", .collect = collect_perf },
	{ .name = "ptrace", .collect = collect_ptrace, .attaches = true },
	{ .name = "ptrace-once", .collect = collect_ptrace_once, .asked = true },
};

const struct collector *collector_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(collectors); i++)
		if (!strcmp(collectors[i].name, name))
			return &collectors[i];
	return NULL;
}

bool collect(struct collection *collection, const struct collector *collector)
{
	for (size_t i = 0; i < ARRAY_SIZE(collectors); i++) {
		if (collector ? collector != &collectors[i] :
		    collectors[i].asked || (!collection->argv && !collectors[i].attaches))
			continue;
		*collection->reason = '\0';
		if (collectors[i].collect(collection))
			return true;
	}
	if (*collection->reason)
		warnx("%s", collection->reason);
	return false;
}

static volatile sig_atomic_t stop_signal;
static bool starts;

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	/* Ctrl-C is for the program, which the terminal sends it to as well. */
	if (number == SIGINT && info->si_code == SI_KERNEL && starts)
		return;
	stop_signal = number;
	/* It may come just before what waits, which has to end all the same. */
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 20000 }, { 0, 20000 } }, NULL);
}

static void on_alarm(int number)
{
	(void)number;
}

double collector_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void collector_watch_signals(bool started)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	/* What is being written is not to end by them: the alarm ends what waits. */
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction alarm = { .sa_handler = on_alarm };

	starts = started;
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGALRM, &alarm, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
}

int collector_stopped(void)
{
	return stop_signal;
}

bool collector_prepare(struct thread *thread, long number, const void *args)
{
	const struct syscall *syscall = syscall_find(number);
	__u64 copy[6];

	thread->syscall = NULL;
	if (!syscall || !thread->space)
		return false;
	memcpy(copy, args, sizeof(copy));
	memset(&thread->event, 0, sizeof(thread->event));
	thread->event.pid = thread->process;
	thread->event.tid = thread->tid;
	if (!syscall_enter(syscall, copy, &thread->event))
		return false;
	thread->syscall = syscall;
	thread->space->busy++;
	return true;
}

bool collector_enter(struct thread *thread, long number, const void *args)
{
	if (!collector_prepare(thread, number, args))
		return false;
	space_foresee(thread->space, &thread->event);
	thread->event.time = collector_now();
	return true;
}

void collector_born(struct collection *collection, const struct thread *parent,
		    const struct thread *child)
{
	char text[64];

	if (child->process == parent->process)
		return;
	snprintf(text, sizeof(text), "fork: process %d, %s", child->process,
		 child->space == parent->space ? "in the same memory" : "a copy of every VMA");
	collector_note(collection, parent->process, text);
}

void collector_executed(struct collection *collection, struct thread *thread)
{
	struct space *space = space_new(thread->tid, collection->rules);
	char text[64];

	thread->process = thread->tid;
	/* What prctl says of the whole outlives it. */
	if (thread->space) {
		model_exec(&space->mm, &thread->space->mm);
		space_put(thread->space);
	} else {
		space_inherit(space);
	}
	thread->space = space;
	thread->syscall = NULL;
	snprintf(text, sizeof(text), "exec: %zu new VMAs", thread->space->mm.count);
	collector_note(collection, thread->process, text);
}

void collector_fault(struct collection *collection, struct thread *thread,
		     const struct fault *fault, int number, double time, double seconds)
{
	struct event event = {
		.pid = thread->process, .tid = thread->tid, .name = FAULT_NAME, .time = time,
		.seconds = seconds, .call = { .kind = CALL_FAULT },
	};

	event.call.args[0] = fault->address;
	event.call.args[1] = fault->write;
	/* What a signal comes of it does not tell. */
	snprintf(event.text, sizeof(event.text), "0x%llx%s", fault->address,
		 number ? "" : fault->write ? ", write" : ", read");
	space_fault(thread->space, &event, fault, number);
	collector_event(collection, &event);
	event_free(&event);
}

void collector_event(struct collection *collection, struct event *event)
{
	collection->calls++;
	if (!event->foreseen)
		collection->unforeseen++;
	if (!collection->broken)
		collection->broken = !collection->sink->event(collection->sink->data, event);
}

void collector_note(struct collection *collection, pid_t pid, const char *text)
{
	if (!collection->broken)
		collection->broken = !collection->sink->note(collection->sink->data, pid, text);
}

void collector_ending(struct collection *collection, pid_t pid, struct space *space)
{
	if (!collection->broken)
		collection->broken = !collection->sink->ending(collection->sink->data, pid, space);
}

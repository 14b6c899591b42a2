// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follow by seccomp user notification: a filter of the program's own hands over each call
 * that may change VMAs before it is done. What a call returned is not told: at the next one
 * of the same address space the maps have to tell.
 */
#include <errno.h>
#include <err.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector.h"
#include "filter.h"
#include "keeper.h"
#include "syscalls.h"
#include "thread.h"

/* Of a child: what its parent had, copied at the fork, unless that is not what it has. */
static struct space *inherited(struct space *parent, pid_t pid, const struct rules *rules)
{
	struct space *space = parent->copy;

	parent->copy = NULL;
	if (!space)
		return space_new(pid, rules);
	target_init(&space->target, pid);
	target_hold(&space->target);
	space_check(space);
	return space;
}

/* A process by its number, if it is one of those that are followed. */
static struct thread *known(struct collection *collection, pid_t pid)
{
	struct thread *thread = thread_find(pid, false), *parent;

	if (thread || pid <= 1 || pid == getpid())
		return thread;
	/* A child of one, which has done nothing yet but have a child itself. */
	parent = known(collection, thread_parent(pid));
	if (!parent || !parent->space)
		return NULL;
	thread = thread_find(pid, true);
	thread->process = pid;
	thread->space = thread_same_memory(pid, parent->tid) ? space_get(parent->space) :
			inherited(parent->space, pid, collection->rules);
	collector_born(collection, parent, thread);
	return thread;
}

/* The processes that ended last: fewer than it takes until a number comes again. */
static pid_t ended[64];

static bool has_ended(pid_t process)
{
	for (size_t i = 0; i < ARRAY_SIZE(ended); i++)
		if (ended[i] == process)
			return true;
	return false;
}

/*
 * Who was never seen before: a thread of a process that was, or a child of one. NULL: it called
 * before another thread ended them all, and is told of after that.
 */
static struct thread *meet(struct collection *collection, pid_t tid)
{
	pid_t process = thread_process(tid);
	struct thread *leader, *thread;

	if (has_ended(process))
		return NULL;
	leader = known(collection, process);
	if (leader && leader->tid == tid)
		return leader;
	thread = thread_find(tid, true);
	thread->process = process;
	if (leader && leader->space) {
		thread->space = space_get(leader->space);
	} else {
		thread->space = space_new(tid, collection->rules);
		collector_note(collection, process, "fork: its parent is gone");
	}
	return thread;
}

struct search {
	const struct thread *not;
	struct thread *found;
};

static void match_other(struct thread *thread, void *data)
{
	struct search *search = data;

	if (thread->space == search->not->space && thread->process != search->not->process)
		search->found = thread;
}

/* Did the execution that it was about to begin succeed? */
static bool has_executed(struct thread *thread)
{
	struct search search = { .not = thread };

	if (!thread->space || space_gone(thread->space))
		return true;
	/* Made by vfork: its parent has that memory still, if only to end. */
	if (thread->space->target.pid != thread->process)
		return !thread_same_memory(thread->tid, thread->space->target.pid);
	/* Or it is such a parent. */
	thread_each(match_other, &search);
	return search.found && !thread_same_memory(thread->tid, search.found->tid);
}

static void match_process(struct thread *thread, void *data)
{
	const struct thread *one = data;

	if (thread != one && thread->process == one->process)
		thread_remove(thread->tid);
}

static void execute(struct collection *collection, struct thread *thread)
{
	thread->executes = false;
	if (!has_executed(thread))
		return;
	if (thread->space)
		collector_settle(collection, thread->space, NULL);
	thread_each(match_process, thread);
	collector_executed(collection, thread);
}

static void count_threads(struct thread *thread, void *data)
{
	struct search *search = data;

	if (thread != search->not && thread->process == search->not->process)
		search->found = thread;
}

/* The last that is seen of a thread; or of its process. */
static void end(struct collection *collection, struct thread *thread, bool all)
{
	struct search search = { .not = thread };
	static size_t ends;

	thread_each(count_threads, &search);
	if (all)
		ended[ends++ % ARRAY_SIZE(ended)] = thread->process;
	if (all || !search.found) {
		collector_ending(collection, thread->process, thread->space);
		thread_each(match_process, thread);
	}
	thread_remove(thread->tid);
}

/* Children are seen when they call something; by then their parent may have gone on. */
static void copy_for_child(struct thread *thread)
{
	if (thread->space->copy)
		space_put(thread->space->copy);
	thread->space->copy = space_fork(thread->space, thread->tid);
}

static bool clones(pid_t tid, const struct seccomp_data *call)
{
	__u64 flags = 0;

	if (call->nr == __NR_clone3)
		return target_memory(tid, call->args[0], &flags, sizeof(flags)) &&
		       !(flags & CLONE_VM);
#ifdef __NR_fork
	return call->nr == __NR_fork || call->nr == __NR_clone;
#else
	return call->nr == __NR_clone;
#endif
}

/* A system call, before it is done. */
static void take(struct collection *collection, const struct seccomp_notif *call)
{
	struct thread *thread = thread_find((pid_t)call->pid, false);
	bool executes = call->data.nr == __NR_execve || call->data.nr == __NR_execveat;
	bool ends = call->data.nr == __NR_exit_group || call->data.nr == __NR_exit;

	if (!thread)
		thread = meet(collection, (pid_t)call->pid);
	if (!thread)
		return;
	/* Until the program itself is executed, only its executions are tried. */
	if (thread->executes && (thread->space || !executes) &&
	    (thread->space || !ends || !program_failed(&collection->program)))
		execute(collection, thread);
	if (!thread->space)
		return;
	collector_settle(collection, thread->space, thread);
	if (clones(thread->tid, &call->data))
		copy_for_child(thread);
	else if (executes)
		thread->executes = true;
	else if (ends)
		end(collection, thread, call->data.nr == __NR_exit_group);
	else if (collector_enter(thread, call->data.nr, call->data.args))
		collector_leave_to_next(thread);
}

/* What a signal has ended was not seen to end. */
static void lose(struct thread *thread, void *data)
{
	struct collection *collection = data;

	if (!thread->space)
		return;
	collector_settle(collection, thread->space, NULL);
	if (thread->tid == thread->process)
		collector_note(collection, thread->process, "ended by a signal, unseen");
}

/* What an errno of seccomp(2) means here. */
static const struct {
	int error;
	const char *advice;
} refusals[] = {
	{ EBUSY, "there is a listener already, that of a container or sandbox" },
	{ EINVAL, "this kernel has no user notification as of Linux 5.19" },
	{ ENOSYS, "this kernel has no filters, or a container forbids them" },
	{ 0, "a container may forbid it" },
};

static void say_refused(struct collection *collection, int error)
{
	size_t i = 0;

	while (refusals[i].error && refusals[i].error != error)
		i++;
	snprintf(collection->reason, sizeof(collection->reason),
		 "cannot follow by seccomp: %s: %s; use --by ptrace", strerror(error),
		 refusals[i].advice);
}

/* The program, waiting, with its filter. */
static bool start_filtered(struct collection *collection, struct keeper *keeper)
{
	struct program *program = &collection->program;

	program_start(program, collection->argv, calls_filter(SECCOMP_RET_USER_NOTIF), true);
	collector_watch_signals(true);
	/* PROCMAP_QUERY is of the same release as what ends keeper_receive(). */
	if (!program->error &&
	    keeper_start(keeper, program->listener, program->pid, target_has_query()))
		return true;
	say_refused(collection, program->error ? program->error : errno);
	program_end(program);
	return false;
}

/* Wait for the program, if it has ended. */
static void reap(struct collection *collection, struct keeper *keeper)
{
	if (keeper->child < 0 ||
	    waitpid(collection->program.pid, &collection->status, WNOHANG) <= 0)
		return;
	close(keeper->child);
	keeper->child = -1;
}

bool collect_seccomp(struct collection *collection)
{
	struct thread *thread;
	struct keeper keeper;
	int received = -1;

	if (!collection->argv) {
		snprintf(collection->reason, sizeof(collection->reason),
			 "cannot attach by seccomp: a filter is the program's; use --by ptrace");
		return false;
	}
	if (!start_filtered(collection, &keeper))
		return false;
	thread = thread_find(collection->program.pid, true);
	thread->process = thread->tid;
	thread->executes = true;
	collector_note(collection, thread->tid, "followed by seccomp: results are derived from "
		       "what maps shows later; times, faults and ends by a signal are not seen");
	program_go(&collection->program);
	while (received && !collection->broken && !collector_stopped()) {
		received = keeper_receive(&keeper);
		if (received > 0) {
			take(collection, keeper.call);
			keeper_answer(&keeper);
		} else {
			reap(collection, &keeper);
		}
	}
	if (!received)
		thread_each(lose, collection);
	keeper_release(&keeper);
	collection->stopped = collector_stopped();
	while (keeper.child >= 0 && !collection->stopped &&
	       waitpid(collection->program.pid, &collection->status, 0) < 0 && errno == EINTR)
		collection->stopped = collector_stopped();
	return true;
}

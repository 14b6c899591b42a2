// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follow by perf events: the kernel writes down each call, what was mapped and each fault,
 * and the program goes on meanwhile. Only births, executions and ends stop it.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "follow.h"
#include "ring.h"

/* So many milliseconds an event may wait. */
#define LATE 20

static void enter(struct thread *thread, const struct ring_event *event)
{
	/* The call before was lost, or does not return. */
	if (thread->syscall)
		thread->space->busy--;
	thread->told_count = 0;
	thread->executes = event->number == __NR_execve || event->number == __NR_execveat;
	if (!collector_prepare(thread, event->number, event->args))
		return;
	thread->event.time = (double)event->time / 1e9;
}

/* What is mapped by name only: a descriptor may mean something else by now. */
static void name_file(struct thread *thread)
{
	struct event *event = &thread->event;
	const struct call *call = &event->call;
	__u64 flags = call->args[3];

	if (call->kind == CALL_SHMAT && call->result > 0 && thread->told_count)
		space_know_segment(thread->space, event, &thread->told);
	if (call->kind == CALL_IO_SETUP && thread->told_count) {
		event->call.args[0] = thread->told.start;
		event->call.args[1] = thread->told.end - thread->told.start;
	}
	event->allows = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	event->plain = !call->file.name || space_plain_by_name(call->file.name);
	if (call->kind != CALL_MMAP || call->result < 0 ||
	    (flags & (MAP_ANONYMOUS | MAP_PRIVATE)) == (MAP_ANONYMOUS | MAP_PRIVATE))
		return;
	if (flags & MAP_SHARED && !(call->args[2] & PROT_WRITE) &&
	    !target_writable(event->tid, (int)call->args[4]))
		event->allows &= ~VM_MAYWRITE;
	space_know_file(thread->space, event);
}

static void leave(struct collection *collection, struct thread *thread,
		  const struct ring_event *exit)
{
	struct event *event = &thread->event;
	enum call_kind kind = event->call.kind;
	/* Of several that a call changes each is told before the next one is. */
	bool told = thread->told_count == 1 &&
		    (kind == CALL_MMAP || kind == CALL_BRK || kind == CALL_MPROTECT ||
		     kind == CALL_SHMAT);

	thread->executes = false;
	if (!thread->syscall)
		return;
	thread->syscall = NULL;
	thread->space->busy--;
	event->call.result = exit->result;
	event->seconds = (double)exit->time / 1e9 - event->time;
	if (event->time < thread->space->as_of) {
		/* What was read anew since has it in it already. */
		event->space = thread->space;
		event->foreseen = true;
	} else {
		name_file(thread);
		space_believe(thread->space, event, told ? &thread->told : NULL);
	}
	collector_event(collection, event);
	event_free(event);
}

static void map(struct thread *thread, const struct ring_event *event)
{
	const struct vma named = { .name = event->name };

	if (!thread->syscall)
		return;
	thread->told = (struct range){ event->start, event->end };
	thread->told_count++;
	/* The first segment has the number 0. */
	if (event->inode || vma_is_segment(&named))
		thread->event.call.file = (struct vma){
			.inode = event->inode, .major = event->major, .minor = event->minor,
			.name = event->name,
		};
}

static bool is_old(const struct thread *thread, double time)
{
	return time < thread->space->as_of;
}

/* Only what it did to VMAs. */
static void note_fault(struct collection *collection, struct thread *thread,
		       const struct fault *fault)
{
	struct space *space = thread->space;
	struct facts facts = { 0 };
	char text[64];

	/* A stack is about to grow, or not. */
	if (!mm_find(&space->mm, fault->address))
		target_limits(&space->target, &space->mm.limits);
	model_fault(&space->mm, fault->address, fault->write, &facts);
	for (size_t i = 0; i < facts.count; i++) {
		if (facts.fact[i].kind != FACT_GREW)
			continue;
		snprintf(text, sizeof(text), "stack grew by %llu KiB, by a fault at %llx",
			 (facts.fact[i].until - facts.fact[i].address) >> 10, fault->address);
		collector_note(collection, thread->process, text);
	}
	facts_free(&facts);
}

static void fault(struct collection *collection, struct thread *thread,
		  const struct ring_event *event)
{
	double time = (double)event->time / 1e9;

	thread->fault = (struct fault){
		.address = event->start, .write = event->write, .present = event->present,
	};
	/* The kernel's own half is not meant, nor an address space that is being made. */
	thread->faulted = event->start >> 63 || thread->executes ? 0 : time;
	if (thread->faulted && !collection->faults && !is_old(thread, time))
		note_fault(collection, thread, &thread->fault);
}

static void serve(struct collection *collection, struct thread *thread,
		  const struct ring_event *event)
{
	double time = (double)event->time / 1e9;

	thread->fault.major = event->waited;
	if (thread->faulted && !is_old(thread, time))
		collector_fault(collection, thread, &thread->fault, 0, thread->faulted,
				time - thread->faulted);
	thread->faulted = 0;
}

static void take(void *data, struct ring_event *event)
{
	struct thread *thread = thread_find(event->tid, false);

	if (!thread || !thread->space)
		return;
	switch (event->kind) {
	case RING_ENTER:
		enter(thread, event);
		break;
	case RING_EXIT:
		leave(data, thread, event);
		break;
	case RING_MAPPED:
		map(thread, event);
		break;
	case RING_FAULT:
		fault(data, thread, event);
		break;
	case RING_DEVICE:
		thread->fault.by = event->by;
		thread->fault.order = event->entry;
		break;
	case RING_SERVED:
		serve(data, thread, event);
		break;
	case RING_STORED:
		break;
	}
}

static void read_anew(struct thread *thread, void *data)
{
	(void)data;
	if (thread->space)
		space_resync(thread->space);
}

static void say_lost(struct collection *collection, bool at_end)
{
	__u64 lost = ring_lost(at_end);
	char text[64];

	if (!lost)
		return;
	snprintf(text, sizeof(text), "%llu events were lost", lost);
	collector_note(collection, collection->program.pid, text);
	collection->lost += lost;
	thread_each(read_anew, NULL);
}

/* Who is stopped has written down all. */
static void catch_up(struct collection *collection, struct thread *thread)
{
	(void)thread;
	ring_read_until_now(take, collection);
	say_lost(collection, false);
}

static void wait_and_read(struct collection *collection)
{
	ring_wait(LATE);
	ring_read(take, collection);
	say_lost(collection, false);
}

static void on_child(int number)
{
	(void)number;
}

static bool open_ring(struct collection *collection)
{
	struct sigaction action = { .sa_handler = on_child };
	sigset_t child;

	if (!ring_open(collection->program.pid, collection->faults, collection->reason,
		       sizeof(collection->reason)))
		return false;
	space_told_of_faults();
	/* It comes while ring_wait() waits, at no other time. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	sigaction(SIGCHLD, &action, NULL);
	return true;
}

static void no_call(struct collection *collection, struct thread *thread)
{
	(void)collection;
	(void)thread;
}

static void born(const struct thread *parent, const struct thread *child)
{
	if (child->space == parent->space && child->process == parent->process)
		ring_expect_threads();
}

bool collect_perf(struct collection *collection)
{
	static const struct follower how = {
		.words = "followed by perf: faults are seen; strings, and flags of drivers, are "
			 "looked up later",
		.resume = PTRACE_CONT, .open = open_ring, .call = no_call,
		.before = catch_up, .born = born, .idle = wait_and_read, .waits = true,
	};

	if (!collection->argv) {
		snprintf(collection->reason, sizeof(collection->reason),
			 "cannot attach by perf; %s", collection->faults ?
			 "start the program by vmatrace" : "use --by ptrace");
		return false;
	}
	if (!follow(collection, &how))
		return false;
	say_lost(collection, true);
	ring_leave();
	return true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A ring buffer a processor, into which all events of the program go that happen there. */
#include <fcntl.h>
#include <libvmadev.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../model/vma.h"
#include "../must.h"
#include "ring.h"
#include "rings.h"
#include "syscalls.h"
#include "thread.h"

/* In so many nanoseconds a processor is done with writing down what it has begun to. */
#define HORIZON 250000ULL
#define PATIENCE 1000000000ULL
/* So often it is looked whether all calls that had begun are done. */
#define LOOKS 40

struct sample {
	struct perf_event_header header;
	__u64 stream;
	__u32 pid, tid;
	__u64 time, address;
	__u32 size;
	/* Of a tracepoint; what all of them begin with is not looked at. */
	__u64 common;
	char raw[];
} __attribute__((packed));

/* As vmadev_fault begins. */
struct device {
	__u64 region;
	__u32 strategy, order;
};

struct mapped {
	struct perf_event_header header;
	__u32 pid, tid;
	__u64 start, length, offset;
	__u32 major, minor;
	__u64 inode, generation;
	__u32 prot, flags;
	char name[];
};

struct lost {
	struct perf_event_header header;
	__u64 id, lost;
};

static struct rings rings;

static struct ring_event *queue;
static size_t queued, room;
/* What the kernel said of it between the events, and what was told of that. */
static __u64 lost_events, lost_told;

bool ring_open(pid_t pid, bool faults, char *reason, size_t size)
{
	return rings_open(&rings, pid, faults, reason, size);
}

void ring_expect_threads(void)
{
	static bool expected;

	if (!expected)
		rings_listen_to_stores(&rings);
	expected = true;
}

void ring_wait(int milliseconds)
{
	struct timespec time = { .tv_nsec = milliseconds * 1000000L };
	sigset_t none;

	sigemptyset(&none);
	ppoll(rings.wakeup, (nfds_t)rings.processors, &time, &none);
}

static struct ring_event *enqueue(__u64 time, __u32 tid, enum ring_kind kind)
{
	struct ring_event *event;
	static __u64 order;

	if (queued == room) {
		room = room ? 2 * room : 1024;
		queue = must(reallocarray(queue, room, sizeof(*queue)));
	}
	event = &queue[queued++];
	*event = (struct ring_event){ .time = time, .order = ++order, .effect = time,
				      .tid = (pid_t)tid, .kind = kind };
	return event;
}

static void read_device(const struct device *device, struct ring_event *event)
{
	const char *name = vmadev_strategy_name(device->strategy);

	event->by = name ? name : "?";
	event->entry = device->order;
}

static void read_sample(const struct sample *sample, const __u64 stream[RINGS_SOURCES])
{
	static const enum ring_kind kinds[RINGS_SOURCES] = {
		[RINGS_ENTER] = RING_ENTER, [RINGS_EXIT] = RING_EXIT, [RINGS_STORE] = RING_STORED,
		[RINGS_FAULT] = RING_FAULT, [RINGS_KERNEL_FAULT] = RING_FAULT,
		[RINGS_DEVICE] = RING_DEVICE, [RINGS_SERVED] = RING_SERVED,
		[RINGS_MAJOR] = RING_SERVED,
	};
	const unsigned long *field = (const void *)sample->raw;
	struct ring_event *event;
	size_t source = 0;

	while (source < RINGS_SOURCES && stream[source] != sample->stream)
		source++;
	if (source == RINGS_SOURCES)
		return;
	event = enqueue(sample->time, sample->tid, kinds[source]);
	switch (source) {
	case RINGS_ENTER:
		event->number = (long)field[0];
		for (int i = 0; i < 6; i++)
			event->args[i] = field[1 + i];
		break;
	case RINGS_EXIT:
		event->number = (long)field[0];
		event->result = (long)field[1];
		break;
	case RINGS_FAULT:
	case RINGS_KERNEL_FAULT:
		event->start = field[0];
		/* X86_PF_PROT, X86_PF_WRITE */
		event->present = field[2] & 1;
		event->write = field[2] & 2;
		break;
	case RINGS_DEVICE:
		read_device((const void *)sample->raw, event);
		break;
	case RINGS_MAJOR:
		event->waited = true;
		break;
	}
}

static void read_mapped(const struct mapped *mapped)
{
	/* Before what says which event it is of. */
	const __u64 *time = (const void *)((const char *)mapped + mapped->header.size -
					   2 * sizeof(__u64));
	struct ring_event *event = enqueue(*time, mapped->tid, RING_MAPPED);

	event->start = mapped->start;
	event->end = mapped->start + mapped->length;
	event->inode = mapped->inode;
	event->major = mapped->major;
	event->minor = mapped->minor;
	event->name = intern(mapped->name);
}

static void read_record(const struct perf_event_header *header, const __u64 stream[RINGS_SOURCES])
{
	switch (header->type) {
	case PERF_RECORD_SAMPLE:
		read_sample((const void *)header, stream);
		break;
	case PERF_RECORD_MMAP2:
		read_mapped((const void *)header);
		break;
	case PERF_RECORD_LOST:
		lost_events += ((const struct lost *)header)->lost;
		break;
	}
}

static void read_ring(struct perf_event_mmap_page *ring, const __u64 stream[RINGS_SOURCES])
{
	static char whole[65536] __attribute__((__aligned__(8)));
	__u64 head = __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE), tail = ring->data_tail;
	const char *data = (const char *)ring + ring->data_offset;

	while (tail < head) {
		__u64 at = tail % ring->data_size, first = ring->data_size - at;
		const struct perf_event_header *header = (const void *)(data + at);
		__u16 size = header->size;

		/* It may go on at the beginning. */
		if (size > first) {
			memcpy(whole, header, first);
			memcpy(whole + first, data, size - first);
			header = (const void *)whole;
		}
		read_record(header, stream);
		tail += size;
	}
	__atomic_store_n(&ring->data_tail, tail, __ATOMIC_RELEASE);
}

static int by_effect(const void *a, const void *b)
{
	const struct ring_event *one = a, *other = b;

	if (one->effect != other->effect)
		return one->effect < other->effect ? -1 : 1;
	/* A return beside what it is the return of, from whichever ring that was read. */
	if (one->time != other->time)
		return one->time < other->time ? -1 : 1;
	return one->order < other->order ? -1 : 1;
}

/*
 * Two threads' calls happened in the order in which they had the lock, not in that of their
 * returns: a call is done when it last changed something. Of munmap not every kernel tells;
 * nobody can have got what it frees before it began.
 */
static void set_effect(struct ring_event *event)
{
	struct thread *thread = thread_find(event->tid, false);

	if (!thread)
		return;
	switch (event->kind) {
	case RING_ENTER:
		thread->effect = event->number == __NR_munmap ? event->time : 0;
		break;
	case RING_MAPPED:
	case RING_STORED:
		thread->effect = event->time;
		break;
	case RING_EXIT:
		event->effect = thread->effect ? thread->effect : event->time;
		thread->effect = 0;
		break;
	case RING_FAULT:
	case RING_DEVICE:
	case RING_SERVED:
		break;
	}
}

/* From when on nothing can be said yet: a call that has changed something did not return. */
static __u64 first_open(void)
{
	__u64 first = ~0ULL;

	for (size_t i = 0; i < queued; i++) {
		const struct thread *thread = thread_find(queue[i].tid, false);

		if (thread && thread->effect && thread->effect < first)
			first = thread->effect;
	}
	return first;
}

static __u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (__u64)time.tv_sec * 1000000000 + (__u64)time.tv_nsec;
}

/* Hand over what is sure to be in order; returns until when that is, but for @all. */
static __u64 read_sure(bool all, ring_take *take, void *data)
{
	__u64 until = now(), first;
	size_t known = queued, done;

	for (long i = 0; i < rings.processors; i++)
		if (rings.ring[i])
			read_ring(rings.ring[i], rings.stream[i]);
	qsort(queue + known, queued - known, sizeof(*queue), by_effect);
	for (size_t i = known; i < queued; i++)
		set_effect(&queue[i]);
	first = first_open();
	qsort(queue, queued, sizeof(*queue), by_effect);
	/* What takes for ever is not waited for. */
	if (all || first < until - PATIENCE)
		first = ~0ULL;
	until = first < until - HORIZON ? first : until - HORIZON;
	for (done = 0; done < queued && queue[done].effect < until; done++)
		take(data, &queue[done]);
	queued -= done;
	memmove(queue, queue + done, queued * sizeof(*queue));
	return until;
}

void ring_read(ring_take *take, void *data)
{
	read_sure(false, take, data);
}

void ring_read_until_now(ring_take *take, void *data)
{
	__u64 end = now();

	for (int looks = LOOKS; looks; looks--) {
		usleep(HORIZON / 1000 + 1);
		if (read_sure(looks == 1, take, data) > end)
			break;
	}
}

__u64 ring_lost(bool at_end)
{
	__u64 all = at_end ? rings_lost(&rings) : lost_events;
	__u64 lost = all > lost_told ? all - lost_told : 0;

	lost_told += lost;
	return lost;
}

void ring_leave(void)
{
	int until[2];
	char none;

	if (pipe2(until, O_CLOEXEC) || fork())
		return;
	close(until[1]);
	close_range(0, 2, 0);
	_exit(read(until[0], &none, 1) != 0);
}

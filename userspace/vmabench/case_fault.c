// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases of faults: on pages that the object has, on new ones, after a zap, to copy. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vmabench.h"

#define TRACING	 "/sys/kernel/tracing"
#define INSTANCE TRACING "/instances/vmabench"
#define THREADS	 2

uint64_t fault_present(struct run *run)
{
	char *at = run_map(run);
	uint64_t count;

	run_start(run);
	count = run_access(run, at, run->bench->write);
	run_stop(run);
	run_unmap(run, at);
	return count;
}

/* From nothing to nothing: the object is made for it. */
uint64_t fault_fresh(struct run *run)
{
	uint64_t count;
	char *at;

	run_start(run);
	run->fd = run_make(run);
	at = run_map(run);
	count = run_access(run, at, run->bench->write);
	run_unmap(run, at);
	if (run->fd >= 0)
		close(run->fd);
	run_stop(run);
	return count;
}

uint64_t fault_zapped(struct run *run)
{
	char *at = run_map(run);
	uint64_t count;

	run_access(run, at, true);
	run_zap(run, at);
	run_start(run);
	count = run_access(run, at, true);
	run_stop(run);
	run_unmap(run, at);
	return count;
}

uint64_t fault_cow(struct run *run)
{
	char *at = run_map_as(run, MAP_PRIVATE | (run->fd < 0 ? MAP_ANONYMOUS : 0));
	uint64_t count;

	run_access(run, at, false);
	run_start(run);
	count = run_access(run, at, true);
	run_stop(run);
	run_unmap(run, at);
	return count;
}

static void tell(const struct run *run, const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	run_need(run, fd >= 0 && write(fd, text, strlen(text)) > 0, path);
	close(fd);
}

/* The module's tracepoints, into a buffer of our own. */
void fault_trace(struct run *run)
{
	run_need(run, !mkdir(INSTANCE, 0700) || errno == EEXIST, "mkdir of " INSTANCE);
	tell(run, INSTANCE "/events/vmadev/enable", "1");
}

void fault_untrace(void)
{
	rmdir(INSTANCE);
}

/* A counter of the times that this process and its threads take their mmap_lock. */
static int count_locks(const struct run *run)
{
	static const char path[] = TRACING "/events/mmap_lock/mmap_lock_acquire_returned/id";
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.inherit = 1,
		.disabled = 1,
	};
	FILE *file = fopen(path, "re");
	int fd;

	run_need(run, file && fscanf(file, "%llu", &attr.config) == 1, path);
	fclose(file);
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	run_need(run, fd >= 0, "perf_event_open");
	return fd;
}

static uint64_t counted(const struct run *run, int fd)
{
	uint64_t count;

	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	run_need(run, read(fd, &count, sizeof(count)) == sizeof(count), "read of a counter");
	return count;
}

/* mmap takes the lock on every kernel: a counter that misses that tells nothing. */
static void try_counter(struct run *run, int fd)
{
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	run_unmap(run, run_map(run));
	if (!counted(run, fd))
		give_up("the tracepoints of mmap_lock do not count");
	ioctl(fd, PERF_EVENT_IOC_RESET, 0);
}

struct part {
	const struct run *run;
	char *at;
	size_t bytes;
	pthread_barrier_t *barrier;
};

static void *access_part(void *data)
{
	const struct part *part = data;
	struct run run = *part->run;

	run.bytes = part->bytes;
	pthread_barrier_wait(part->barrier);
	run_access(&run, part->at, true);
	pthread_barrier_wait(part->barrier);
	return NULL;
}

uint64_t fault_locks(struct run *run)
{
	const size_t bytes = run->bytes / THREADS;
	char *at = run_map(run);
	pthread_barrier_t barrier;
	pthread_t threads[THREADS];
	struct part parts[THREADS];
	int fd = count_locks(run);

	try_counter(run, fd);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (size_t i = 0; i < THREADS; i++) {
		parts[i] = (struct part){ run, at + i * bytes, bytes, &barrier };
		errno = pthread_create(&threads[i], NULL, access_part, &parts[i]);
		run_need(run, !errno, "pthread_create");
	}
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	run->spent = counted(run, fd);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	close(fd);
	run_unmap(run, at);
	return run_accesses(run);
}

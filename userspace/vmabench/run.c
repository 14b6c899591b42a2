// SPDX-License-Identifier: GPL-2.0-or-later
/* What cases do with their object: map it, access its pages, in order or not. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "vmabench.h"

void run_start(struct run *run)
{
	run->started = clock_now();
}

void run_stop(struct run *run)
{
	run->spent += clock_now() - run->started;
}

int run_make(struct run *run)
{
	int fd = -1;

	if (run->peer->make) {
		fd = run->peer->make(run->peer, run->bytes);
		if (fd < 0)
			give_up("%s", peer_error(run->peer));
	}
	return fd;
}

char *run_map_as(struct run *run, int flags)
{
	const int advice = run->peer->advice;
	char *at = mmap(NULL, run->bytes, PROT_READ | PROT_WRITE, flags, run->fd, 0);

	run_need(run, at != MAP_FAILED, "mmap");
	run_need(run, !advice || !madvise(at, run->bytes, advice), "madvise");
	return at;
}

char *run_map(struct run *run)
{
	return run_map_as(run, run->peer->flags);
}

void run_unmap(struct run *run, char *at)
{
	run_need(run, !munmap(at, run->bytes), "munmap");
}

static size_t stride(const struct run *run)
{
	return run->page * (run->bench->step ? run->bench->step : 1);
}

size_t run_accesses(const struct run *run)
{
	return run->bytes / stride(run);
}

uint64_t run_access(const struct run *run, char *at, bool write)
{
	const size_t step = stride(run), count = run_accesses(run);
	/* Odd, so that each page of a power of two comes once. */
	const size_t factor = run->bench->random ? 2654435761u : 1;

	for (size_t i = 0; i < count; i++) {
		volatile char *byte = at + (i * factor % count) * step;

		if (write)
			*byte = 1;
		else
			(void)*byte;
	}
	return count;
}

/* The PTEs go, the bytes stay. */
void run_zap(struct run *run, char *at)
{
	if (run->peer->strategy)
		run_need(run, !vmadev_zap(run->fd, 0, run->bytes), "ZAP");
	else
		run_need(run, !madvise(at, run->bytes, MADV_DONTNEED), "madvise");
}

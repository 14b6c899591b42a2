// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases of read(2), write(2) and their like, and of msync(2). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "vmabench.h"

#define PIPE_BYTES (16 * 4096)	/* what an empty pipe takes */

static uint64_t copy(struct run *run, bool write)
{
	const size_t bytes = run->bench->bytes;
	char *buffer = malloc(bytes);

	if (!buffer)
		give_up("no memory");
	memset(buffer, 1, bytes);
	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++) {
		ssize_t done = write ? pwrite(run->fd, buffer, bytes, 0)
				     : pread(run->fd, buffer, bytes, 0);

		run_need(run, done == (ssize_t)bytes, write ? "write" : "read");
	}
	run_stop(run);
	free(buffer);
	return run->bench->times;
}

uint64_t copy_read(struct run *run)
{
	return copy(run, false);
}

uint64_t copy_write(struct run *run)
{
	return copy(run, true);
}

/* Empties the pipe into /dev/null, which looks at no byte. */
static void drain(const struct run *run, int from, size_t bytes)
{
	static int null = -1;
	ssize_t got;

	if (null < 0)
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	while (bytes) {
		got = splice(from, NULL, null, NULL, bytes, 0);
		run_need(run, got > 0, "splice to /dev/null");
		bytes -= (size_t)got;
	}
}

static void make_pipe(const struct run *run, int pipes[2])
{
	run_need(run, !pipe2(pipes, O_CLOEXEC), "pipe");
	fcntl(pipes[1], F_SETPIPE_SZ, 2 * PIPE_BYTES);
}

static size_t at_most(size_t bytes)
{
	return bytes < PIPE_BYTES ? bytes : PIPE_BYTES;
}

uint64_t copy_splice(struct run *run)
{
	int pipes[2];

	make_pipe(run, pipes);
	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++) {
		loff_t offset = 0;

		while (offset < (loff_t)run->bytes) {
			ssize_t got = splice(run->fd, &offset, pipes[1], NULL,
					     at_most(run->bytes - (size_t)offset), 0);

			run_need(run, got > 0, "splice");
			drain(run, pipes[0], (size_t)got);
		}
	}
	run_stop(run);
	close(pipes[0]);
	close(pipes[1]);
	return run->bench->times;
}

uint64_t copy_vmsplice(struct run *run)
{
	char *at = run_map(run);
	int pipes[2];

	run_access(run, at, true);
	make_pipe(run, pipes);
	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++) {
		for (size_t offset = 0; offset < run->bytes; ) {
			struct iovec part = { at + offset, at_most(run->bytes - offset) };
			ssize_t got = vmsplice(pipes[1], &part, 1, 0);

			run_need(run, got > 0, "vmsplice");
			drain(run, pipes[0], (size_t)got);
			offset += (size_t)got;
		}
	}
	run_stop(run);
	close(pipes[0]);
	close(pipes[1]);
	run_unmap(run, at);
	return run->bench->times;
}

/* One page in step is dirty. */
uint64_t copy_msync(struct run *run)
{
	char *at = run_map(run);

	for (unsigned int i = 0; i < run->bench->times; i++) {
		run_access(run, at, true);
		run_start(run);
		run_need(run, !msync(at, run->bytes, MS_SYNC), "msync");
		run_stop(run);
	}
	run_unmap(run, at);
	return run->bench->times;
}

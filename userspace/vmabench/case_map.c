// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases of a mapping as a whole: made, split, protected, moved, forked. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmabench.h"

uint64_t map_unmap(struct run *run)
{
	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++)
		run_unmap(run, run_map(run));
	run_stop(run);
	return run->bench->times;
}

/* All that one does with memory, in short. */
uint64_t map_use(struct run *run)
{
	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++) {
		char *at = run_map(run);

		run_access(run, at, true);
		run_unmap(run, at);
	}
	run_stop(run);
	return run->bench->times;
}

/* Each second page, so that each call leaves a VMA more. */
uint64_t map_munmap_one(struct run *run)
{
	const size_t pages = run->bytes / run->page;
	char *at = run_map(run);

	run_access(run, at, true);
	run_start(run);
	for (size_t i = 1; i < pages; i += 2)
		run_need(run, !munmap(at + i * run->page, run->page), "munmap");
	run_stop(run);
	run_unmap(run, at);
	return pages / 2;
}

/* To read-only and back. */
uint64_t map_mprotect(struct run *run)
{
	char *at = run_map(run);

	run_access(run, at, true);
	run_start(run);
	run_need(run, !mprotect(at, run->bytes, PROT_READ), "mprotect");
	run_need(run, !mprotect(at, run->bytes, PROT_READ | PROT_WRITE), "mprotect");
	run_stop(run);
	run_unmap(run, at);
	return 2;
}

uint64_t map_mremap(struct run *run)
{
	char *at = run_map(run), *to;

	run_access(run, at, true);
	to = mmap(NULL, run->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	run_need(run, to != MAP_FAILED, "mmap");
	run_start(run);
	to = mremap(at, run->bytes, run->bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	run_stop(run);
	run_need(run, to != MAP_FAILED, "mremap");
	run_unmap(run, to);
	return 1;
}

/* Until the child is gone again. */
uint64_t map_fork(struct run *run)
{
	char *at = run_map(run);

	run_access(run, at, true);
	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		run_need(run, pid > 0 && waitpid(pid, NULL, 0) == pid, "fork");
	}
	run_stop(run);
	run_unmap(run, at);
	return run->bench->times;
}

/* KiB of page tables, as the kernel accounts them. */
static uint64_t table_kib(const struct run *run)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char line[128];
	bool found = false;

	while (status && !found && fgets(line, sizeof(line), status))
		found = sscanf(line, "VmPTE: %lu", &kib) == 1;
	run_need(run, found, "VmPTE");
	fclose(status);
	return kib;
}

/* A GiB would take long to fill: a part of it tells. */
uint64_t map_tables(struct run *run)
{
	uint64_t before = table_kib(run);
	char *at = run_map(run);

	run_access(run, at, true);
	run->spent = ((table_kib(run) - before) << 10) * (GIB(1) / run->bytes);
	run_unmap(run, at);
	return 1;
}

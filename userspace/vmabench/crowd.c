// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands around while a case is measured: many VMAs, regions, processes, mappings. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmabench.h"

#define MORE_FILES 64	/* than the crowd's, that a case may want */

/* Neighbours that differ do not merge. */
void crowd_vmas(struct run *run)
{
	const size_t count = run->bench->at;
	char *at = mmap(NULL, count * run->page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	run_need(run, at != MAP_FAILED, "mmap");
	for (size_t i = 1; i < count; i += 2)
		run_need(run, !mprotect(at + i * run->page, run->page, PROT_NONE), "mprotect");
}

void crowd_regions(struct run *run)
{
	const rlim_t files = run->bench->at + MORE_FILES;
	struct rlimit limit = { files, files };

	run_need(run, !setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	for (size_t i = 1; i < run->bench->at; i++)
		run_make(run);
}

/* A process that maps the object, and accesses its pages at each byte that it is sent. */
struct process {
	pid_t pid;
	int to, from;
};

static struct process *processes;
static char **mappings;
static size_t process_count, mapping_count;

static void __noreturn obey(struct run *run, int from, int to)
{
	char *at = run_map(run), byte;

	while (read(from, &byte, 1) == 1) {
		run_access(run, at, true);
		if (write(to, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static void start_process(struct run *run, struct process *process)
{
	int to[2], from[2];

	run_need(run, !pipe(to) && !pipe(from), "pipe");
	process->pid = fork();
	run_need(run, process->pid >= 0, "fork");
	if (!process->pid) {
		close(to[1]);
		close(from[0]);
		obey(run, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	process->to = to[1];
	process->from = from[0];
	process_count++;
}

void crowd_processes(struct run *run)
{
	processes = calloc(run->bench->at, sizeof(*processes));
	if (!processes)
		give_up("no memory");
	for (size_t i = 1; i < run->bench->at; i++)
		start_process(run, &processes[i - 1]);
}

void crowd_mappings(struct run *run)
{
	mappings = calloc(run->bench->at, sizeof(*mappings));
	if (!mappings)
		give_up("no memory");
	for (size_t i = 1; i < run->bench->at; i++)
		mappings[mapping_count++] = run_map(run);
}

void crowd_access(const struct run *run)
{
	char byte = 0;

	for (size_t i = 0; i < process_count; i++)
		run_need(run, write(processes[i].to, &byte, 1) == 1 &&
			 read(processes[i].from, &byte, 1) == 1, "a process of the crowd");
	for (size_t i = 0; i < mapping_count; i++)
		run_access(run, mappings[i], true);
}

void crowd_leave(void)
{
	for (size_t i = 0; i < process_count; i++) {
		kill(processes[i].pid, SIGKILL);
		waitpid(processes[i].pid, NULL, 0);
	}
}

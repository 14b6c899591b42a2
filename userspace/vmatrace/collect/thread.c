// SPDX-License-Identifier: GPL-2.0-or-later
/* Which threads are followed, and how to get at those that are there already. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../must.h"
#include "thread.h"

#define BUCKETS 1024

static struct thread *threads[BUCKETS];
static size_t count;

struct thread *thread_find(pid_t tid, bool create)
{
	struct thread **bucket = &threads[tid % BUCKETS], *thread;

	for (thread = *bucket; thread; thread = thread->next)
		if (thread->tid == tid)
			return thread;
	if (!create)
		return NULL;
	thread = must(calloc(1, sizeof(*thread)));
	thread->tid = tid;
	thread->next = *bucket;
	*bucket = thread;
	count++;
	return thread;
}

void thread_remove(pid_t tid)
{
	struct thread **at = &threads[tid % BUCKETS], *thread;

	for (; *at; at = &(*at)->next) {
		thread = *at;
		if (thread->tid != tid)
			continue;
		*at = thread->next;
		if (thread->space && thread->syscall)
			thread->space->busy--;
		if (thread->space)
			space_put(thread->space);
		free(thread);
		count--;
		return;
	}
}

bool thread_any(void)
{
	return count;
}

void thread_each(void (*visit)(struct thread *thread, void *data), void *data)
{
	struct thread *next;

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct thread *thread = threads[i]; thread; thread = next) {
			next = thread->next;
			visit(thread, data);
		}
}

static int say_refused(pid_t pid)
{
	int scope = 0;
	FILE *file;

	if (errno == ESRCH) {
		warnx("no process %d", pid);
		return 1;
	}
	file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	if (file && fscanf(file, "%d", &scope) == 1 && scope && errno == EPERM)
		warnx("cannot attach to %d: kernel.yama.ptrace_scope is %d; "
		      "run as root, or start the program by vmatrace", pid, scope);
	else if (errno == EPERM)
		warnx("cannot attach to %d: it is another user's, or traced already "
		      "(TracerPid in /proc/%d/status)", pid, pid);
	else
		warn("cannot attach to %d", pid);
	if (file)
		fclose(file);
	return 1;
}

/* Those that are not followed yet; returns how many. */
static int attach_new(pid_t pid, long options, struct space *space)
{
	struct dirent *entry;
	char path[64];
	int found = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);
		struct thread *thread;

		if (!tid || thread_find(tid, false) || ptrace(PTRACE_SEIZE, tid, 0, options))
			continue;
		thread = thread_find(tid, true);
		thread->process = pid;
		thread->space = space_get(space);
		ptrace(PTRACE_INTERRUPT, tid, 0, 0);
		found++;
	}
	if (tasks)
		closedir(tasks);
	return found;
}

bool thread_attach(pid_t pid, long options, const struct rules *rules)
{
	struct thread *leader;

	if (thread_find(pid, false))
		return true;
	if (ptrace(PTRACE_SEIZE, pid, 0, options))
		return !say_refused(pid);
	leader = thread_find(pid, true);
	leader->process = pid;
	leader->space = space_new(pid, rules);
	ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	while (attach_new(pid, options, leader->space))
		;
	return true;
}

/* A number of /proc/TID/status. */
static pid_t status_number(pid_t tid, const char *format, pid_t otherwise)
{
	char path[64], line[256];
	pid_t number = otherwise;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	file = fopen(path, "re");
	if (!file)
		return otherwise;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) == 1)
			break;
	fclose(file);
	return number;
}

pid_t thread_process(pid_t tid)
{
	return status_number(tid, "Tgid: %d", tid);
}

pid_t thread_parent(pid_t tid)
{
	return status_number(tid, "PPid: %d", 0);
}

bool thread_ready(pid_t tid, unsigned long *ticks)
{
	unsigned long user = 0, system = 0;
	char path[64], text[1024], *rest;
	char state = 0;
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", tid, tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	/* Behind the name, which may be anything. */
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state,
			    &user, &system) != 3)
		return false;
	*ticks = user + system;
	return state == 'R' || state == 'D';
}

bool thread_same_memory(pid_t one, pid_t other)
{
	long same = syscall(SYS_kcmp, one, other, KCMP_VM, 0, 0);

	/* A kernel without kcmp: threads share, processes do not. */
	return same < 0 ? thread_process(one) == thread_process(other) : !same;
}

__u32 thread_native_arch(void)
{
#if defined(__x86_64__)
	return AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
	return AUDIT_ARCH_AARCH64;
#elif defined(__riscv)
	return AUDIT_ARCH_RISCV64;
#elif defined(__s390x__)
	return AUDIT_ARCH_S390X;
#elif defined(__powerpc64__)
	return AUDIT_ARCH_PPC64LE;
#else
#error "which AUDIT_ARCH is this?"
#endif
}

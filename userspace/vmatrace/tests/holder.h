/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes, copies of their maps, and traces, to look at. */
#ifndef VMATRACE_TESTS_HOLDER_H
#define VMATRACE_TESTS_HOLDER_H

#include "run.h"

#include <sys/mman.h>

#define TRACE "/tmp/vmatrace-look.trace"
#define MAPS "/tmp/vmatrace-look.maps"
#define SMAPS "/tmp/vmatrace-look.smaps"
#define PICTURE "/tmp/vmatrace-look.picture"
#define MANY_PERCENT 18		/* of the limit; 12,000 where that is what it mostly is */

/* As many as an emulated guest can make and read in a while. */
static inline size_t many(void)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
	size_t most = 65530;

	if (file && fscanf(file, "%zu", &most) != 1)
		most = 65530;
	if (file)
		fclose(file);
	return most * MANY_PERCENT / 100;
}

/* So many VMAs more, of a page each; every third one is in memory. */
static inline void make_vmas(size_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, count * page, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (size_t i = 0; i < count; i += 2) {
		if (mprotect(at + i * page, page, PROT_READ | PROT_WRITE))
			_exit(1);
		if (i % 3 == 0)
			at[i * page] = 1;
	}
}

/* A child with many VMAs, or few, that waits. */
static inline pid_t start_holder(struct __test_metadata *_metadata, size_t vmas)
{
	int ready[2];
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(ready[0]);
		make_vmas(vmas);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	close(ready[0]);
	return pid;
}

static inline void end_holder(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static inline const char *number(pid_t pid)
{
	static char text[4][16];
	static unsigned int next;
	char *room = text[next++ % 4];

	sprintf(room, "%d", pid);
	return room;
}

/* A copy of a file of /proc; returns its lines that begin a VMA. */
static inline size_t copy_proc(pid_t pid, const char *name, const char *to)
{
	char path[64], line[4352];
	unsigned long start, end;
	size_t vmas = 0;
	FILE *in, *out = fopen(to, "we");

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	in = fopen(path, "re");
	while (fgets(line, sizeof(line), in)) {
		vmas += sscanf(line, "%lx-%lx ", &start, &end) == 2 && !strstr(line, "[vsyscall]");
		fputs(line, out);
	}
	fclose(in);
	fclose(out);
	return vmas;
}

static __attribute((__constructor__)) void run_case(void)
{
	const char *name = getenv(CASE);

	if (!name)
		return;
	if (!strcmp(name, "two"))
		fork();
	make_vmas(20);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

static inline void record(struct __test_metadata *_metadata, const char *name)
{
	static struct run run;

	setenv(CASE, name, 1);
	VMATRACE(&run, "-r", TRACE, beside(OWN));
	unsetenv(CASE);
	ASSERT_EQ(0, run.status);
}

static inline char *file_content(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (!file || getdelim(&text, &room, '\0', file) < 0)
		return NULL;
	fclose(file);
	return text;
}

#endif

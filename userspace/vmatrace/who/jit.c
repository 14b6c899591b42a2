// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../model/vma.h"
#include "../must.h"
#include "jit.h"

struct symbol {
	__u64 start, end;
	const char *name;
};

/* Of the process that was asked about last; @size: of the file when it was read. */
static struct {
	pid_t pid;
	off_t size;
	struct symbol *symbol;
	size_t count, room;
} map;

/* The process's own number and its own /tmp: it may live in a container. */
static void path_of(pid_t pid, char path[64])
{
	char status[64], line[256];
	int inner = pid;
	FILE *file;

	snprintf(status, sizeof(status), "/proc/%d/status", pid);
	file = fopen(status, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "NSpid:", 6))
			inner = atoi(strrchr(line, '\t'));
	if (file)
		fclose(file);
	snprintf(path, 64, "/proc/%d/root/tmp/perf-%d.map", pid, inner);
}

static int by_start(const void *a, const void *b)
{
	const struct symbol *one = a, *other = b;

	return one->start < other->start ? -1 : one->start > other->start;
}

static void add(const char *line)
{
	unsigned long long start, size;
	char name[512];

	if (sscanf(line, "%llx %llx %511[^\n]", &start, &size, name) != 3)
		return;
	if (map.count == map.room) {
		map.room = map.room ? 2 * map.room : 256;
		map.symbol = must(reallocarray(map.symbol, map.room, sizeof(*map.symbol)));
	}
	map.symbol[map.count++] = (struct symbol){ start, start + size, intern(name) };
}

/* Again, if it has grown. */
static void load(pid_t pid)
{
	char path[64], line[1024];
	struct stat stat;
	FILE *file;

	path_of(pid, path);
	file = fopen(path, "re");
	if (!file || fstat(fileno(file), &stat)) {
		stat.st_size = 0;
	} else if (map.pid == pid && map.size == stat.st_size) {
		fclose(file);
		return;
	}
	map.pid = pid;
	map.size = stat.st_size;
	map.count = 0;
	while (file && fgets(line, sizeof(line), file))
		add(line);
	if (file)
		fclose(file);
	if (map.count)
		qsort(map.symbol, map.count, sizeof(*map.symbol), by_start);
}

const char *jit_name(pid_t pid, __u64 address)
{
	size_t low = 0, high;

	load(pid);
	for (high = map.count; low < high; ) {
		size_t middle = (low + high) / 2;

		if (map.symbol[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low < map.count && map.symbol[low].start <= address ? map.symbol[low].name : NULL;
}

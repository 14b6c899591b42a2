// SPDX-License-Identifier: GPL-2.0-or-later
#include "util.h"
#include "tour.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

void *map_or_die(void *address, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *mapped = mmap(address, length, prot, flags, fd, offset);

	if (mapped == MAP_FAILED)
		tour_die("mmap of %s", size_text(length));
	return mapped;
}

char *free_range(size_t length)
{
	size_t whole = length + 2 * page_size;
	char *start = map_or_die(NULL, whole, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0);

	munmap(start + page_size, length);
	return start + page_size;
}

void *map_alone(size_t length, int prot, int flags, int fd, off_t offset)
{
	return map_or_die(free_range(length), length, prot, flags | MAP_FIXED_NOREPLACE, fd,
			  offset);
}

static char directory[256];
static char files[8][320];
static size_t file_count;

static void remove_files(void)
{
	while (file_count)
		unlink(files[--file_count]);
	rmdir(directory);
}

const char *temp_path(const char *name)
{
	const char *tmp = getenv("TMPDIR");

	if (!directory[0]) {
		snprintf(directory, sizeof(directory), "%s/tour-XXXXXX", tmp ? tmp : "/tmp");
		if (!mkdtemp(directory))
			tour_die("mkdir %s (set TMPDIR to a directory that you may write)",
				 directory);
		atexit(remove_files);
	}
	if (file_count == ARRAY_SIZE(files))
		tour_die("more than %zu temporary files", ARRAY_SIZE(files));
	snprintf(files[file_count], sizeof(files[0]), "%s/%s", directory, name);
	return files[file_count++];
}

int temp_file(const char *name, off_t size)
{
	const char *path = temp_path(name);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, size))
		tour_die("create %s", path);
	return fd;
}

bool on_disk(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		tour_die("statfs");
	return (unsigned int)fs.f_type != TMPFS_MAGIC && (unsigned int)fs.f_type != RAMFS_MAGIC;
}

const char *beside(const char *name)
{
	static char path[512];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);

	if (length < 0)
		tour_die("readlink /proc/self/exe");
	path[length] = '\0';
	snprintf(strrchr(path, '/') + 1, 32, "%s", name);
	return path;
}

void touch_pages(char *start, size_t length, char value)
{
	for (size_t at = 0; at < length; at += page_size)
		__atomic_store_n(start + at, value, __ATOMIC_RELAXED);
}

void touch_stack(size_t length)
{
	char *local = alloca(length);

	/* Let the address out, or the compiler drops stores that nobody reads. */
	asm volatile("" : : "r" (local) : "memory");
	touch_pages(local, length, 1);
}

size_t pages_resident(void *start, size_t length)
{
	unsigned char vec[256];
	size_t count = 0, pages = length / page_size;

	if (pages > sizeof(vec) || mincore(start, length, vec))
		tour_die("mincore of %zu pages", pages);
	for (size_t i = 0; i < pages; i++)
		count += vec[i] & 1;
	return count;
}

const char *errno_text(int error)
{
	const char *name = strerrorname_np(error);

	return !error ? "works" : name ? name : "an unknown error";
}

unsigned long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

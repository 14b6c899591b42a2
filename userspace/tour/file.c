// SPDX-License-Identifier: GPL-2.0-or-later
/* Files as memory: edit one, find its end, read a large one in windows. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/maps.h"
#include "lib/probe.h"
#include "lib/tour.h"
#include "lib/util.h"

static const char text[] = "hello, world\nsay hello to the kernel\nhello\n";

static void print_file(const char *label, int fd)
{
	char content[sizeof(text)] = "";

	if (pread(fd, content, sizeof(text) - 1, 0) < 0)
		tour_die("read");
	tour_line("%s", label);
	for (char *line = strtok(content, "\n"); line; line = strtok(NULL, "\n"))
		tour_line("  | %s", line);
}

static off_t size_of(int fd)
{
	struct stat stat;

	if (fstat(fd, &stat))
		tour_die("fstat");
	return stat.st_size;
}

static void step_edit(int fd)
{
	size_t length = sizeof(text) - 1;
	char found[sizeof(text)], *map;
	int turned = 0;

	tour_step("Edit a file without write",
		  "We map a text file and turn every \"hello\" into \"Linux\" in memory.");
	print_file("the file as read() sees it, before", fd);
	map = free_range(length);
	watch_from(map, length);
	map_or_die(map, length, READ_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
	for (char *at = map; (at = memmem(at, length - (at - map), "hello", 5)); turned++)
		memcpy(at, "Linux", 5);
	watch_show();
	print_file("the file as read() sees it, after", fd);
	tour_why("A shared mapping of a file is the file: the same pages in memory that read\n"
		 "and write use.");
	if (pread(fd, found, length, 0) != (ssize_t)length)
		tour_die("read");
	tour_check(turned == 3, "three words were turned");
	tour_check(!memmem(found, length, "hello", 5), "read() finds no \"hello\" any more");
	munmap(map, length);
}

static void step_tail(int fd)
{
	size_t length = sizeof(text) - 1;
	char *map = map_or_die(NULL, 2 * page_size, READ_WRITE, MAP_SHARED, fd, 0);
	size_t zeros = 0;
	int tail, past;

	tour_step("Past the end",
		  "The file has %zu bytes. We map two pages of it, and touch the rest of the\n"
		  "first page, then the second.", length);
	watch_from(map, 2 * page_size);
	watch_now("now");
	for (size_t at = length; at < page_size; at++)
		zeros += !map[at];
	tail = probe_write(map + length, '!');
	past = probe_read(map + page_size);
	tour_line("the rest of the first page:  %zu zeros", zeros);
	tour_line("a write to that rest:        %s", probe_text(tail));
	tour_line("a read of the second page:   %s", probe_text(past));
	tour_line("size of the file:            %lld bytes", (long long)size_of(fd));
	tour_why("Memory comes in whole pages. The rest of the last page is zeros and belongs\n"
		 "to nobody; behind it there is no file to fill a page from.");
	tour_check(zeros == page_size - length, "the tail of the last page is zeros");
	tour_check(!tail && size_of(fd) == (off_t)length,
		   "a write there works, but the file does not grow through a mapping");
	tour_check(past == SIGBUS, "a page behind the end gives SIGBUS");

	tour_step("The file grows",
		  "ftruncate makes the file two pages long; the mapping stays as it is.");
	if (ftruncate(fd, 2 * (off_t)page_size))
		tour_die("ftruncate");
	past = probe_read(map + page_size);
	tour_line("a read of the second page:   %s", probe_text(past));
	tour_why("A mapping is a promise about addresses; what the file has is asked at each\n"
		 "fault.");
	tour_check(!past, "the same address works now");
	munmap(map, 2 * page_size);
}

static int mmap_error(int prot, int flags, int fd)
{
	void *map = mmap(NULL, page_size, prot, flags, fd, 0);

	if (map == MAP_FAILED)
		return errno;
	munmap(map, page_size);
	return 0;
}

static void step_read_only(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int shared, shared_read, private;

	if (fd < 0)
		tour_die("open %s", path);
	tour_step("A read-only descriptor",
		  "The file is opened with O_RDONLY, then mapped in three ways.");
	shared = mmap_error(READ_WRITE, MAP_SHARED, fd);
	shared_read = mmap_error(PROT_READ, MAP_SHARED, fd);
	private = mmap_error(READ_WRITE, MAP_PRIVATE, fd);
	tour_line("shared, to write:   %s", errno_text(shared));
	tour_line("shared, to read:    %s", errno_text(shared_read));
	tour_line("private, to write:  %s", errno_text(private));
	tour_why("A writable shared mapping would write to the file. A private one writes to\n"
		 "copies.");
	tour_check(shared == EACCES, "shared and writable is refused with EACCES");
	tour_check(!shared_read && !private, "the two others are allowed");
	close(fd);
}

static void step_windows(void)
{
	const off_t size = 16 * MIB;
	const size_t window = MIB;
	int fd = temp_file("large.bin", size);
	unsigned long sum = 0;
	long most = 0;

	tour_step("A large file through a small window",
		  "A file of 16 MiB is read through a mapping of 1 MiB that moves along.");
	for (off_t at = 0; at < size; at += (off_t)page_size)
		if (pwrite(fd, "\1", 1, at) != 1)
			tour_die("write");
	for (off_t at = 0; at < size; at += (off_t)window) {
		char *map = map_or_die(NULL, window, PROT_READ, MAP_SHARED, fd, at);
		long now;

		for (size_t i = 0; i < window; i++)
			sum += (unsigned char)map[i];
		now = smaps_kib(map, "Rss");
		if (now > most)
			most = now;
		if (!at || at + (off_t)window == size) {
			watch_from(map, window);
			watch_now(at ? "the last window" : "the first window");
		}
		munmap(map, window);
	}
	tour_line("most memory mapped at a time:  %ld KiB", most);
	tour_why("The offset of mmap chooses the part of the file; so a file may be larger than\n"
		 "memory, or than the address space.");
	tour_check(sum == size / page_size, "every byte was seen once");
	tour_check(most <= (long)(window / KIB), "never more than a window was mapped");
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "file",
		.title = "a file as memory",
		.intro = "mmap puts the bytes of a file at addresses.\n"
			 "From then on reading memory reads the file, and writing memory writes\n"
			 "it.",
	};
	const char *path;
	int fd;

	tour_begin(&about, argc, argv);
	path = temp_path("hello.txt");
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, sizeof(text) - 1) != sizeof(text) - 1)
		tour_die("create %s", path);
	step_edit(fd);
	step_tail(fd);
	step_read_only(path);
	step_windows();
	return tour_end();
}

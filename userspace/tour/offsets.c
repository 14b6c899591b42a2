// SPDX-License-Identifier: GPL-2.0-or-later
/* The offset of mmap: in bytes, in pages (mmap2), aligned, far away. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/maps.h"
#include "lib/tour.h"
#include "lib/util.h"

/* A place that 32 bits cannot name. */
#define FAR (4ull << 30)

static const char far_text[] = "written 4 GiB into the file";

static void put(int fd, unsigned long long offset, const char *text)
{
	if (pwrite(fd, text, strlen(text), (off_t)offset) != (ssize_t)strlen(text))
		tour_die("write at %s", size_text(offset));
}

#ifdef SYS_mmap2

#define UNIT 4096	/* of mmap2's offset, whatever the page size */

static void step_pages(int fd)
{
	char *place = free_range(page_size), *map;

	tour_step("mmap2 counts in pages",
		  "We call mmap2 with the offset %llu; it is counted in units of %d bytes.",
		  FAR / UNIT, UNIT);
	watch_from(place, page_size);
	map = (char *)syscall(SYS_mmap2, place, page_size, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
			      FAR / UNIT);
	if (map == MAP_FAILED)
		tour_die("mmap2");
	watch_show();
	tour_line("the mapping reads:  \"%s\"", map);
	tour_why("A register has 32 bits here. Counted in bytes it would end at 4 GiB; counted\n"
		 "in pages it reaches 16 TiB. The C library calls mmap2 for a 64-bit off_t.");
	tour_check(!strcmp(map, far_text), "the text from 4 GiB is there");
	munmap(map, page_size);
}

static const struct tour about = {
	.name = "offsets-32",
	.title = "the offset of a 32-bit mmap",
	.intro = "The same kind of file, in a 32-bit process.",
};

#else

static void step_bytes(int fd)
{
	char *place = free_range(page_size), *map;

	tour_step("mmap counts in bytes",
		  "The file is 4 GiB and a page long, and nearly all of it a hole. We map its\n"
		  "last page.");
	watch_from(place, page_size);
	map = map_or_die(place, page_size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, (off_t)FAR);
	watch_show();
	tour_line("the mapping reads:  \"%s\"", map);
	tour_why("The offset says where in the file the mapping begins; the rest of the file\n"
		 "costs no address and no memory.");
	tour_check(!strcmp(map, far_text), "the text from 4 GiB is there");
	munmap(map, page_size);
}

static int mmap_error(size_t length, int fd, off_t offset)
{
	void *map = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, offset);

	if (map == MAP_FAILED)
		return errno;
	munmap(map, length);
	return 0;
}

static void step_aligned(int fd)
{
	const long long last = INT64_MAX - (long long)page_size + 1;
	int crooked, short_map, empty, beyond;

	tour_step("What is refused",
		  "We map with an offset of 100, a length of 100, a length of 0, and at the end\n"
		  "of all numbers.");
	crooked = mmap_error(page_size, fd, 100);
	short_map = mmap_error(100, fd, 0);
	empty = mmap_error(0, fd, 0);
	beyond = mmap_error(2 * page_size, fd, (off_t)last);
	tour_line("offset 100:              %s", errno_text(crooked));
	tour_line("length 100:              %s", errno_text(short_map));
	tour_line("length 0:                %s", errno_text(empty));
	tour_line("offset 2^63 - one page:  %s", errno_text(beyond));
	tour_why("A page of memory is a page of the file, so the offset must be a multiple of\n"
		 "the page size (%zu). The length is rounded up for you.", page_size);
	tour_check(crooked == EINVAL, "an offset inside a page is EINVAL");
	tour_check(!short_map, "a length inside a page is not");
	tour_check(empty == EINVAL, "nothing cannot be mapped");
	tour_check(beyond == EOVERFLOW, "an offset that overflows is EOVERFLOW");
}

/* Run the 32-bit program beside this one; its output stands in ours. */
static void run_32(void)
{
	const char *path = beside("offsets-32");
	int status;
	pid_t pid;

	if (access(path, X_OK)) {
		tour_leave_out("The same with 32 bits",
			       "it was built without a 32-bit compiler (install\n"
			       "gcc-i686-linux-gnu, make again)");
		return;
	}
	putchar('\n');
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		tour_die("fork");
	if (!pid) {
		execl(path, "offsets-32", *ink(INK_OFF) ? NULL : "--plain", NULL);
		_exit(errno == ENOEXEC ? 126 : 127);
	}
	if (waitpid(pid, &status, 0) < 0)
		tour_die("waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 126)
		tour_leave_out("The same with 32 bits",
			       "this kernel runs no 32-bit programs (CONFIG_IA32_EMULATION)");
	else
		tour_check(!status, "what the 32-bit program claims holds");
}

static const struct tour about = {
	.name = "offsets",
	.title = "where in the file a mapping begins",
	.intro = "The last argument of mmap is an offset into the file. It has an alignment, a\n"
		 "unit, and an end.",
};

#endif

int main(int argc, char **argv)
{
	int fd;

	tour_begin(&about, argc, argv);
	fd = temp_file("far.bin", (off_t)(FAR + page_size));
	put(fd, FAR, far_text);
#ifdef SYS_mmap2
	step_pages(fd);
#else
	step_bytes(fd);
	step_aligned(fd);
	run_32();
#endif
	return tour_end();
}

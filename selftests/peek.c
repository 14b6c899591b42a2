// SPDX-License-Identifier: GPL-2.0-or-later
/* How a debugger sees each mapping: ptrace and /proc/PID/mem */
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "mapping.h"

#define WORD	0x5aa5c33cL

/* Where a word is poked: page 3, which a private mapping has a copy of. */
static char *target(const mapping *m, char *map)
{
	return map + 3 * m->page + 16;
}

/* A stopped child with the same mapping, that exits 0 if it then sees @word. */
static pid_t stopped_child(char *at, long word)
{
	pid_t pid = fork();
	int status;

	if (pid)
		return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) ? pid : -1;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	_exit(memcmp(at, &word, sizeof(word)) != 0);
}

static int let_go(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

/* The word of map_filled() at @at, and a way to write it or another. */
static long word_at(const char *at)
{
	long word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/*
 *	parent	|AAAAAAA|	PEEKDATA, POKEDATA into the child's page 3
 *	child	|AAAwAAA|	the parent sees w if shared
 */
TEST_F(mapping, ptrace_peeks_and_pokes_every_writable_mapping)
{
	char *map = map_filled(self, variant);
	char *at = target(self, map);
	long before;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	if (is_pfnmap(variant) && !VT_ACCESS_ASKED)
		SKIP(return, VT_NO_ACCESS);
	before = word_at(at);
	pid = stopped_child(at, WORD);
	ASSERT_GT(pid, 0);
	errno = 0;
	EXPECT_EQ(before, ptrace(PTRACE_PEEKDATA, pid, at, NULL));
	EXPECT_EQ(0, errno);
	EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, pid, at, WORD));
	EXPECT_EQ(WORD, ptrace(PTRACE_PEEKDATA, pid, at, NULL));
	EXPECT_EQ(0, let_go(pid));
	EXPECT_EQ(is_shared(variant) ? WORD : before, word_at(at));
	EXPECT_TRUE(pages_are_filled(self, map, 0, 3));
}

/*
 *	|rrrrrrr|	read-only: a poke makes a copy if private, and is
 *			refused if shared, ->access or not
 */
TEST_F(mapping, ptrace_pokes_no_shared_mapping_that_is_read_only)
{
	char *map = map_filled(self, variant);
	char *at = target(self, map);
	long before;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	if (is_pfnmap(variant) && !VT_ACCESS_ASKED)
		SKIP(return, VT_NO_ACCESS);
	ASSERT_EQ(0, mprotect(map, self->bytes, PROT_READ));
	before = word_at(at);
	pid = stopped_child(at, is_shared(variant) ? before : WORD);
	ASSERT_GT(pid, 0);
	EXPECT_EQ(before, ptrace(PTRACE_PEEKDATA, pid, at, NULL));
	if (is_shared(variant)) {
		EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, pid, at, WORD));
		EXPECT_EQ(EIO, errno);
	} else {
		EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, pid, at, WORD));
	}
	EXPECT_EQ(0, let_go(pid));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
}

static ssize_t mem_read(int mem, void *buf, size_t n, const char *at)
{
	return pread(mem, buf, n, (uintptr_t)at);
}

static ssize_t mem_write(int mem, const void *buf, size_t n, char *at)
{
	return pwrite(mem, buf, n, (uintptr_t)at);
}

/*
 *	|AAAAAAA|
 *	  |---|		from the middle of page 2 to the middle of page 5
 */
TEST_F(mapping, proc_mem_reads_and_writes_across_pages)
{
	const size_t len = 3 * self->page;
	char *map = map_filled(self, variant);
	char *at = map + 2 * self->page + self->page / 2;
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char bytes[self->bytes];

	ASSERT_NE(MAP_FAILED, map);
	if (is_pfnmap(variant) && !VT_ACCESS_ASKED)
		SKIP(return, VT_NO_ACCESS);
	ASSERT_GE(mem, 0);
	ASSERT_EQ((ssize_t)self->bytes, mem_read(mem, bytes, self->bytes, map));
	EXPECT_TRUE(pages_are_filled(self, bytes, 0, NPAGES));
	ASSERT_EQ((ssize_t)len, mem_read(mem, bytes, len, at));
	EXPECT_EQ(0, memcmp(bytes, at, len));

	vt_pattern(bytes, len, 50);
	ASSERT_EQ((ssize_t)len, mem_write(mem, bytes, len, at));
	EXPECT_TRUE(vt_is_pattern(at, len, 50));
	EXPECT_TRUE(pages_are_filled(self, map, 0, 2));
	EXPECT_TRUE(pages_are_filled(self, map + 6 * self->page, 6, NPAGES));

	ASSERT_EQ((ssize_t)len, pread(self->fd, bytes, len, 2 * self->page + self->page / 2));
	if (is_anon(variant)) {
		EXPECT_TRUE(vt_is_zero(bytes, len));
	} else {
		EXPECT_EQ(is_shared(variant), vt_is_pattern(bytes, len, 50));
	}
}

/* What is asked for behind the mapping is not given: a short count. */
TEST_F(mapping, proc_mem_stops_at_the_end_of_the_mapping)
{
	char *map = map_filled(self, variant);
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char *last = map + 3 * self->page;
	char bytes[2 * self->page];

	ASSERT_NE(MAP_FAILED, map);
	if (is_pfnmap(variant) && !VT_ACCESS_ASKED)
		SKIP(return, VT_NO_ACCESS);
	ASSERT_GE(mem, 0);
	ASSERT_EQ(0, munmap(map + 4 * self->page, 4 * self->page));
	EXPECT_EQ((ssize_t)self->page, mem_read(mem, bytes, 2 * self->page, last));
	EXPECT_TRUE(vt_is_pattern(bytes, self->page, 4));
	EXPECT_EQ(-1, mem_read(mem, bytes, 1, map + 4 * self->page));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ((ssize_t)self->page, mem_write(mem, bytes, 2 * self->page, last));
	EXPECT_TRUE(pages_are_filled(self, map, 0, 4));
}

/*
 *	|AAAA|		four pages of the region's eight
 *	   [-|-]	a word, and 32 bytes, half of them behind the mapping
 *
 * The region goes on there, the mapping does not.
 */
TEST_F(mapping, debuggers_stop_at_the_end_between_two_pages)
{
	char *map = map_filled(self, variant);
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char *end = map + 4 * self->page;
	char bytes[32], page[self->page];
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	if (is_pfnmap(variant) && !VT_ACCESS_ASKED)
		SKIP(return, VT_NO_ACCESS);
	ASSERT_GE(mem, 0);
	ASSERT_EQ(0, munmap(end, 4 * self->page));

	memset(bytes, 0x5a, sizeof(bytes));
	EXPECT_EQ(16, mem_read(mem, bytes, 32, end - 16));
	EXPECT_EQ(0, memcmp(bytes, end - 16, 16));
	memset(bytes, 0xa5, sizeof(bytes));
	EXPECT_EQ(16, mem_write(mem, bytes, 32, end - 16));
	EXPECT_EQ(0, memcmp(bytes, end - 16, 16));
	ASSERT_EQ((ssize_t)self->page, pread(self->fd, page, self->page, 4 * self->page));
	EXPECT_TRUE(is_anon(variant) ? vt_is_zero(page, self->page) :
		    vt_is_pattern(page, self->page, 5));

	pid = stopped_child(end - sizeof(long), word_at(end - sizeof(long)));
	ASSERT_GT(pid, 0);
	errno = 0;
	EXPECT_EQ(-1, ptrace(PTRACE_PEEKDATA, pid, end - sizeof(long) / 2, NULL));
	EXPECT_EQ(EIO, errno);
	errno = 0;
	EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, pid, end - sizeof(long) / 2, WORD));
	EXPECT_EQ(EIO, errno);
	ASSERT_EQ((ssize_t)self->page, pread(self->fd, page, self->page, 4 * self->page));
	EXPECT_TRUE(is_anon(variant) ? vt_is_zero(page, self->page) :
		    vt_is_pattern(page, self->page, 5));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/*
 *	|AAAA|BBBB|	B is something else, right behind
 *	   [-|-]	16 bytes of each
 */
TEST_F(mapping, debuggers_see_the_neighbour_behind_the_end)
{
	char *map = map_filled(self, variant);
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char *end = map + 4 * self->page;
	struct iovec local, remote;
	char bytes[32];

	ASSERT_NE(MAP_FAILED, map);
	if (is_pfnmap(variant) && !VT_ACCESS_ASKED)
		SKIP(return, VT_NO_ACCESS);
	ASSERT_GE(mem, 0);
	ASSERT_EQ(end, mmap(end, 4 * self->page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	memset(end, 0xbb, self->page);
	EXPECT_EQ(32, mem_read(mem, bytes, 32, end - 16));
	EXPECT_EQ(0, memcmp(bytes, end - 16, 32));

	memset(bytes, 0xa5, sizeof(bytes));
	EXPECT_EQ(32, mem_write(mem, bytes, 32, end - 16));
	EXPECT_EQ(0, memcmp(bytes, end - 16, 32));
	EXPECT_EQ(0xbb, (unsigned char)end[16]);

	/* It pins pages, which a mapping of PFNs has none of. */
	local = (struct iovec) { bytes, sizeof(bytes) };
	remote = (struct iovec) { end - 16, sizeof(bytes) };
	memset(bytes, 0, sizeof(bytes));
	if (is_pfnmap(variant)) {
		EXPECT_EQ(-1, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
		EXPECT_EQ(EFAULT, errno);
	} else {
		EXPECT_EQ(32, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
		EXPECT_EQ(0, memcmp(bytes, end - 16, 32));
	}
}

/* What is read-only and private may get a copy, if the kernel lets one force it. */
TEST_F(mapping, proc_mem_writes_to_no_region_through_a_read_only_mapping)
{
	char *map = map_filled(self, variant);
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char page[self->page];
	long word = WORD;
	ssize_t n;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_GE(mem, 0);
	ASSERT_EQ(0, mprotect(map, self->bytes, PROT_READ));
	n = mem_write(mem, &word, sizeof(word), map);
	if (is_shared(variant) || n < 0) {
		EXPECT_EQ(-1, n);
		EXPECT_EQ(EIO, errno);
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	} else {
		EXPECT_EQ(WORD, word_at(map));
	}
	ASSERT_EQ((ssize_t)self->page, pread(self->fd, page, self->page, 0));
	if (is_anon(variant)) {
		EXPECT_TRUE(vt_is_zero(page, self->page));
	} else {
		EXPECT_TRUE(vt_is_pattern(page, self->page, 1));
	}
}

TEST_HARNESS_MAIN

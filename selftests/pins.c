// SPDX-License-Identifier: GPL-2.0-or-later
/* get_user_pages on each mapping: direct I/O, vmsplice, process_vm_readv */
#include <sys/uio.h>

#include "mapping.h"

/* A real block device without a file system: brd's first. */
#define DISK "/dev/ram0"

static char *aligned_buffer(const mapping *m)
{
	return mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Patterns that map_filled() leaves nowhere: page i holds seed i + 101. */
static void fill_other(const mapping *m, char *buffer)
{
	for (int i = 0; i < NPAGES; i++)
		vt_pattern(buffer + i * m->page, m->page, i + 101);
}

static bool is_other(const mapping *m, const char *map)
{
	for (int i = 0; i < NPAGES; i++)
		if (!page_is(m, map, i, i + 101))
			return false;
	return true;
}

/* Does the region itself hold what was written to a shared mapping alone? */
static bool region_follows(const mapping *m, const mapping_kind *k)
{
	char bytes[m->bytes];

	if (pread(m->fd, bytes, m->bytes, 0) != (ssize_t)m->bytes)
		return false;
	if (is_anon(k))
		return vt_is_zero(bytes, m->bytes);
	return is_shared(k) ? is_other(m, bytes) : pages_are_filled(m, bytes, 0, NPAGES);
}

/* mapping -> disk */
TEST_F(mapping, direct_write_to_a_disk_takes_the_bytes_unless_pfnmap)
{
	const int refusal = answer_of(variant, "o-direct-write");
	char *map = map_filled(self, variant), *back = aligned_buffer(self);
	int disk = open(DISK, O_RDWR | O_DIRECT | O_CLOEXEC);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, back);
	ASSERT_GE(disk, 0);
	if (refusal > 0) {
		EXPECT_EQ(-1, pwrite(disk, map, self->bytes, 0));
		EXPECT_EQ(refusal, errno);
		return;
	}
	ASSERT_EQ((ssize_t)self->bytes, pwrite(disk, map, self->bytes, 0));
	ASSERT_EQ((ssize_t)self->bytes, pread(disk, back, self->bytes, 0));
	EXPECT_TRUE(pages_are_filled(self, back, 0, NPAGES));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
}

/* disk -> mapping, and to the region if shared */
TEST_F(mapping, direct_read_from_a_disk_gives_the_bytes_unless_pfnmap)
{
	const int refusal = answer_of(variant, "o-direct-read");
	char *map = map_filled(self, variant), *other = aligned_buffer(self);
	int disk = open(DISK, O_RDWR | O_DIRECT | O_CLOEXEC);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_GE(disk, 0);
	fill_other(self, other);
	ASSERT_EQ((ssize_t)self->bytes, pwrite(disk, other, self->bytes, 0));
	if (refusal > 0) {
		EXPECT_EQ(-1, pread(disk, map, self->bytes, 0));
		EXPECT_EQ(refusal, errno);
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
		return;
	}
	ASSERT_EQ((ssize_t)self->bytes, pread(disk, map, self->bytes, 0));
	EXPECT_TRUE(is_other(self, map));
	EXPECT_TRUE(region_follows(self, variant));
}

/*
 *	|AAAAAAA| -> pipe	vmsplice: the pipe holds the pages
 *	 .......     pipe	munmap and close: the region is gone
 */
TEST_F(mapping, vmspliced_pages_outlive_the_region_unless_pfnmap)
{
	const int refusal = answer_of(variant, "vmsplice");
	char *map = map_filled(self, variant), *back = aligned_buffer(self);
	struct iovec pages = { map, self->bytes };
	size_t got = 0;
	ssize_t n;
	int ends[2];

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, back);
	ASSERT_EQ(0, pipe(ends));
	if (refusal > 0) {
		EXPECT_EQ(-1, vmsplice(ends[1], &pages, 1, 0));
		EXPECT_EQ(refusal, errno);
		return;
	}
	ASSERT_EQ((ssize_t)self->bytes, vmsplice(ends[1], &pages, 1, 0));
	ASSERT_EQ(0, munmap(map, self->bytes));
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	while (got < self->bytes) {
		n = read(ends[0], back + got, self->bytes - got);
		ASSERT_GT(n, 0);
		got += n;
	}
	EXPECT_TRUE(pages_are_filled(self, back, 0, NPAGES));
}

/* Another process reads the mapping of this one, and writes to it. */
TEST_F(mapping, process_vm_calls_reach_another_process_unless_pfnmap)
{
	char *map = map_filled(self, variant), *mine = aligned_buffer(self);
	struct iovec local = { mine, self->bytes }, remote = { map, self->bytes };
	const bool reaches = answer_of(variant, "process-vm-readv") == WORKS;
	int go[2], status;
	pid_t pid;
	char c;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, mine);
	ASSERT_EQ(0, pipe(go));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		EXPECT_EQ(1, read(go[0], &c, 1));
		EXPECT_EQ(reaches, is_other(self, map));
		_exit(0);
	}
	if (reaches) {
		EXPECT_EQ((ssize_t)self->bytes, process_vm_readv(pid, &local, 1, &remote, 1, 0));
		EXPECT_TRUE(pages_are_filled(self, mine, 0, NPAGES));
		fill_other(self, mine);
		EXPECT_EQ((ssize_t)self->bytes, process_vm_writev(pid, &local, 1, &remote, 1, 0));
		EXPECT_EQ(is_shared(variant), is_other(self, map));
		EXPECT_TRUE(region_follows(self, variant));
	} else {
		EXPECT_EQ(-1, process_vm_readv(pid, &local, 1, &remote, 1, 0));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, process_vm_writev(pid, &local, 1, &remote, 1, 0));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	}
	EXPECT_EQ(1, write(go[1], "", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* The other way round every mapping will do: the kernel copies, and pins nothing. */
TEST_F(mapping, process_vm_readv_fills_every_mapping)
{
	char *map = map_filled(self, variant), *theirs = aligned_buffer(self);
	struct iovec local = { map, self->bytes }, remote = { theirs, self->bytes };

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, theirs);
	fill_other(self, theirs);
	ASSERT_EQ((ssize_t)self->bytes, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
	EXPECT_TRUE(is_other(self, map));
	EXPECT_TRUE(region_follows(self, variant));
}

TEST_HARNESS_MAIN

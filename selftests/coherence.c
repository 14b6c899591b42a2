// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A mapping, read, write, splice and sendfile see the same bytes of a region,
 * at once, from one process or two.
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>

#include "vmadev_test.h"

#define PAGES 8

FIXTURE(same) {
	int fd;
	ssize_t page, size;
	unsigned char *p;	/* the whole region, shared */
	unsigned char *buf;
};

FIXTURE_VARIANT(same) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_BYTE_MODES(same);

FIXTURE_SETUP(same)
{
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->size = PAGES * self->page;
	self->buf = malloc(self->size);
	ASSERT_NE(NULL, self->buf);
	self->fd = vt_create(variant->backing, variant->strategy, self->size, "same");
	ASSERT_LE(0, self->fd);
	self->p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(same)
{
	free(self->buf);
	close(self->fd);
}

/* Once before any page is mapped, once after all are. */
TEST_F(same, mapping_sees_what_write_wrote)
{
	for (int round = 1; round <= 2; round++) {
		vt_pattern(self->buf, self->size, round);
		EXPECT_EQ(0, lseek(self->fd, 0, SEEK_SET));
		EXPECT_EQ(self->size, write(self->fd, self->buf, self->size));
		EXPECT_TRUE(vt_is_pattern(self->p, self->size, round));
	}
}

TEST_F(same, read_sees_what_the_mapping_wrote)
{
	for (int round = 1; round <= 2; round++) {
		vt_pattern(self->p, self->size, round);
		EXPECT_EQ(0, lseek(self->fd, 0, SEEK_SET));
		EXPECT_EQ(self->size, read(self->fd, self->buf, self->size));
		EXPECT_TRUE(vt_is_pattern(self->buf, self->size, round));
	}
}

/* Bytes that begin and end inside pages, and cross one. */
TEST_F(same, unaligned_write_changes_its_bytes_alone)
{
	ssize_t n = self->page + 7;
	off_t at = self->page - 3;

	memset(self->buf, 0xee, n);
	EXPECT_EQ(n, pwrite(self->fd, self->buf, n, at));
	EXPECT_TRUE(vt_is_zero(self->p, at));
	EXPECT_EQ(0, memcmp(self->p + at, self->buf, n));
	EXPECT_TRUE(vt_is_zero(self->p + at + n, self->size - at - n));

	EXPECT_EQ(n + 2, pread(self->fd, self->buf, n + 2, at - 1));
	EXPECT_EQ(0, memcmp(self->buf, self->p + at - 1, n + 2));
}

/* The write across the end stops there, and what fits is there. */
TEST_F(same, write_across_the_end_leaves_what_fits)
{
	memset(self->buf, 0xee, 100);
	EXPECT_EQ(10, pwrite(self->fd, self->buf, 100, self->size - 10));
	EXPECT_TRUE(vt_is_zero(self->p, self->size - 10));
	EXPECT_EQ(0, memcmp(self->p + self->size - 10, self->buf, 10));
}

/* read() and write() whose buffer is the mapping fault in the middle of it. */
TEST_F(same, read_and_write_with_the_mapping_as_buffer)
{
	vt_pattern(self->buf, self->page, 3);
	ASSERT_EQ(self->page, pwrite(self->fd, self->buf, self->page, 0));
	EXPECT_EQ(self->page, pread(self->fd, self->p + self->page, self->page, 0));
	EXPECT_TRUE(vt_is_pattern(self->p + self->page, self->page, 3));
	EXPECT_EQ(self->page, pwrite(self->fd, self->p + self->page, self->page, 3 * self->page));
	EXPECT_TRUE(vt_is_pattern(self->p + 3 * self->page, self->page, 3));
}

TEST_F(same, splice_in_and_out)
{
	off_t off = self->page;
	int p[2];

	ASSERT_EQ(0, pipe(p));
	vt_pattern(self->buf, self->page, 4);
	ASSERT_EQ(self->page, write(p[1], self->buf, self->page));
	EXPECT_EQ(self->page, splice(p[0], NULL, self->fd, &off, self->page, 0));
	EXPECT_EQ(2 * self->page, off);
	EXPECT_TRUE(vt_is_zero(self->p, self->page));
	EXPECT_TRUE(vt_is_pattern(self->p + self->page, self->page, 4));

	vt_pattern(self->p + 2 * self->page, self->page, 5);
	EXPECT_EQ(self->page, splice(self->fd, &off, p[1], NULL, self->page, 0));
	EXPECT_EQ(3 * self->page, off);
	EXPECT_EQ(self->page, read(p[0], self->buf, self->page));
	EXPECT_TRUE(vt_is_pattern(self->buf, self->page, 5));
}

/* What lies in the pipe is a copy, or it would change under the reader. */
TEST_F(same, spliced_bytes_are_those_of_the_splice)
{
	off_t off = 0;
	int p[2];

	ASSERT_EQ(0, pipe(p));
	vt_pattern(self->p, self->page, 6);
	EXPECT_EQ(self->page, splice(self->fd, &off, p[1], NULL, self->page, 0));
	close(self->fd);
	munmap(self->p, self->size);
	EXPECT_EQ(self->page, read(p[0], self->buf, self->page));
	EXPECT_TRUE(vt_is_pattern(self->buf, self->page, 6));
}

TEST_F(same, sendfile_in_and_out)
{
	off_t off = self->page;
	int mem;

	mem = memfd_create("sendfile", MFD_CLOEXEC);
	ASSERT_LE(0, mem);
	vt_pattern(self->p + self->page, self->page, 7);
	EXPECT_EQ(self->page, sendfile(mem, self->fd, &off, self->page));
	EXPECT_EQ(2 * self->page, off);
	EXPECT_EQ(self->page, pread(mem, self->buf, self->page, 0));
	EXPECT_TRUE(vt_is_pattern(self->buf, self->page, 7));

	off = 0;
	EXPECT_EQ(3 * self->page, lseek(self->fd, 3 * self->page, SEEK_SET));
	EXPECT_EQ(self->page, sendfile(self->fd, mem, &off, self->page));
	EXPECT_TRUE(vt_is_pattern(self->p + 3 * self->page, self->page, 7));
}

TEST_F(same, msync_changes_no_byte)
{
	vt_pattern(self->p, self->size, 8);
	EXPECT_EQ(0, msync(self->p, self->size, MS_SYNC));
	EXPECT_EQ(self->size, pread(self->fd, self->buf, self->size, 0));
	EXPECT_TRUE(vt_is_pattern(self->buf, self->size, 8));

	vt_pattern(self->buf, self->size, 9);
	EXPECT_EQ(self->size, pwrite(self->fd, self->buf, self->size, 0));
	EXPECT_EQ(0, msync(self->p, self->size, MS_SYNC | MS_INVALIDATE));
	EXPECT_TRUE(vt_is_pattern(self->p, self->size, 9));
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, fdatasync(self->fd));
}

struct other {
	int fd;
	ssize_t size;
};

/* Write the first half by a mapping of one's own, the second by write. */
static int write_halves(void *arg)
{
	struct other *o = arg;
	ssize_t half = o->size / 2;
	char *p = mmap(NULL, o->size, PROT_READ | PROT_WRITE, MAP_SHARED, o->fd, 0);
	char *buf = malloc(half);

	if (p == MAP_FAILED || !buf)
		return 1;
	vt_pattern(p, half, 10);
	vt_pattern(buf, half, 11);
	return pwrite(o->fd, buf, half, half) != half;
}

/* By mapping and by read. */
static int see_pattern(void *arg)
{
	struct other *o = arg;
	char *p = mmap(NULL, o->size, PROT_READ, MAP_SHARED, o->fd, 0);
	char *buf = malloc(o->size);

	if (p == MAP_FAILED || !buf || pread(o->fd, buf, o->size, 0) != o->size)
		return 1;
	return !vt_is_pattern(p, o->size, 12) || !vt_is_pattern(buf, o->size, 12);
}

TEST_F(same, two_processes_see_each_others_bytes)
{
	struct other o = { self->fd, self->size };
	ssize_t half = self->size / 2;

	EXPECT_EQ(0, vt_in_child(write_halves, &o));
	EXPECT_TRUE(vt_is_pattern(self->p, half, 10));
	EXPECT_TRUE(vt_is_pattern(self->p + half, half, 11));
	EXPECT_EQ(half, pread(self->fd, self->buf, half, half));
	EXPECT_TRUE(vt_is_pattern(self->buf, half, 11));

	vt_pattern(self->p, self->size, 12);
	EXPECT_EQ(0, vt_in_child(see_pattern, &o));
}

/* A handle of another strategy on the same region, where one serves. */
TEST_F(same, every_handle_shows_the_same_bytes)
{
	vt_pattern(self->p, self->size, 13);
	for (__u32 s = VMADEV_STRATEGY_REMAP; s <= VMADEV_STRATEGY_HUGE; s++) {
		unsigned char *q;
		int fd;

		if (vt_serves(self->fd, s, false) != 1)
			continue;
		fd = vt_reopen(self->fd, 0, s);
		ASSERT_LE(0, fd);
		q = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ASSERT_NE(MAP_FAILED, q);
		EXPECT_TRUE(vt_is_pattern(q, self->size, 13));
		EXPECT_EQ(0, vt_write(q + self->page, s));
		EXPECT_EQ((int)s, vt_read(self->p + self->page));
		vt_pattern(self->p, self->size, 13);
	}
}

#define MANY 900

/* Each region has its own bytes, however many there are. */
TEST(many_regions_do_not_mix)
{
	struct rlimit lots = { MANY + 50, MANY + 50 };
	const __u32 backings[] = {
		VMADEV_BACKING_PAGES, VMADEV_BACKING_CONTIG, VMADEV_BACKING_SHMEM,
	};
	static int fds[MANY];
	unsigned int got;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &lots));
	for (unsigned int i = 0; i < MANY; i++) {
		fds[i] = vt_create(backings[i % 3], 0, vt_page(), NULL);
		ASSERT_LE(0, fds[i]);
		ASSERT_EQ((ssize_t)sizeof(i), pwrite(fds[i], &i, sizeof(i), 64));
	}
	for (unsigned int i = 0; i < MANY; i++) {
		ASSERT_EQ((ssize_t)sizeof(got), pread(fds[i], &got, sizeof(got), 64));
		ASSERT_EQ(i, got);
		close(fds[i]);
	}
}

TEST_HARNESS_MAIN

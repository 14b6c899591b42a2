// SPDX-License-Identifier: GPL-2.0-or-later
/* Files on a mount of media that end within a page: what a power cut leaves of that page. */
#define _GNU_SOURCE
#include "vmadev_test.h"
#include "lib/mounted.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PART	100	/* bytes, a few of which are in each page */

FIXTURE(media_end)
{
	struct mounted m;
	size_t page;
	int fd;
};

FIXTURE_SETUP(media_end)
{
	self->page = vt_page();
	ASSERT_EQ(NULL, mounted_begin(&self->m, "backing=media"));
	self->fd = openat(self->m.at, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(media_end)
{
	const char *differs;

	close(self->fd);
	differs = mounted_end(&self->m);
	EXPECT_EQ(NULL, differs) {
		TH_LOG("%s", differs);
	}
}

static int append(int fd, char byte)
{
	char part[PART];

	memset(part, byte, sizeof(part));
	lseek(fd, 0, SEEK_END);
	return write(fd, part, sizeof(part)) != sizeof(part);
}

/* The first byte of each part of a file, '.' for 0, as it is now. */
static const char *parts(int fd, int n)
{
	static char text[16];
	char byte;

	for (int i = 0; i < n; i++) {
		if (pread(fd, &byte, 1, (off_t)i * PART) != 1)
			byte = '?';
		text[i] = byte ?: '.';
	}
	text[n] = '\0';
	return text;
}

/* The same after a power cut now. */
static const char *left(int fd, __u32 mode, int n)
{
	int fork = vt_crash_fork(fd, mode, 0, NULL);
	const char *text = parts(fork, n);

	close(fork);
	return text;
}

static long unsynced(int fd)
{
	return vt_unsynced(fd, 0, 0, NULL);
}

TEST_F(media_end, appending_makes_nothing_durable)
{
	ASSERT_EQ(0, append(self->fd, 'a'));
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_EQ(0, append(self->fd, 'b'));
	ASSERT_EQ(0, append(self->fd, 'c'));
	EXPECT_EQ(1, unsynced(self->fd));
	EXPECT_STREQ("abc", left(self->fd, VMADEV_KEEP_ALL, 3));
	EXPECT_STREQ("a..", left(self->fd, VMADEV_KEEP_NONE, 3));
	/* A first page of which nothing was ever durable */
	ASSERT_EQ(0, ftruncate(self->fd, 0));
	ASSERT_EQ(0, append(self->fd, 'd'));
	ASSERT_EQ(0, append(self->fd, 'e'));
	EXPECT_STREQ("..", left(self->fd, VMADEV_KEEP_NONE, 2));
	ASSERT_EQ(0, vt_crash_revert(self->fd, VMADEV_KEEP_NONE, 0, NULL, 0));
	EXPECT_EQ(2 * PART, lseek(self->fd, 0, SEEK_END));
	EXPECT_STREQ("..", parts(self->fd, 2));
}

TEST_F(media_end, what_is_cut_off_is_gone_and_no_more_is_durable)
{
	ASSERT_EQ(0, append(self->fd, 'a'));
	ASSERT_EQ(0, append(self->fd, 'a'));
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_EQ(1, pwrite(self->fd, "b", 1, 0));
	ASSERT_EQ(0, ftruncate(self->fd, PART));
	ASSERT_EQ(0, ftruncate(self->fd, 2 * PART));
	EXPECT_STREQ("b.", parts(self->fd, 2));
	EXPECT_STREQ("a.", left(self->fd, VMADEV_KEEP_NONE, 2));
	EXPECT_EQ(0, fdatasync(self->fd));
	EXPECT_STREQ("b.", left(self->fd, VMADEV_KEEP_NONE, 2));
}

/*
 *	| aa|  y   |	a store past the end is durable by a sync; no byte of the file, which is
 *	| aa ..... |	zeros there when it grows, and so is its medium
 */
TEST_F(media_end, stores_past_the_end_are_no_bytes_of_the_file)
{
	char *p;

	ASSERT_EQ(0, append(self->fd, 'a'));
	p = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, vt_write(p + 2 * PART, 'y'));
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_EQ(0, ftruncate(self->fd, (off_t)self->page));
	EXPECT_EQ(0, vt_read(p + 2 * PART));
	EXPECT_STREQ("a..", left(self->fd, VMADEV_KEEP_NONE, 3));
	munmap(p, self->page);
}

TEST_F(media_end, size_alone_makes_no_page_dirty)
{
	ASSERT_EQ(0, append(self->fd, 'a'));
	ASSERT_EQ(0, append(self->fd, 'b'));
	ASSERT_EQ(0, fsync(self->fd));
	for (off_t end = 3 * PART; end > 0; end -= PART) {
		ASSERT_EQ(0, ftruncate(self->fd, end));
		EXPECT_EQ(0, unsynced(self->fd));
	}
	ASSERT_EQ(0, ftruncate(self->fd, (off_t)self->page + PART));
	ASSERT_EQ(0, ftruncate(self->fd, (off_t)self->page + 2 * PART));
	EXPECT_EQ(0, unsynced(self->fd));
	EXPECT_STREQ("a..", left(self->fd, VMADEV_KEEP_NONE, 3));
}

TEST_HARNESS_MAIN

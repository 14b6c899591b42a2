// SPDX-License-Identifier: GPL-2.0-or-later
/* mount -o writeback: the kernel makes the bytes of media durable by itself, as of a disk. */
#define _GNU_SOURCE
#include "vmadev_test.h"
#include "lib/mounted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES	3

/* When the kernel writes, and how much may be dirty; a ratio set ends a number of bytes. */
static const struct {
	const char *path, *soon, *late;
} when[] = {
	{ "/proc/sys/vm/dirty_expire_centisecs", "20", "3000" },
	{ "/proc/sys/vm/dirty_writeback_centisecs", "10", "500" },
	{ "/proc/sys/vm/dirty_ratio", "20", "20" },
	{ "/proc/sys/vm/dirty_background_ratio", "10", "10" },
};

static int tell(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done = write(fd, value, strlen(value));

	close(fd);
	return done != (ssize_t)strlen(value);
}

static int tell_when(bool soon)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(when); i++)
		err |= tell(when[i].path, soon ? when[i].soon : when[i].late);
	return err;
}

FIXTURE(media_writeback)
{
	struct mounted m;
	size_t page;
	int fd;
	char *p;
};

static int file_at(int at, const char *name, size_t pages)
{
	int fd = openat(at, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return ftruncate(fd, (off_t)(pages * vt_page())) ? -1 : fd;
}

FIXTURE_SETUP(media_writeback)
{
	self->page = vt_page();
	ASSERT_EQ(NULL, mounted_begin(&self->m, "backing=media,writeback"));
	self->fd = file_at(self->m.at, "file", PAGES);
	ASSERT_LE(0, self->fd);
	self->p = mmap(NULL, PAGES * self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(media_writeback)
{
	const char *differs;

	EXPECT_EQ(0, tell_when(false));
	munmap(self->p, PAGES * self->page);
	close(self->fd);
	differs = mounted_end(&self->m);
	EXPECT_EQ(NULL, differs) {
		TH_LOG("%s", differs);
	}
}

static long unsynced(int fd)
{
	return vt_unsynced(fd, 0, 0, NULL);
}

/* Until a file has no dirty page any more, for some seconds; else how many there are. */
static long wait_until_clean(int fd)
{
	long n = unsynced(fd);

	for (int i = 0; n && i < 200; i++) {
		usleep(50000);
		n = unsynced(fd);
	}
	return n;
}

/* The first byte of a page after a power cut now, of which nothing else is kept. */
static int left(int fd, size_t page)
{
	int fork = vt_crash_fork(fd, VMADEV_KEEP_NONE, 0, NULL);
	char byte = '?';

	if (pread(fork, &byte, 1, (off_t)(page * vt_page())) != 1)
		byte = '!';
	close(fork);
	return byte;
}

TEST_F(media_writeback, kernel_writes_by_itself)
{
	ASSERT_EQ(0, tell_when(true));
	for (char byte = 'a'; byte <= 'c'; byte++) {
		ASSERT_EQ(0, vt_write(self->p + self->page, byte));
		EXPECT_EQ(0, wait_until_clean(self->fd));
		EXPECT_EQ(byte, left(self->fd, 1));
	}
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(0, wait_until_clean(self->fd));
	EXPECT_EQ('x', left(self->fd, 0));
	/* What is not there any more is not written. */
	ASSERT_EQ(0, vt_write(self->p + 2 * self->page, 'y'));
	ASSERT_EQ(0, ftruncate(self->fd, (off_t)self->page));
	EXPECT_EQ(0, wait_until_clean(self->fd));
	ASSERT_EQ(0, ftruncate(self->fd, (off_t)(PAGES * self->page)));
	EXPECT_EQ(0, left(self->fd, 2));
}

TEST_F(media_writeback, sync_and_syncfs_make_all_durable)
{
	struct vmadev_unsynced_name name = { .name = "" };
	int other = file_at(self->m.at, "other", PAGES);

	ASSERT_LE(0, other);
	ASSERT_EQ(1, pwrite(other, "o", 1, 0));
	ASSERT_EQ(0, vt_write(self->p, 's'));
	EXPECT_EQ(0, vt_next_name(self->m.at, &name));
	sync();
	EXPECT_EQ(0, unsynced(self->fd));
	EXPECT_EQ(0, unsynced(other));
	EXPECT_EQ('s', left(self->fd, 0));
	name.name[0] = '\0';
	EXPECT_NE(0, vt_next_name(self->m.at, &name));
	EXPECT_EQ(ENOENT, errno);

	ASSERT_EQ(0, unlinkat(self->m.at, "other", 0));
	ASSERT_EQ(0, vt_write(self->p, 't'));
	ASSERT_EQ(0, syncfs(other));
	EXPECT_EQ('t', left(self->fd, 0));
	close(other);
	ASSERT_EQ(0, vt_crash_revert(self->m.at, VMADEV_KEEP_NONE, 0, NULL, 0));
	EXPECT_EQ(0, faccessat(self->m.at, "file", R_OK, 0));
	EXPECT_NE(0, faccessat(self->m.at, "other", R_OK, 0));
}

TEST_F(media_writeback, range_is_written_alone_when_asked)
{
	ASSERT_EQ(0, vt_write(self->p, 'a'));
	ASSERT_EQ(0, vt_write(self->p + self->page, 'b'));
	ASSERT_EQ(0, sync_file_range(self->fd, (off_t)self->page, (off_t)self->page,
				     SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
	EXPECT_EQ(1, unsynced(self->fd));
	EXPECT_EQ(0, left(self->fd, 0));
	EXPECT_EQ('b', left(self->fd, 1));
}

TEST_F(media_writeback, crash_and_dirty_files_that_go_leave_nothing)
{
	int fd;

	ASSERT_EQ(0, tell_when(true));
	ASSERT_EQ(0, vt_write(self->p, 'a'));
	ASSERT_EQ(0, vt_crash_revert(self->fd, VMADEV_KEEP_ALL, 0, NULL, VMADEV_CRASH_SIGBUS));
	EXPECT_EQ(-SIGBUS, vt_read(self->p));
	for (int i = 0; i < 20; i++) {
		fd = file_at(self->m.at, "gone", PAGES);
		ASSERT_LE(0, fd);
		ASSERT_EQ(1, pwrite(fd, "g", 1, 0));
		ASSERT_EQ(0, unlinkat(self->m.at, "gone", 0));
		usleep((useconds_t)i * 2000);
		close(fd);
	}
}

#define FAST_BYTES	(16ul << 20)

static int store_all(int fd, char *p, size_t page)
{
	int err = 0;

	for (size_t i = 0; i < FAST_BYTES / page && !err; i++)
		err = p ? vt_write(p + i * page, 'p') :
			  pwrite(fd, "w", 1, (off_t)(i * page)) != 1;
	return err;
}

/* There may be so little dirty that the kernel begins to write, and lets nobody be faster. */
TEST_F(media_writeback, fast_writers_wait)
{
	const long pages = (long)(FAST_BYTES / self->page);
	int fd = file_at(self->m.at, "fast", (size_t)pages);
	char *p = mmap(NULL, FAST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), limit[32];

	ASSERT_NE(MAP_FAILED, p);
	snprintf(limit, sizeof(limit), "%lu", FAST_BYTES / 16);
	ASSERT_EQ(0, tell("/proc/sys/vm/dirty_writeback_centisecs", "0"));
	ASSERT_EQ(0, tell("/proc/sys/vm/dirty_background_bytes", limit));
	ASSERT_EQ(0, tell("/proc/sys/vm/dirty_bytes", limit));
	EXPECT_EQ(0, store_all(fd, NULL, self->page));
	EXPECT_GT(pages / 2, unsynced(fd));
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(0, store_all(fd, p, self->page));
	EXPECT_GT(pages / 2, unsynced(fd));
	munmap(p, FAST_BYTES);
	close(fd);
}

TEST_F(media_writeback, is_told_and_only_a_mount_that_asks_is_written_back)
{
	char line[256], options[128] = "";
	FILE *mounts = fopen("/proc/mounts", "re");
	int fd;

	ASSERT_NE(NULL, mounts);
	while (fgets(line, sizeof(line), mounts))
		if (strstr(line, self->m.dir))
			sscanf(line, "%*s %*s %*s %127s", options);
	fclose(mounts);
	EXPECT_NE(NULL, strstr(options, ",writeback"));
	munmap(self->p, PAGES * self->page);
	close(self->fd);

	ASSERT_EQ(0, mounted_anew(&self->m, 0, "backing=media"));
	fd = file_at(self->m.at, "file", PAGES);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, tell_when(true));
	ASSERT_EQ(1, pwrite(fd, "x", 1, 0));
	usleep(500000);
	sync();
	EXPECT_EQ(0, syncfs(fd));
	EXPECT_EQ(1, unsynced(fd));
	EXPECT_EQ(0, left(fd, 0));
	self->fd = fd;
	self->p = mmap(NULL, PAGES * self->page, PROT_READ, MAP_SHARED, fd, 0);
}

TEST_HARNESS_MAIN

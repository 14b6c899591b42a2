// SPDX-License-Identifier: GPL-2.0-or-later
/* VMADEV_CREATE_REOPEN: a descriptor of a region opened again, by its name in /proc. */
#include "vmadev_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NPAGES	4

FIXTURE(reopen)
{
	size_t page, bytes;
	int fd;
};

FIXTURE_VARIANT(reopen)
{
	__u32 backing;
};

FIXTURE_VARIANT_ADD(reopen, pages) { VMADEV_BACKING_PAGES };
FIXTURE_VARIANT_ADD(reopen, contig) { VMADEV_BACKING_CONTIG };
FIXTURE_VARIANT_ADD(reopen, shmem) { VMADEV_BACKING_SHMEM };
FIXTURE_VARIANT_ADD(reopen, media) { VMADEV_BACKING_MEDIA };

FIXTURE_SETUP(reopen)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	self->fd = vt_create_flags(variant->backing, 0, self->bytes, NULL, VMADEV_CREATE_REOPEN);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(reopen)
{
	close(self->fd);
}

/* A descriptor, or -errno */
static int again(int fd, int oflags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = open(path, oflags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

TEST_F(reopen, gives_the_same_region)
{
	char link[128], name[128] = "", path[32];
	struct vmadev_info info, first;
	struct stat one, other;
	int fd = again(self->fd, O_RDWR);
	char *p;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(self->fd, &one));
	ASSERT_EQ(0, fstat(fd, &other));
	EXPECT_EQ(one.st_ino, other.st_ino);
	EXPECT_EQ(one.st_dev, other.st_dev);
	ASSERT_EQ(0, vt_info(self->fd, &first));
	ASSERT_EQ(0, vt_info(fd, &info));
	EXPECT_EQ(first.region, info.region);
	EXPECT_EQ(first.strategy, info.strategy);
	snprintf(link, sizeof(link), "/vmadev:%s (deleted)", first.name);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASSERT_LT(0, readlink(path, name, sizeof(name) - 1));
	EXPECT_STREQ(link, name);

	p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	close(fd);
	p[self->page] = 7;
	ASSERT_EQ(1, pread(self->fd, p, 1, self->page));
	EXPECT_EQ(7, p[0]);
	munmap(p, self->bytes);
}

/* The last descriptor by which it was made is gone, what was opened by its name is not. */
TEST_F(reopen, keeps_the_region)
{
	char byte = 9;
	int fd = again(self->fd, O_RDWR), other;

	ASSERT_LE(0, fd);
	ASSERT_EQ(1, pwrite(self->fd, &byte, 1, self->page));
	ASSERT_EQ(0, dup2(open("/dev/null", O_RDONLY), self->fd) - self->fd);
	other = again(fd, O_RDONLY);
	ASSERT_LE(0, other);
	close(fd);
	byte = 0;
	EXPECT_EQ(1, pread(other, &byte, 1, self->page));
	EXPECT_EQ(9, byte);
	close(other);
}

static int access_of(int fd)
{
	return fcntl(fd, F_GETFL) & O_ACCMODE;
}

/*
 * Whatever may do less is asked for more, at each step from what could do all. Mode 3
 * is of who shall do nothing but ioctls.
 */
TEST_F(reopen, gives_no_more_access_than_there_was)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_ACCMODE };
	static const int bits[] = { 1, 2, 3, 0 };	/* read, write */

	for (int i = 0; i < 4; i++) {
		int fd = again(self->fd, modes[i]);

		ASSERT_LE(0, fd);
		EXPECT_EQ(modes[i], access_of(fd));
		for (int j = 0; j < 4; j++) {
			int other = again(fd, modes[j]);

			if (bits[j] & ~bits[i]) {
				EXPECT_EQ(-EACCES, other) {
					TH_LOG("%d of %d", modes[j], modes[i]);
				}
				continue;
			}
			ASSERT_LE(0, other) {
				TH_LOG("%d of %d", modes[j], modes[i]);
			}
			EXPECT_EQ(modes[j], access_of(other));
			close(other);
		}
		close(fd);
	}
}

TEST_F(reopen, of_a_reader_changes_nothing)
{
	int reader = vt_reopen(self->fd, VMADEV_ACCESS_READ, 0), fd;
	struct stat st;
	char byte = 1;

	ASSERT_LE(0, reader);
	EXPECT_EQ(-EACCES, again(reader, O_RDWR));
	EXPECT_EQ(-EACCES, again(reader, O_WRONLY));
	/* Linux truncates what it opens only to read, if the file's mode lets it. */
	EXPECT_EQ(-EACCES, again(reader, O_RDONLY | O_TRUNC));
	fd = again(reader, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, write(fd, &byte, 1));
	EXPECT_EQ(EBADF, errno);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ((off_t)self->bytes, st.st_size);
	close(fd);
	close(reader);
}

TEST_F(reopen, truncates_where_it_can)
{
	bool resizes = variant->backing != VMADEV_BACKING_CONTIG;
	int fd = again(self->fd, O_RDWR | O_TRUNC);
	struct stat st;

	EXPECT_EQ(resizes, fd >= 0);
	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ(resizes ? 0 : (off_t)self->bytes, st.st_size);
	if (fd >= 0)
		close(fd);
}

TEST_F(reopen, is_for_its_user)
{
	ASSERT_EQ(0, seteuid(1234));
	EXPECT_EQ(-EACCES, again(self->fd, O_RDONLY));
	ASSERT_EQ(0, seteuid(0));
}

/* Who has but its path has nothing of the region, which goes with its last descriptor. */
TEST_F(reopen, path_does_not_keep_the_region)
{
	int path = again(self->fd, O_PATH), fd;

	ASSERT_LE(0, path);
	fd = again(path, O_RDWR);
	ASSERT_LE(0, fd);
	close(fd);
	ASSERT_EQ(0, dup2(open("/dev/null", O_RDONLY), self->fd) - self->fd);
	EXPECT_EQ(-ENXIO, again(path, O_RDWR));
	close(path);
}

/* A descriptor can be opened, and executed it cannot be. */
TEST_F(reopen, does_not_execute)
{
	int fd = again(self->fd, O_RDONLY);
	char path[32];

	ASSERT_LE(0, fd);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0));
	EXPECT_EQ(EPERM, errno);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_EQ(-1, execl(path, path, NULL));
	EXPECT_EQ(EACCES, errno);
	close(fd);
}

TEST(without_the_flag_is_ENXIO)
{
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), NULL);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENXIO, again(fd, O_RDWR));
	close(fd);
}

TEST_HARNESS_MAIN

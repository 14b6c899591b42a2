// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * read, write, lseek, splice and sendfile: the same bytes as the mapping's,
 * and where a region ends.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#include "vmadev_test.h"

#define PAGES 8

FIXTURE(file) {
	int fd;
	ssize_t page, size;
	char *buf;
};

FIXTURE_VARIANT(file) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(file);

FIXTURE_SETUP(file)
{
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->size = PAGES * self->page;
	self->buf = malloc(self->size);
	ASSERT_NE(NULL, self->buf);
	vt_pattern(self->buf, self->size, 1);
	self->fd = vt_create(variant->backing, variant->strategy, self->size, "fileops");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(file)
{
	free(self->buf);
	close(self->fd);
}

TEST_F(file, read_and_write_move_the_position)
{
	EXPECT_EQ(100, write(self->fd, self->buf, 100));
	EXPECT_EQ(100, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(50, read(self->fd, self->buf, 50));
	EXPECT_EQ(150, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(50, pread(self->fd, self->buf, 50, 0));
	EXPECT_EQ(150, lseek(self->fd, 0, SEEK_CUR));
}

TEST_F(file, nothing_to_copy_is_no_error_even_at_the_end)
{
	EXPECT_EQ(0, pread(self->fd, self->buf, 0, 0));
	EXPECT_EQ(0, pwrite(self->fd, self->buf, 0, 0));
	EXPECT_EQ(0, pread(self->fd, self->buf, 0, self->size));
	EXPECT_EQ(0, pwrite(self->fd, self->buf, 0, self->size));
}

static bool is_now(time_t then)
{
	return then <= time(NULL) && then > time(NULL) - 60;
}

TEST_F(file, fstat_tells_who_made_it_and_when)
{
	struct stat st;

	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ((mode_t)(S_IFREG | 0600), st.st_mode);
	EXPECT_EQ(geteuid(), st.st_uid);
	EXPECT_EQ(getegid(), st.st_gid);
	EXPECT_TRUE(is_now(st.st_atime));
	EXPECT_TRUE(is_now(st.st_mtime));
	EXPECT_TRUE(is_now(st.st_ctime));
}

/* Longer than the clock of time stamps takes for a step. */
static void clock_step(void)
{
	usleep(50000);
}

static bool same_times(const struct stat *a, const struct stat *b)
{
	return !memcmp(&a->st_mtim, &b->st_mtim, sizeof(a->st_mtim)) &&
	       !memcmp(&a->st_ctim, &b->st_ctim, sizeof(a->st_ctim));
}

/* Not even for root, and also when the size is. */
TEST_F(file, owner_mode_and_times_cannot_be_set)
{
	struct timespec epoch[2] = {};
	struct stat before, after;

	ASSERT_EQ(0, fstat(self->fd, &before));
	clock_step();
	EXPECT_EQ(variant->backing == VMADEV_BACKING_CONTIG ? -1 : 0, ftruncate(self->fd, 0));
	EXPECT_EQ(-1, fchown(self->fd, before.st_uid + 1, before.st_gid));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, fchmod(self->fd, 0777));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, futimens(self->fd, epoch));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(0, fstat(self->fd, &after));
	EXPECT_EQ(before.st_uid, after.st_uid);
	EXPECT_EQ(before.st_mode, after.st_mode);
	EXPECT_TRUE(same_times(&before, &after));
}

/* A region keeps the time when it was made: no write stamps it, no fault either. */
TEST_F(file, times_stay_across_writes_and_write_faults)
{
	struct stat made, now;
	char *p;

	ASSERT_EQ(0, fstat(self->fd, &made));
	clock_step();
	EXPECT_EQ(self->page, pwrite(self->fd, self->buf, self->page, 0));
	p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, vt_write(p, 1));
	ASSERT_EQ(0, fstat(self->fd, &now));
	EXPECT_TRUE(same_times(&made, &now));
}

/*
 * The node's inode belongs to its file system. Before 7.0 the kernel stamps it at
 * the first write through each mapping by page; write(2) never does.
 */
TEST(times_of_the_node_stay_but_for_write_faults_of_page_on_old_kernels)
{
	const __u32 strategies[] = {
		VMADEV_STRATEGY_PAGE, VMADEV_STRATEGY_PFN, VMADEV_STRATEGY_INSERT,
	};

	for (size_t i = 0; i < ARRAY_SIZE(strategies); i++) {
		const bool stamped = strategies[i] == VMADEV_STRATEGY_PAGE &&
				     !vt_kernel_at_least(7, 0);
		struct stat before, written, faulted;
		int fd = vt_open(O_RDWR);
		char *p;

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, vt_set_strategy(fd, strategies[i]));
		ASSERT_EQ(0, fstat(fd, &before));
		clock_step();
		EXPECT_EQ(1, pwrite(fd, "", 1, 0));
		ASSERT_EQ(0, fstat(fd, &written));
		EXPECT_TRUE(same_times(&before, &written));
		p = mmap(NULL, vt_page(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ASSERT_NE(MAP_FAILED, p);
		EXPECT_EQ(0, vt_write(p, 0));
		ASSERT_EQ(0, fstat(fd, &faulted));
		EXPECT_EQ(!stamped, same_times(&written, &faulted)) {
			TH_LOG("strategy %u", strategies[i]);
		}
		close(fd);
	}
}

struct limited {
	int fd;
	ssize_t page, size;
	const char *buf;
};

/* Writes below, across and above a limit of one page. */
static int write_limited(void *arg)
{
	const struct limited *l = arg;
	const struct rlimit one = { l->page, l->page };

	if (setrlimit(RLIMIT_FSIZE, &one))
		return 1;
	if (pwrite(l->fd, l->buf, l->size, 0) != l->size)
		return 2;
	if (pwrite(l->fd, l->buf, l->page, l->size / 2) != l->page)
		return 3;
	if (pwrite(l->fd, l->buf, 7, l->size - 7) != 7)
		return 4;
	/* The end is the region's own, and no signal tells of it. */
	if (pwrite(l->fd, l->buf, 7, l->size) != -1 || errno != ENOSPC)
		return 5;
	return 0;
}

/* No write makes a region grow: how large files may grow is no matter. */
TEST_F(file, write_is_not_bound_by_rlimit_fsize)
{
	struct limited l = { self->fd, self->page, self->size, self->buf };

	EXPECT_EQ(0, vt_in_child(write_limited, &l));
}

TEST_F(file, lseek_set_cur_end)
{
	EXPECT_EQ(7, lseek(self->fd, 7, SEEK_SET));
	EXPECT_EQ(12, lseek(self->fd, 5, SEEK_CUR));
	EXPECT_EQ(self->size, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(self->size - 3, lseek(self->fd, -3, SEEK_END));
	EXPECT_EQ(-1, lseek(self->fd, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(self->size - 3, lseek(self->fd, 0, SEEK_CUR));
}

/* As on any file: the position is there, what would be read is not. */
TEST_F(file, lseek_goes_past_the_end)
{
	const off_t beyond[] = {
		self->size, self->size + 1, self->size + self->page, (off_t)1 << 40,
	};

	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
		off_t past = beyond[i] - self->size;

		EXPECT_EQ(beyond[i], lseek(self->fd, beyond[i], SEEK_SET));
		EXPECT_EQ(beyond[i], lseek(self->fd, 0, SEEK_CUR));
		EXPECT_EQ(0, read(self->fd, self->buf, 1));
		EXPECT_EQ(-1, write(self->fd, self->buf, 1));
		EXPECT_EQ(ENOSPC, errno);
		EXPECT_EQ(beyond[i], lseek(self->fd, past, SEEK_END));
		EXPECT_EQ(beyond[i] + 1, lseek(self->fd, 1, SEEK_CUR));
	}
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_SET));
}

/* All that was written to is data; the hole is at the end. */
TEST_F(file, lseek_data_hole)
{
	ASSERT_EQ(self->size, pwrite(self->fd, self->buf, self->size, 0));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_DATA));
	EXPECT_EQ(self->page + 5, lseek(self->fd, self->page + 5, SEEK_DATA));
	EXPECT_EQ(self->size - 1, lseek(self->fd, self->size - 1, SEEK_DATA));
	EXPECT_EQ(self->size, lseek(self->fd, 0, SEEK_HOLE));
	EXPECT_EQ(self->size, lseek(self->fd, self->size - 1, SEEK_HOLE));
	EXPECT_EQ(-1, lseek(self->fd, self->size, SEEK_DATA));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(-1, lseek(self->fd, self->size, SEEK_HOLE));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(-1, lseek(self->fd, self->size + 1, SEEK_DATA));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(-1, lseek(self->fd, 0, SEEK_HOLE + 1));
	EXPECT_EQ(EINVAL, errno);
}

/*
 *	region  ------------------|
 *	read            [10 bytes | 90 that are not there]
 */
TEST_F(file, read_is_short_across_the_end_and_0_at_it)
{
	EXPECT_EQ(10, pread(self->fd, self->buf, 100, self->size - 10));
	EXPECT_EQ(0, pread(self->fd, self->buf, 100, self->size));
	EXPECT_EQ(0, pread(self->fd, self->buf, 100, self->size + self->page));
	EXPECT_EQ(0, pread(self->fd, self->buf, 100, (off_t)1 << 40));

	EXPECT_EQ(self->size - 10, lseek(self->fd, -10, SEEK_END));
	EXPECT_EQ(10, read(self->fd, self->buf, 100));
	EXPECT_EQ(self->size, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(0, read(self->fd, self->buf, 100));
}

TEST_F(file, write_is_short_across_the_end_and_enospc_past_it)
{
	struct stat st;

	EXPECT_EQ(10, pwrite(self->fd, self->buf, 100, self->size - 10));
	EXPECT_EQ(-1, pwrite(self->fd, self->buf, 1, self->size));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(-1, pwrite(self->fd, self->buf, 1, self->size + self->page));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(-1, pwrite(self->fd, self->buf, 1, (off_t)1 << 40));
	EXPECT_EQ(ENOSPC, errno);

	EXPECT_EQ(self->size - 10, lseek(self->fd, -10, SEEK_END));
	EXPECT_EQ(10, write(self->fd, self->buf, 100));
	EXPECT_EQ(-1, write(self->fd, self->buf, 100));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(self->size, lseek(self->fd, 0, SEEK_CUR));

	/* Nothing of it made the region longer. */
	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ(self->size, st.st_size);
	EXPECT_EQ(self->size, lseek(self->fd, 0, SEEK_END));
}

TEST_F(file, writev_is_short_across_the_end)
{
	struct iovec iov[] = { { self->buf, 6 }, { self->buf, 6 } };

	EXPECT_EQ(10, pwritev(self->fd, iov, 2, self->size - 10));
	EXPECT_EQ(10, preadv(self->fd, iov, 2, self->size - 10));
}

TEST_F(file, splice_ends_where_the_region_ends)
{
	off_t off = self->size - 10;
	int p[2];

	ASSERT_EQ(0, pipe(p));
	EXPECT_EQ(10, splice(self->fd, &off, p[1], NULL, 100, 0));
	EXPECT_EQ(self->size, off);
	EXPECT_EQ(0, splice(self->fd, &off, p[1], NULL, 100, 0));
	EXPECT_EQ(10, read(p[0], self->buf, 100));

	ASSERT_EQ(100, write(p[1], self->buf, 100));
	off = self->size - 10;
	EXPECT_EQ(10, splice(p[0], NULL, self->fd, &off, 100, 0));
	off = self->size;
	EXPECT_EQ(-1, splice(p[0], NULL, self->fd, &off, 90, 0));
	EXPECT_EQ(ENOSPC, errno);
}

/* As if it were not there: neither the end nor the start is special. */
TEST_F(file, o_append_changes_nothing)
{
	char byte = 0x42;

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_APPEND));
	ASSERT_EQ(O_APPEND, fcntl(self->fd, F_GETFL) & O_APPEND);
	EXPECT_EQ(1, pwrite(self->fd, &byte, 1, 5));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(1, write(self->fd, &byte, 1));
	EXPECT_EQ(1, lseek(self->fd, 0, SEEK_CUR));

	memset(self->buf, 0, 6);
	EXPECT_EQ(6, pread(self->fd, self->buf, 6, 0));
	if (variant->backing != VMADEV_BACKING_NONE) {
		EXPECT_EQ(0x42, self->buf[0]);
		EXPECT_EQ(0x42, self->buf[5]);
	}
}

TEST_F(file, bad_buffer_is_efault)
{
	void *hole = mmap(NULL, self->page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, hole);
	EXPECT_EQ(-1, pread(self->fd, hole, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	/* /dev/zero's way: what vanishes is not looked at. */
	if (variant->backing != VMADEV_BACKING_NONE) {
		EXPECT_EQ(-1, pwrite(self->fd, hole, 1, 0));
		EXPECT_EQ(EFAULT, errno);
	}
}

TEST(none_reads_zeros_and_writes_vanish)
{
	char buf[64];
	int fd;

	fd = vt_create(VMADEV_BACKING_NONE, 0, vt_page(), NULL);
	ASSERT_LE(0, fd);
	memset(buf, 0x5a, sizeof(buf));
	EXPECT_EQ(sizeof(buf), (size_t)pwrite(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(sizeof(buf), (size_t)pread(fd, buf, sizeof(buf), 0));
	EXPECT_TRUE(vt_is_zero(buf, sizeof(buf)));
}

TEST_HARNESS_MAIN

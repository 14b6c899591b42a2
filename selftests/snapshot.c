// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SNAPSHOT: a region with the bytes that another had at one moment. What writers do at that
 * moment is in race_snapshot.c.
 */
#include "dirty.h"

#include <sys/resource.h>
#include <sys/uio.h>

static void fill(const fixture *f, unsigned int seed)
{
	for (int i = 0; i < NPAGES; i++)
		vt_pattern(at(f, i), f->page, seed + i);
}

/* It has what fill() made, but for page @but. */
static bool is_filled(const fixture *f, int fd, unsigned int seed, int but)
{
	char bytes[f->page];

	for (int i = 0; i < NPAGES; i++)
		if (pread(fd, bytes, f->page, i * f->page) != (ssize_t)f->page ||
		    (i != but && !vt_is_pattern(bytes, f->page, seed + i)))
			return false;
	return true;
}

TEST_F(dirty, snapshot_is_a_region_of_its_own_with_the_same_bytes)
{
	struct vmadev_snapshot snapshot = { .name = "then" };
	struct vmadev_info info, copy;
	int fd;
	char *p;

	fill(self, 1);
	fd = vt_snapshot(self->fd, &snapshot);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, snapshot.pinned);
	EXPECT_TRUE(is_filled(self, fd, 1, -1));
	ASSERT_EQ(0, vt_info(self->fd, &info));
	ASSERT_EQ(0, vt_info(fd, &copy));
	EXPECT_STREQ("then", copy.name);
	EXPECT_NE(info.region, copy.region);
	EXPECT_EQ(info.backing, copy.backing);
	EXPECT_EQ(info.bytes, copy.bytes);
	EXPECT_EQ(info.strategy, copy.strategy);
	EXPECT_EQ(0, copy.abilities & (VMADEV_CAN_DIRTY | VMADEV_CAN_SEAL));

	/* Neither is seen in the other from now on. */
	p = mmap(NULL, self->bytes, RW, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	fill(self, 1000);
	EXPECT_TRUE(is_filled(self, fd, 1, -1));
	memset(p, 7, self->bytes);
	EXPECT_TRUE(is_filled(self, self->fd, 1000, -1));
	munmap(p, self->bytes);
	close(fd);
}

TEST_F(dirty, snapshot_is_made_as_its_flags_say)
{
	struct vmadev_snapshot snapshot = {
		.flags = VMADEV_CREATE_LOG_DIRTY | VMADEV_CREATE_ALLOW_SEALING,
	};
	struct vmadev_info info;
	int fd = vt_snapshot(self->fd, &snapshot);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &info));
	EXPECT_EQ(VMADEV_CAN_DIRTY | VMADEV_CAN_SEAL,
		  info.abilities & (VMADEV_CAN_DIRTY | VMADEV_CAN_SEAL));
	EXPECT_EQ(0, vt_dirty_get(fd, 0, 0, 0, 0, NULL));
	EXPECT_EQ(0, vt_add_seals(fd, VMADEV_SEAL_WRITE));
	EXPECT_EQ(0, vt_get_seals(self->fd));
	close(fd);
}

/* What is dirty stays so, what is clean too, and the next store is seen. */
TEST_F(dirty, snapshot_leaves_the_log_as_it_is)
{
	struct vmadev_snapshot snapshot = {};
	struct set some = {};

	fill(self, 1);
	vt_dirty_get(self->fd, 0, 0, 0, 0, NULL);
	*at(self, 7) = 1;
	ASSERT_EQ(1, pwrite(self->fd, "", 1, 70 * self->page));
	set_add(&some, 7);
	set_add(&some, 70);
	close(vt_snapshot(self->fd, &snapshot));
	EXPECT_TRUE(taken(self, &some));
	close(vt_snapshot(self->fd, &snapshot));
	EXPECT_TRUE(none_taken(self));
	*at(self, 8) = 1;
	EXPECT_TRUE(one_taken(self, 8));
}

/* Where nobody writes, nobody waits for a page to be copied. */
TEST_F(dirty, nothing_is_copied_while_writers_wait_if_there_are_none)
{
	struct vmadev_snapshot snapshot = { .stopped_pages = 9, .pinned = 9 };

	fill(self, 1);
	close(vt_snapshot(self->fd, &snapshot));
	EXPECT_EQ(0, snapshot.stopped_pages);
	EXPECT_LT(0, snapshot.stopped_ns);
	EXPECT_EQ(0, snapshot.pinned);
}

TEST_F(dirty, what_is_pinned_is_told)
{
	struct iovec page = { at(self, 9), self->page };
	struct vmadev_snapshot snapshot = {};
	int ends[2], fd;

	fill(self, 1);
	ASSERT_EQ(0, pipe(ends));
	/* What is no page nobody can pin. */
	ASSERT_EQ(self->pages ? (ssize_t)self->page : -1, vmsplice(ends[1], &page, 1, 0));
	fd = vt_snapshot(self->fd, &snapshot);
	ASSERT_LE(0, fd);
	EXPECT_EQ(self->pages, snapshot.pinned);
	EXPECT_TRUE(is_filled(self, fd, 1, -1));
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

/* contig keeps the memory of a hole, and all of it is data. */
TEST_F(dirty, hole_is_zeros_there_and_still_one_here)
{
	const off_t hole = (variant->backing == VMADEV_BACKING_PAGES ? 5 : NPAGES) * self->page;
	struct vmadev_snapshot snapshot = {};
	char byte = 1;
	int fd;

	fill(self, 1);
	ASSERT_EQ(0, fallocate(self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			       5 * self->page, self->page));
	fd = vt_snapshot(self->fd, &snapshot);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(is_filled(self, fd, 1, 5));
	EXPECT_EQ(1, pread(fd, &byte, 1, 5 * self->page));
	EXPECT_EQ(0, byte);
	EXPECT_EQ(hole, lseek(self->fd, 0, SEEK_HOLE));
	close(fd);
}

TEST_F(dirty, snapshot_outlives_what_it_was_of)
{
	struct vmadev_snapshot snapshot = {};
	int fd;

	fill(self, 1);
	fd = vt_snapshot(self->fd, &snapshot);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_revoke(self->fd, 0, NULL));
	EXPECT_EQ(-1, vt_snapshot(self->fd, &snapshot));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_TRUE(is_filled(self, fd, 1, -1));
	close(fd);
}

TEST_F(dirty, snapshot_is_refused_and_nothing_is_changed)
{
	struct vmadev_snapshot snapshot = {};
	int plain = vt_create(variant->backing, variant->strategy, self->bytes, "plain");
	int reader = vt_reopen(self->fd, VMADEV_ACCESS_READ, 0);
	struct rlimit limit, none;

	ASSERT_LE(0, plain);
	EXPECT_EQ(-1, vt_snapshot(plain, &snapshot));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, vt_snapshot(reader, &snapshot));
	EXPECT_EQ(EBADF, errno);
	memset(snapshot.name, 'n', sizeof(snapshot.name));
	EXPECT_EQ(-1, vt_snapshot(self->fd, &snapshot));
	EXPECT_EQ(EINVAL, errno);
	strcpy(snapshot.name, "a b");
	EXPECT_EQ(-1, vt_snapshot(self->fd, &snapshot));
	EXPECT_EQ(EINVAL, errno);
	snapshot = (struct vmadev_snapshot){ .strategy = VMADEV_STRATEGY_CACHE };
	EXPECT_EQ(-1, vt_snapshot(self->fd, &snapshot));
	EXPECT_EQ(EOPNOTSUPP, errno);
	/* No number is left for it. */
	*at(self, 3) = 1;
	snapshot.strategy = 0;
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-1, vt_snapshot(self->fd, &snapshot));
	EXPECT_EQ(EMFILE, errno);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_TRUE(one_taken(self, 3));
	close(reader);
	close(plain);
}

TEST_HARNESS_MAIN

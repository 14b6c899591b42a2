// SPDX-License-Identifier: GPL-2.0-or-later
/* The cap on all regions together (max_bytes). */
#include "vmadev_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

static int create(int dev, __u64 bytes)
{
	struct vmadev_create c = { .bytes = bytes, .backing = VMADEV_BACKING_SHMEM };

	return vt_create_raw(dev, &c);
}

FIXTURE(cap)
{
	int dev;
	__u64 room;
};

FIXTURE_SETUP(cap)
{
	self->dev = vt_open(O_RDWR);
	ASSERT_LE(0, self->dev);
	self->room = vt_room(self->dev);
	ASSERT_LT(16ull << 20, self->room);
}

FIXTURE_TEARDOWN(cap)
{
	close(self->dev);
}

TEST_F(cap, more_than_fits_is_ENOSPC)
{
	EXPECT_EQ(-1, create(self->dev, self->room + vt_page()));
	EXPECT_EQ(ENOSPC, errno);
}

TEST_F(cap, counts_every_backing_that_has_bytes)
{
	static const __u32 backings[] = {
		VMADEV_BACKING_PAGES, VMADEV_BACKING_CONTIG, VMADEV_BACKING_SHMEM,
		VMADEV_BACKING_MEDIA,
	};

	for (size_t i = 0; i < ARRAY_SIZE(backings); i++) {
		int copies = backings[i] == VMADEV_BACKING_MEDIA ? 2 : 1;
		int fd = vt_create(backings[i], 0, 1 << 20, NULL);

		ASSERT_LE(0, fd);
		EXPECT_EQ(self->room - (copies << 20), vt_room(self->dev));
		close(fd);
		EXPECT_EQ(self->room, vt_room(self->dev));
	}
}

TEST_F(cap, leaves_none_alone)
{
	int fd = vt_create(VMADEV_BACKING_NONE, 0, 1 << 20, NULL);

	ASSERT_LE(0, fd);
	EXPECT_EQ(self->room, vt_room(self->dev));
	close(fd);
}

TEST_F(cap, is_given_back_when_the_last_mapping_goes)
{
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, 1 << 20, NULL);
	void *p;

	ASSERT_LE(0, fd);
	p = mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	close(fd);
	EXPECT_EQ(self->room - (1 << 20), vt_room(self->dev));
	munmap(p, vt_page());
	EXPECT_EQ(self->room, vt_room(self->dev));
}

TEST_F(cap, refused_create_takes_nothing)
{
	struct vmadev_create bad = {
		.bytes = 1 << 20,
		.backing = VMADEV_BACKING_PAGES,
		.strategy = VMADEV_STRATEGY_CACHE,
	};

	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(-1, vt_create_raw(self->dev, &bad));
		ASSERT_EQ(EOPNOTSUPP, errno);
		ASSERT_EQ(-1, create(self->dev, self->room + vt_page()));
	}
	EXPECT_EQ(self->room, vt_room(self->dev));
}

TEST_F(cap, ids_are_never_used_twice)
{
	__u64 last = 0;

	for (int i = 0; i < 100; i++) {
		struct vmadev_info info;
		int fd = create(self->dev, vt_page());

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, vt_info(fd, &info));
		EXPECT_LT(last, info.region);
		last = info.region;
		close(fd);
	}
}

TEST_HARNESS_MAIN

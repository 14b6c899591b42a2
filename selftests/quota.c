// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one user may have of regions: max_user_bytes, and what of it cannot be swapped
 * against RLIMIT_MEMLOCK, which the module is told to (memlock). See params.txt.
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "user.h"
#include "vmadev_test.h"

#define SHARE	0x100000	/* max_user_bytes */
#define LOCKED	(SHARE / 2)	/* as RLIMIT_MEMLOCK */

FIXTURE(quota)
{
	int dev;
	__u64 page, most;	/* a region that is all of a user's share */
};

FIXTURE_VARIANT(quota)
{
	__u32 backing;
	unsigned int copies;
	bool locked, resizes;
};

FIXTURE_VARIANT_ADD(quota, pages)
{
	.backing = VMADEV_BACKING_PAGES, .copies = 1, .locked = true, .resizes = true,
};

FIXTURE_VARIANT_ADD(quota, contig)
{
	.backing = VMADEV_BACKING_CONTIG, .copies = 1, .locked = true,
};

FIXTURE_VARIANT_ADD(quota, shmem)
{
	.backing = VMADEV_BACKING_SHMEM, .copies = 1, .resizes = true,
};

FIXTURE_VARIANT_ADD(quota, media)
{
	.backing = VMADEV_BACKING_MEDIA, .copies = 2, .locked = true, .resizes = true,
};

typedef FIXTURE_DATA(quota) fixture;

/* Whom a region counts for that is made now; root may come back. */
static int act_as(uid_t user)
{
	return setresuid(0, 0, 0) || setresuid(user, user, 0);
}

FIXTURE_SETUP(quota)
{
	self->dev = vt_open(O_RDWR);
	ASSERT_LE(0, self->dev);
	self->page = vt_page();
	self->most = SHARE / variant->copies;
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ 4 * SHARE, 4 * SHARE }));
	ASSERT_EQ(0, act_as(ALICE));
}

FIXTURE_TEARDOWN(quota)
{
	EXPECT_EQ(0, act_as(0));
	close(self->dev);
}

/* A descriptor, or -errno. */
static int make(const fixture *self, __u32 backing, __u64 bytes)
{
	struct vmadev_create c = { .bytes = bytes, .backing = backing };
	int fd = vt_create_raw(self->dev, &c);

	return fd < 0 ? -errno : fd;
}

#define MAKE(bytes)	make(self, variant->backing, bytes)

TEST_F(quota, to_the_last_byte_and_no_further)
{
	for (int turn = 0; turn < 3; turn++) {
		int fd = MAKE(self->most), again;

		ASSERT_LE(0, fd);
		EXPECT_EQ(-EDQUOT, MAKE(self->page));
		again = make(self, VMADEV_BACKING_NONE, SHARE);
		EXPECT_LE(0, again);	/* takes none */
		close(again);
		close(fd);
	}
	EXPECT_EQ(-EDQUOT, MAKE(self->most + self->page));
}

TEST_F(quota, a_region_counts_for_who_made_it_wherever_it_is)
{
	int fd = MAKE(self->most), other;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, act_as(BOB));
	other = MAKE(self->most);
	ASSERT_LE(0, other);
	EXPECT_EQ(-EDQUOT, MAKE(self->page));
	close(other);
	ASSERT_EQ(0, act_as(ALICE));
	EXPECT_EQ(-EDQUOT, MAKE(self->page));
	ASSERT_EQ(0, act_as(BOB));
	close(fd);
	ASSERT_EQ(0, act_as(ALICE));
	EXPECT_LE(0, MAKE(self->most));
}

/* As of quotas of disks. */
TEST_F(quota, who_may_do_without_limits_has_none)
{
	int first, second;

	ASSERT_EQ(0, act_as(0));
	first = MAKE(self->most);
	second = MAKE(self->most);
	EXPECT_LE(0, first);
	EXPECT_LE(0, second);
	close(first);
	close(second);
}

TEST_F(quota, what_is_added_counts_and_what_is_cut_off_does_no_more)
{
	int fd, other;

	if (!variant->resizes)
		return;
	fd = MAKE(self->most / 2);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, ftruncate(fd, self->most + self->page));
	EXPECT_EQ(EDQUOT, errno);
	EXPECT_EQ((off_t)self->most / 2, lseek(fd, 0, SEEK_END));
	ASSERT_EQ(0, ftruncate(fd, self->most));
	EXPECT_EQ(-EDQUOT, MAKE(self->page));
	ASSERT_EQ(0, ftruncate(fd, self->page));
	other = MAKE(self->most - self->page);
	EXPECT_LE(0, other);
	EXPECT_EQ(-EDQUOT, MAKE(self->page));
}

TEST_F(quota, what_is_revoked_counts_no_more_until_it_is_restored)
{
	int fd = MAKE(self->most), other;

	ASSERT_LE(0, fd);
	if (vt_revoke(fd, 0, NULL)) {
		EXPECT_EQ(EOPNOTSUPP, errno);
		return;
	}
	other = MAKE(self->page);
	ASSERT_LE(0, other);
	EXPECT_EQ(-1, vt_restore(fd));
	EXPECT_EQ(EDQUOT, errno);
	close(other);
	EXPECT_EQ(0, vt_restore(fd));
	EXPECT_EQ(-EDQUOT, MAKE(self->page));
}

/* In a process of its own: all of a user's count together. */
static int makes_another(void *arg)
{
	const struct vmadev_create *what = arg;
	struct vmadev_create c = *what;
	int dev = vt_open(O_RDWR);

	return vt_create_raw(dev, &c) < 0 ? errno : 0;
}

TEST_F(quota, what_cannot_be_swapped_counts_as_locked)
{
	struct vmadev_create one = { .bytes = self->page, .backing = variant->backing };
	struct rlimit limit = { LOCKED, LOCKED };
	const int err = variant->locked ? ENOMEM : 0;
	const __u64 all = LOCKED / variant->copies;
	int fd;

	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	for (int turn = 0; turn < 3; turn++) {
		fd = MAKE(all);
		ASSERT_LE(0, fd);
		EXPECT_EQ(err, vt_in_child(makes_another, &one));
		if (variant->resizes) {
			EXPECT_EQ(err ? -1 : 0, ftruncate(fd, all + self->page));
			EXPECT_EQ(0, ftruncate(fd, all));
		}
		close(fd);
	}
	/* What is refused for this has taken nothing of the other. */
	EXPECT_EQ(err, vt_in_child(makes_another, &(struct vmadev_create){
		.bytes = all + self->page, .backing = variant->backing }));
	EXPECT_LE(0, make(self, VMADEV_BACKING_SHMEM, SHARE));
}

TEST_F(quota, root_locks_as_much_as_it_wants)
{
	int fd;

	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ 0, 0 }));
	fd = MAKE(self->page);
	EXPECT_EQ(variant->locked, fd == -ENOMEM);
	ASSERT_EQ(0, act_as(0));
	close(fd);
	fd = MAKE(self->most);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST_HARNESS_MAIN

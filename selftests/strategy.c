// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which strategy goes with which backing, and that a handle's strategy is
 * chosen before its first mmap and never after.
 */
#include "vmadev_test.h"
#include "mode.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define BIT_OF(strategy)	VMADEV_STRATEGY_BIT(VMADEV_STRATEGY_##strategy)
#define FIRST_STRATEGY		VMADEV_STRATEGY_REMAP
#define LAST_STRATEGY		VMADEV_STRATEGY_FILEMAP

FIXTURE(backing)
{
	struct vmadev_info info;
	int fd;
};

FIXTURE_VARIANT(backing)
{
	__u32 backing;
	__u32 strategy;		/* the default */
	__u32 shared;
	__u32 private;
};

FIXTURE_VARIANT_ADD(backing, pages)
{
	.backing = VMADEV_BACKING_PAGES,
	.strategy = VMADEV_STRATEGY_PAGE,
	.shared = BIT_OF(PFN) | BIT_OF(PAGE) | BIT_OF(INSERT),
	.private = BIT_OF(PAGE) | BIT_OF(INSERT),
};

FIXTURE_VARIANT_ADD(backing, contig)
{
	.backing = VMADEV_BACKING_CONTIG,
	.strategy = VMADEV_STRATEGY_PAGE,
	.shared = BIT_OF(REMAP) | BIT_OF(PFN) | BIT_OF(PAGE) | BIT_OF(INSERT) | BIT_OF(HUGE),
	.private = BIT_OF(PAGE) | BIT_OF(INSERT),
};

FIXTURE_VARIANT_ADD(backing, shmem)
{
	.backing = VMADEV_BACKING_SHMEM,
	.strategy = VMADEV_STRATEGY_CACHE,
	.shared = BIT_OF(CACHE),
	.private = BIT_OF(CACHE),
};

FIXTURE_VARIANT_ADD(backing, none)
{
	.backing = VMADEV_BACKING_NONE,
	.strategy = VMADEV_STRATEGY_ANON,
	.shared = BIT_OF(ANON),
	.private = BIT_OF(ANON),
};

FIXTURE_VARIANT_ADD(backing, media)
{
	.backing = VMADEV_BACKING_MEDIA,
	.strategy = VMADEV_STRATEGY_FILEMAP,
	.shared = BIT_OF(FILEMAP),
	.private = BIT_OF(FILEMAP),
};

FIXTURE_SETUP(backing)
{
	self->fd = vt_create(variant->backing, 0, 16 * vt_page(), "strategy");
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vt_info(self->fd, &self->info));
}

FIXTURE_TEARDOWN(backing)
{
	close(self->fd);
}

/* 0 or -errno; the descriptor is closed. */
static int outcome(int fd)
{
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

TEST_F(backing, info_says_what_this_is)
{
	struct stat st;

	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ(sizeof(self->info), self->info.size);
	EXPECT_EQ(variant->strategy, self->info.strategy);
	EXPECT_EQ((__u64)st.st_ino, self->info.region);
	EXPECT_EQ(16 * vt_page(), self->info.bytes);
	EXPECT_EQ(variant->backing, self->info.backing);
	EXPECT_EQ(vt_page(), self->info.page_size);
	EXPECT_STREQ("strategy", self->info.name);
}

TEST_F(backing, info_tells_the_run_length_of_contig_alone)
{
	if (variant->backing != VMADEV_BACKING_CONTIG) {
		EXPECT_EQ(0u, self->info.run_bytes);
		return;
	}
	EXPECT_LE(vt_page(), self->info.run_bytes);
	EXPECT_GE(self->info.bytes, self->info.run_bytes);
	EXPECT_EQ(0u, self->info.run_bytes % vt_page());
}

/* A huge entry wants as many pages, aligned, and these may lie across two of its size. */
TEST_F(backing, info_tells_what_one_entry_maps)
{
	size_t entry = vt_huge_bytes();
	struct vmadev_info info;
	int fd;

	EXPECT_EQ(variant->backing != VMADEV_BACKING_NONE, self->info.orders);
	if (!entry)
		return;
	fd = vt_create(variant->backing, 0, 2 * entry, "orders");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &info));
	close(fd);
	EXPECT_EQ(self->info.orders, info.orders & 1);
	if (variant->backing != VMADEV_BACKING_CONTIG || !vt_has_huge()) {
		EXPECT_EQ(self->info.orders, info.orders);
	} else if (info.run_bytes == info.bytes) {
		EXPECT_EQ(1 | entry / vt_page(), info.orders);
	}
}

TEST_F(backing, info_knows_all_strategies_and_serves_those_of_the_backing)
{
	__u32 shared = variant->shared;

	/* One run is asked for on kernels that cannot map several. */
	if (self->info.run_bytes < self->info.bytes)
		shared &= self->info.strategies_shared | ~BIT_OF(REMAP);
	if (!vt_has_huge())
		shared &= ~BIT_OF(HUGE);
	EXPECT_EQ(0x1feu, self->info.strategies_known);
	EXPECT_EQ(shared, self->info.strategies_shared);
	EXPECT_EQ(variant->private, self->info.strategies_private);
}

TEST_F(backing, every_way_to_choose_agrees_with_info)
{
	for (__u32 s = FIRST_STRATEGY; s <= LAST_STRATEGY; s++) {
		bool served = self->info.strategies_shared & VMADEV_STRATEGY_BIT(s);
		int expected = served ? 0 : -EOPNOTSUPP;
		int fd = vt_reopen(self->fd, 0, 0);

		ASSERT_LE(0, fd);
		EXPECT_EQ(expected, vt_set_strategy(fd, s) ? -errno : 0);
		close(fd);
		EXPECT_EQ(expected, outcome(vt_reopen(self->fd, 0, s)));
		EXPECT_EQ(expected, outcome(vt_create(variant->backing, s, 16 * vt_page(), NULL)));
	}
}

TEST_F(backing, served_strategies_map_shared_and_private_as_info_says)
{
	for (__u32 s = FIRST_STRATEGY; s <= LAST_STRATEGY; s++) {
		for (int private = 0; private < 2; private++) {
			int fd = vt_reopen(self->fd, 0, s);
			int expected = 0;
			void *p;

			if (fd < 0)
				continue;
			if (vt_serves(fd, s, private) != 1)
				expected = EINVAL;
			p = mmap(NULL, 16 * vt_page(), PROT_READ | PROT_WRITE,
				 private ? MAP_PRIVATE : MAP_SHARED, fd, 0);
			EXPECT_EQ(expected, p == MAP_FAILED ? errno : 0) {
				TH_LOG("strategy %u, %s", s, private ? "private" : "shared");
			}
			if (p != MAP_FAILED) {
				EXPECT_EQ(0, vt_write(p + 15 * vt_page(), 7));
				EXPECT_EQ(7, vt_read(p + 15 * vt_page()));
				EXPECT_EQ(0, munmap(p, 16 * vt_page()));
			}
			close(fd);
		}
	}
}

TEST_F(backing, zero_chooses_the_default)
{
	for (__u32 s = FIRST_STRATEGY; s <= LAST_STRATEGY; s++) {
		if (!(self->info.strategies_shared & VMADEV_STRATEGY_BIT(s)))
			continue;
		EXPECT_EQ(0, vt_set_strategy(self->fd, s));
		EXPECT_EQ(0, vt_info(self->fd, &self->info));
		EXPECT_EQ(s, self->info.strategy);
		EXPECT_EQ(0, vt_set_strategy(self->fd, 0));
		EXPECT_EQ(0, vt_info(self->fd, &self->info));
		EXPECT_EQ(variant->strategy, self->info.strategy);
	}
}

TEST(default_region_is_pages_and_page)
{
	int fd = vt_open(O_RDWR);
	struct vmadev_info info;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &info));
	EXPECT_EQ((__u32)VMADEV_BACKING_PAGES, info.backing);
	EXPECT_EQ((__u32)VMADEV_STRATEGY_PAGE, info.strategy);
	EXPECT_EQ(16u << 20, info.bytes);
	EXPECT_EQ(BIT_OF(PFN) | BIT_OF(PAGE) | BIT_OF(INSERT), info.strategies_shared);
	EXPECT_EQ(BIT_OF(PAGE) | BIT_OF(INSERT), info.strategies_private);
	close(fd);
}

FIXTURE(choice)
{
	size_t bytes;
	int fd;
};

FIXTURE_VARIANT(choice)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(choice);

FIXTURE_SETUP(choice)
{
	self->bytes = 16 * vt_page();
	CREATE_MODE(self->bytes, NULL);
}

FIXTURE_TEARDOWN(choice)
{
	close(self->fd);
}

TEST_F(choice, is_free_until_the_first_mmap)
{
	EXPECT_EQ(0, vt_set_strategy(self->fd, 0));
	EXPECT_EQ(0, vt_set_strategy(self->fd, variant->strategy));
	EXPECT_EQ(0, vt_set_strategy(self->fd, variant->strategy));
}

/* Fixed for good: the mapping may be gone, the value may be the same. */
TEST_F(choice, is_fixed_by_the_first_mmap)
{
	struct vmadev_info info;
	int twin = dup(self->fd);
	void *p = mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(-1, vt_set_strategy(self->fd, variant->strategy));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, vt_set_strategy(self->fd, 0));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, vt_set_strategy(twin, variant->strategy));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_EQ(0, munmap(p, vt_page()));
	EXPECT_EQ(-1, vt_set_strategy(self->fd, variant->strategy));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_EQ(0, vt_info(self->fd, &info));
	EXPECT_EQ(variant->strategy, info.strategy);
	close(twin);
}

TEST_F(choice, of_another_handle_is_not_fixed)
{
	int other = vt_reopen(self->fd, 0, variant->strategy);
	void *p = mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, self->fd, 0);

	ASSERT_LE(0, other);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, vt_set_strategy(other, 0));
	munmap(p, vt_page());
	close(other);
}

TEST_F(choice, is_not_fixed_by_a_refused_mmap)
{
	size_t page = vt_page();

	EXPECT_EQ(MAP_FAILED, mmap(NULL, page, PROT_READ, MAP_SHARED, self->fd, self->bytes));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->bytes + page, PROT_READ, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EPERM, errno);
	if (!variant->private_ok) {
		EXPECT_EQ(MAP_FAILED, mmap(NULL, page, PROT_READ, MAP_PRIVATE, self->fd, 0));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(0, vt_set_strategy(self->fd, 0));
	EXPECT_EQ(0, vt_set_strategy(self->fd, variant->strategy));
}

TEST_F(choice, is_not_fixed_by_reading_and_writing)
{
	char c = 1;

	EXPECT_EQ(1, pwrite(self->fd, &c, 1, 0));
	EXPECT_EQ(1, pread(self->fd, &c, 1, 0));
	EXPECT_EQ(0, vt_set_strategy(self->fd, variant->strategy));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions of all sizes: the memory of each is its own, up to the last byte. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmadev_test.h"

FIXTURE(sizes) {
	ssize_t page;
};

FIXTURE_VARIANT(sizes) {
	__u32 backing;
};

FIXTURE_VARIANT_ADD(sizes, pages) { VMADEV_BACKING_PAGES };
FIXTURE_VARIANT_ADD(sizes, contig) { VMADEV_BACKING_CONTIG };
FIXTURE_VARIANT_ADD(sizes, shmem) { VMADEV_BACKING_SHMEM };
FIXTURE_VARIANT_ADD(sizes, none) { VMADEV_BACKING_NONE };
FIXTURE_VARIANT_ADD(sizes, media) { VMADEV_BACKING_MEDIA };

FIXTURE_SETUP(sizes)
{
	self->page = vt_page();
}

FIXTURE_TEARDOWN(sizes)
{
}

/* The first and the last word of a page. */
static __u32 *word(char *map, ssize_t page, int i, bool last)
{
	return (__u32 *)(map + i * page + (last ? page - sizeof(__u32) : 0));
}

static __u32 told(__u32 region, int i, bool last)
{
	return region << 16 | i << 1 | last;
}

static void mark(char *map, ssize_t page, int pages, __u32 region)
{
	for (int i = 0; i < 2 * pages; i++)
		*word(map, page, i / 2, i % 2) = told(region, i / 2, i % 2);
}

static int count_wrong(char *map, ssize_t page, int pages, __u32 region)
{
	int wrong = 0;

	for (int i = 0; i < 2 * pages; i++)
		wrong += *word(map, page, i / 2, i % 2) != told(region, i / 2, i % 2);
	return wrong;
}

/*
 * Sizes that are no power of two, and more than the kernel's largest block: contig
 * puts together what it gets of those, and gives back what is over.
 */
TEST_F(sizes, memory_is_the_regions_own)
{
	static const int sizes[] = { 1, 2, 3, 5, 6, 7, 9, 15, 17, 33, 96, 129, 513, 1100 };
	char *map[ARRAY_SIZE(sizes)];
	int fd[ARRAY_SIZE(sizes)];
	struct vmadev_info info;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		__u64 bytes = sizes[i] * self->page;

		fd[i] = vt_create(variant->backing, 0, bytes, NULL);
		ASSERT_LE(0, fd[i]);
		map[i] = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd[i], 0);
		ASSERT_NE(MAP_FAILED, map[i]);
		EXPECT_TRUE(vt_is_zero(map[i], bytes));
		mark(map[i], self->page, sizes[i], i + 1);
		ASSERT_EQ(0, vt_info(fd[i], &info));
		EXPECT_EQ(bytes, info.bytes);
		if (variant->backing == VMADEV_BACKING_CONTIG) {
			EXPECT_LE((__u64)self->page, info.run_bytes);
			EXPECT_GE(bytes, info.run_bytes);
			/* So little there is in one piece. */
			if (sizes[i] <= 33)
				EXPECT_EQ(bytes, info.run_bytes);
		} else {
			EXPECT_EQ(0u, info.run_bytes);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		EXPECT_EQ(0, count_wrong(map[i], self->page, sizes[i], i + 1)) {
			TH_LOG("%d pages", sizes[i]);
		}
		EXPECT_EQ(0, munmap(map[i], sizes[i] * self->page));
		close(fd[i]);
	}
}

#define PIECE	((size_t)2 << 20)
#define PIECES	8

/* What is free afterwards is, first of all, @left pieces that lie apart from each other. */
static void scatter_pieces(struct __test_metadata *_metadata, int *left)
{
	int fd[2 * PIECES];

	for (size_t i = 0; i < ARRAY_SIZE(fd); i++) {
		fd[i] = vt_create(VMADEV_BACKING_CONTIG, 0, PIECE, NULL);
		ASSERT_LE(0, fd[i]);
	}
	for (size_t i = 0; i < PIECES; i++) {
		left[i] = fd[2 * i];
		close(fd[2 * i + 1]);
	}
}

/* Each strategy maps one piece after the other, wherever they are. */
TEST(pieces_that_lie_apart_are_mapped_as_one)
{
	const size_t bytes = PIECES * PIECE, page = vt_page();
	int left[PIECES], fd, own;
	struct vmadev_info info;
	char *map;

	scatter_pieces(_metadata, left);
	fd = vt_create(VMADEV_BACKING_CONTIG, 0, bytes, NULL);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &info));
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	mark(map, page, bytes / page, 1);
	for (__u32 strategy = 1; strategy < 32; strategy++) {
		if (!(info.strategies_shared & VMADEV_STRATEGY_BIT(strategy)))
			continue;
		own = vt_reopen(fd, O_RDWR, strategy);
		ASSERT_LE(0, own);
		map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, own, 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(0, count_wrong(map, page, bytes / page, 1)) {
			TH_LOG("strategy %u, runs of %llu bytes", strategy,
			       (unsigned long long)info.run_bytes);
		}
		EXPECT_EQ(0, munmap(map, bytes));
		close(own);
	}
	close(fd);
	for (size_t i = 0; i < PIECES; i++)
		close(left[i]);
}

TEST_HARNESS_MAIN

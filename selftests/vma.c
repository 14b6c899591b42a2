// SPDX-License-Identifier: GPL-2.0-or-later
/* VMAs under munmap, mprotect and neighbours: counts, ranges and bytes */
#include "mapping.h"

/*
 *	0       8
 *	|AAAAAAA|
 */
TEST_F(mapping, mmap_makes_one_vma_of_the_asked_range)
{
	struct vt_vma v;
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, vt_vma_at(map, &v));
	EXPECT_EQ((unsigned long)map, v.start);
	EXPECT_EQ((unsigned long)map + self->bytes, v.end);
	EXPECT_EQ(0ul, v.offset);
	EXPECT_STREQ(is_shared(variant) ? "rw-s" : "rw-p", v.perms);
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	EXPECT_TRUE(counts_vmas(self, 1));
	ASSERT_EQ(0, munmap(map, self->bytes));
	EXPECT_EQ(0, vt_vmas_in(map, self->bytes));
	EXPECT_TRUE(counts_vmas(self, 0));
}

/*
 *	0       8
 *	|AAAAAAA|
 *	 |AAAAAA|	munmap of page 0
 */
TEST_F(mapping, munmap_of_the_first_page_leaves_the_rest)
{
	struct vt_vma v;
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, munmap(map, self->page));
	EXPECT_EQ(-SIGSEGV, vt_read(map));
	ASSERT_EQ(0, vt_vma_at(map + self->page, &v));
	EXPECT_EQ((unsigned long)map + self->page, v.start);
	EXPECT_EQ((unsigned long)map + self->bytes, v.end);
	if (!is_anon(variant)) {
		EXPECT_EQ(self->page, v.offset);
	}
	EXPECT_TRUE(pages_are_filled(self, map + self->page, 1, NPAGES));
	EXPECT_TRUE(counts_vmas(self, 1));
}

/*
 *	0       8
 *	|AAAAAAA|
 *	|AAA| AA|	munmap of page 4
 */
TEST_F(mapping, munmap_of_a_middle_page_splits)
{
	struct vt_vma low, high;
	char *map = map_filled(self, variant);
	char *hole = map + 4 * self->page, *rest = hole + self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, munmap(hole, self->page));
	EXPECT_EQ(-SIGSEGV, vt_read(hole));
	EXPECT_EQ(2, vt_vmas_in(map, self->bytes));
	ASSERT_EQ(0, vt_vma_at(map, &low));
	ASSERT_EQ(0, vt_vma_at(rest, &high));
	EXPECT_EQ((unsigned long)hole, low.end);
	EXPECT_EQ((unsigned long)rest, high.start);
	EXPECT_TRUE(pages_are_filled(self, map, 0, 4));
	EXPECT_TRUE(pages_are_filled(self, rest, 5, NPAGES));
	EXPECT_TRUE(counts_vmas(self, 2));
}

/*
 *	0       8
 *	|AAAAAAA|
 *	|AAAAAA|	munmap of page 7
 */
TEST_F(mapping, munmap_of_the_last_page_leaves_the_rest)
{
	struct vt_vma v;
	char *map = map_filled(self, variant);
	char *last = map + 7 * self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, munmap(last, self->page));
	EXPECT_EQ(-SIGSEGV, vt_read(last));
	ASSERT_EQ(0, vt_vma_at(map, &v));
	EXPECT_EQ((unsigned long)last, v.end);
	EXPECT_TRUE(pages_are_filled(self, map, 0, 7));
	EXPECT_TRUE(counts_vmas(self, 1));
}

/*
 *	0       8
 *	|AAAAAAA|	rw
 *	|AA|rr|A|	mprotect of pages 3, 4 to read-only
 *	|AAAAAAA|	and back: one VMA again, unless special
 */
TEST_F(mapping, mprotect_splits_and_back_merges_unless_special)
{
	struct vt_vma v;
	char *map = map_filled(self, variant);
	char *middle = map + 3 * self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mprotect(middle, 2 * self->page, PROT_READ));
	EXPECT_EQ(3, vt_vmas_in(map, self->bytes));
	EXPECT_TRUE(counts_vmas(self, 3));
	ASSERT_EQ(0, vt_vma_at(middle, &v));
	EXPECT_EQ((unsigned long)middle, v.start);
	EXPECT_EQ((unsigned long)middle + 2 * self->page, v.end);
	EXPECT_EQ(-SIGSEGV, vt_write(middle, 0));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));

	ASSERT_EQ(0, mprotect(middle, 2 * self->page, PROT_READ | PROT_WRITE));
	EXPECT_EQ(is_special(variant) ? 3 : 1, vt_vmas_in(map, self->bytes));
	EXPECT_TRUE(counts_vmas(self, is_special(variant) ? 3 : 1));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	EXPECT_EQ(0, vt_write(middle, 0));
}

/*
 *	|AAAAAAA| rw  ->  |nnnnnnn| none  ->  |rrrrrrr| r  ->  |AAAAAAA| rw
 */
TEST_F(mapping, mprotect_round_trip_keeps_the_bytes)
{
	char *map = map_filled(self, variant);
	char *other = map + self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mprotect(map, self->bytes, PROT_NONE));
	EXPECT_EQ(-SIGSEGV, vt_read(map));
	EXPECT_EQ(-SIGSEGV, vt_write(other, 0));
	ASSERT_EQ(0, mprotect(map, self->bytes, PROT_READ));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	EXPECT_EQ(-SIGSEGV, vt_write(map, 0));
	EXPECT_EQ(-SIGSEGV, vt_write(other, 0));
	ASSERT_EQ(0, mprotect(map, self->bytes, PROT_READ | PROT_WRITE));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	EXPECT_EQ(0, vt_write(map, 7));
	EXPECT_EQ(7, vt_read(map));
	EXPECT_EQ(1, vt_vmas_in(map, self->bytes));
	EXPECT_TRUE(counts_vmas(self, 1));
}

/*
 *	0   4   8
 *	|nnnnnnn|	PROT_NONE at mmap
 *	|AAAAAAA|	mprotect: the eager strategies too show the region
 */
TEST_F(mapping, mmap_without_access_shows_the_region_after_mprotect)
{
	char *map = mmap(NULL, self->bytes, PROT_NONE, variant->flags, self->fd, 0);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-SIGSEGV, vt_read(map));
	ASSERT_EQ(0, mprotect(map, self->bytes, PROT_READ | PROT_WRITE));
	ASSERT_EQ(0, fill(self, variant, map));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
}

/*
 * Its VMA is of the region's tmpfs file, whichever handle made it: whether two
 * such neighbours merge is the kernel's affair, and 6.1 does it.
 */
static bool is_kernels_own(const mapping_kind *k)
{
	return k->strategy == VMADEV_STRATEGY_CACHE || (is_anon(k) && !is_shared(k));
}

/*
 *	0   4   8
 *	|AAA|		the region's pages 0 to 3
 *	    |AAA|	pages 4 to 7, by a second mmap, right behind
 *
 * Special VMAs never merge, nor do two objects of shared anon.
 */
TEST_F(mapping, neighbours_of_one_handle_merge_unless_special)
{
	const bool merge = class_of(variant) == PLAIN;
	const size_t half = self->bytes / 2;
	char *map = map_region(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, munmap(map, self->bytes));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(map + i * half,
			  mmap(map + i * half, half, PROT_READ | PROT_WRITE,
			       variant->flags | MAP_FIXED_NOREPLACE, self->fd, i * half));
	}
	if (!is_kernels_own(variant)) {
		EXPECT_EQ(merge ? 1 : 2, vt_vmas_in(map, self->bytes));
		EXPECT_TRUE(counts_vmas(self, merge ? 1 : 2));
	}
	ASSERT_EQ(0, fill(self, variant, map));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	ASSERT_EQ(0, munmap(map + self->page, self->bytes - 2 * self->page));
	EXPECT_TRUE(pages_are_filled(self, map, 0, 1));
	EXPECT_TRUE(pages_are_filled(self, map + 7 * self->page, 7, NPAGES));
	EXPECT_TRUE(counts_vmas(self, 2));
}

/*
 *	0   4   8
 *	|AAA|		the region's pages 0 to 3, one handle
 *	    |BBB|	pages 4 to 7, another handle of the region
 *
 * For every strategy that the region serves, its own included.
 */
TEST_F(mapping, neighbours_of_two_handles_never_merge)
{
	const size_t half = self->bytes / 2;
	mapping_kind other = *variant;
	char *map = map_filled(self, variant);
	char *high = map + half;
	int served = 0, fd;

	ASSERT_NE(MAP_FAILED, map);
	for (__u32 s = VMADEV_STRATEGY_REMAP; s <= VMADEV_STRATEGY_FILEMAP; s++) {
		if (vt_serves(self->fd, s, !is_shared(variant)) != 1)
			continue;
		served++;
		other.strategy = s;
		fd = vt_reopen(self->fd, 0, s);
		ASSERT_GE(fd, 0);
		ASSERT_EQ(high, mmap(high, half, PROT_READ | PROT_WRITE, variant->flags | MAP_FIXED,
				     fd, half));
		if (!is_kernels_own(variant)) {
			EXPECT_EQ(2, vt_vmas_in(map, self->bytes));
		}
		EXPECT_EQ(is_pfnmap(variant), vt_has_flag(map, "pf"));
		EXPECT_EQ(is_pfnmap(&other), vt_has_flag(high, "pf"));
		EXPECT_EQ(variant->strategy == VMADEV_STRATEGY_INSERT, vt_has_flag(map, "mm"));
		EXPECT_EQ(s == VMADEV_STRATEGY_INSERT, vt_has_flag(high, "mm"));
		if (!is_anon(variant)) {
			EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
		}
		ASSERT_EQ(0, vt_write(high + self->page, s));
		EXPECT_EQ((int)s, vt_read(high + self->page));
		ASSERT_EQ(0, fill(self, variant, map));
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
		EXPECT_TRUE(counts_vmas(self, 1));
		close(fd);
	}
	EXPECT_GE(served, 1);
}

TEST_HARNESS_MAIN

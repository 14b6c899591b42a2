// SPDX-License-Identifier: GPL-2.0-or-later
/* VMAs under mremap: shrink, grow, move, DONTUNMAP */
#include "mapping.h"

/* A place where @len bytes are free. */
static char *free_range(size_t len)
{
	char *at = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at != MAP_FAILED)
		munmap(at, len);
	return at;
}

/* Four pages of the region with nothing behind them, so that they can grow. */
static char *map_half(const mapping *m, const mapping_kind *k)
{
	char *map = map_filled(m, k);

	if (map != MAP_FAILED && munmap(map, m->bytes))
		return MAP_FAILED;
	return mmap(map, m->bytes / 2, PROT_READ | PROT_WRITE, k->flags | MAP_FIXED, m->fd, 0);
}

/*
 *	0       8
 *	|AAAAAAA|
 *	|AAA|		mremap to 4 pages
 */
TEST_F(mapping, shrink_gives_the_tail_back)
{
	const size_t half = self->bytes / 2;
	struct vt_vma v;
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(map, mremap(map, self->bytes, half, 0));
	EXPECT_EQ(0, vt_vmas_in(map + half, half));
	EXPECT_EQ(-SIGSEGV, vt_read(map + half));
	ASSERT_EQ(0, vt_vma_at(map, &v));
	EXPECT_EQ((unsigned long)map + half, v.end);
	EXPECT_TRUE(pages_are_filled(self, map, 0, 4));
	EXPECT_TRUE(counts_vmas(self, 1));
}

/*
 *	0   4   8
 *	|AAA|
 *	|AAAAAAA|	mremap to 8 pages: EFAULT if special
 */
TEST_F(mapping, grow_shows_more_of_the_region_unless_special)
{
	const int refusal = answer_of(variant, "mremap-grow");
	const size_t half = self->bytes / 2;
	char *map = map_half(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	if (refusal > 0) {
		EXPECT_EQ(MAP_FAILED, mremap(map, half, self->bytes, 0));
		EXPECT_EQ(refusal, errno);
		EXPECT_EQ(MAP_FAILED, mremap(map, half, self->bytes, MREMAP_MAYMOVE));
		EXPECT_EQ(refusal, errno);
		EXPECT_EQ(0, vt_vmas_in(map + half, half));
	} else {
		ASSERT_EQ(map, mremap(map, half, self->bytes, 0));
		EXPECT_EQ(1, vt_vmas_in(map, self->bytes));
		if (!is_anon(variant)) {
			EXPECT_TRUE(pages_are_filled(self, map + half, 4, NPAGES));
		} else if (is_shared(variant)) {	/* its object keeps its size */
			EXPECT_EQ(-SIGBUS, vt_read(map + half));
		} else {
			EXPECT_TRUE(vt_is_zero(map + half, half));
		}
	}
	if (!is_anon(variant)) {
		EXPECT_TRUE(pages_are_filled(self, map, 0, 4));
	}
	EXPECT_TRUE(counts_vmas(self, 1));
}

/*
 *	0       8
 *	|AAAAAAA|
 *	|AAAAAAABBBBBBB|	mremap to 16 pages: B is past the end
 */
TEST_F(mapping, grow_past_the_end_is_sigbus_at_the_touch)
{
	const int refusal = answer_of(variant, "mremap-grow");
	char *map = map_filled(self, variant);
	char *grown;

	ASSERT_NE(MAP_FAILED, map);
	grown = mremap(map, self->bytes, 2 * self->bytes, MREMAP_MAYMOVE);
	if (refusal > 0) {
		EXPECT_EQ(MAP_FAILED, grown);
		EXPECT_EQ(refusal, errno);
		return;
	}
	ASSERT_NE(MAP_FAILED, grown);
	EXPECT_TRUE(pages_are_filled(self, grown, 0, NPAGES));
	for (int i = NPAGES; i < 2 * NPAGES; i++) {
		char *past = grown + i * self->page;

		if (is_anon(variant) && !is_shared(variant)) {
			EXPECT_TRUE(vt_is_zero(past, self->page));
		} else {
			EXPECT_EQ(-SIGBUS, vt_read(past));
			EXPECT_EQ(-SIGBUS, vt_write(past, 1));
		}
	}
	EXPECT_TRUE(counts_vmas(self, 1));
}

/*
 *	|AAAAAAA|	  .......
 *	 .......	 |AAAAAAA|	MREMAP_FIXED
 */
TEST_F(mapping, move_takes_all_bytes_along)
{
	char *map = map_filled(self, variant);
	char *to = free_range(self->bytes);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, to);
	ASSERT_EQ(to, mremap(map, self->bytes, self->bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(0, vt_vmas_in(map, self->bytes));
	EXPECT_EQ(-SIGSEGV, vt_read(map));
	EXPECT_EQ(1, vt_vmas_in(to, self->bytes));
	EXPECT_TRUE(pages_are_filled(self, to, 0, NPAGES));
	EXPECT_TRUE(counts_vmas(self, 1));
	EXPECT_EQ(0, vt_write(to, 9));
	EXPECT_EQ(9, vt_read(to));
	ASSERT_EQ(0, munmap(to, self->bytes));
	EXPECT_TRUE(counts_vmas(self, 0));
}

/*
 *	|AAAAAAA|	 .
 *	|AAA AAA|	|A|	page 3 elsewhere
 */
TEST_F(mapping, move_of_a_middle_page_makes_three_vmas)
{
	struct vt_vma v;
	char *map = map_filled(self, variant);
	char *to = free_range(self->page);
	char *from = map + 3 * self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, to);
	ASSERT_EQ(to, mremap(from, self->page, self->page, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(-SIGSEGV, vt_read(from));
	EXPECT_EQ(2, vt_vmas_in(map, self->bytes));
	ASSERT_EQ(0, vt_vma_at(to, &v));
	EXPECT_EQ((unsigned long)to, v.start);
	EXPECT_EQ((unsigned long)to + self->page, v.end);
	EXPECT_TRUE(pages_are_filled(self, map, 0, 3));
	EXPECT_TRUE(pages_are_filled(self, to, 3, 4));
	EXPECT_TRUE(pages_are_filled(self, from + self->page, 4, NPAGES));
	EXPECT_TRUE(counts_vmas(self, 3));
}

/*
 *	|AAAAAAA|
 *	|BBBBBBB|	|AAAAAAA|	the old range stays, without its pages
 *
 * At the old range the region shows again, as after a fresh mmap: copies and
 * anonymous memory have moved away.
 */
TEST_F(mapping, dontunmap_leaves_a_fresh_mapping_behind_unless_special)
{
	const int refusal = answer_of(variant, "mremap-dontunmap");
	char *map = map_filled(self, variant);
	char *moved;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, vt_write(map + self->page, 99));
	moved = mremap(map, self->bytes, self->bytes, MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
		       NULL);
	if (refusal > 0) {
		EXPECT_EQ(MAP_FAILED, moved);
		EXPECT_EQ(refusal, errno);
		EXPECT_EQ(99, vt_read(map + self->page));
		EXPECT_TRUE(counts_vmas(self, 1));
		return;
	}
	ASSERT_NE(MAP_FAILED, moved);
	EXPECT_TRUE(pages_are_filled(self, moved, 0, 1));
	EXPECT_EQ(99, vt_read(moved + self->page));
	EXPECT_TRUE(pages_are_filled(self, moved + 2 * self->page, 2, NPAGES));
	EXPECT_EQ(1, vt_vmas_in(map, self->bytes));
	if (is_shared(variant)) {
		EXPECT_EQ(99, vt_read(map + self->page));
	} else if (is_anon(variant)) {
		EXPECT_TRUE(vt_is_zero(map, self->bytes));
	} else {
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	}
	EXPECT_TRUE(counts_vmas(self, 2));
}

TEST_HARNESS_MAIN

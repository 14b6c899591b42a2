// SPDX-License-Identifier: GPL-2.0-or-later
/* Populate, mlock, mincore: what is mapped and what stays, as smaps says it */
#include "mapping.h"

/* Pages of the mapping that the kernel counts as resident. */
static long resident(const mapping *m, const char *map)
{
	return vt_smaps_kb(map, "Rss") * 1024 / (long)m->page;
}

static long locked(const mapping *m, const char *map)
{
	return vt_smaps_kb(map, "Locked") * 1024 / (long)m->page;
}

/* Page-table entries made, by the module's own count. */
static long pages_made(const mapping *m)
{
	struct vmadev_stats s;

	return vt_stats(m->fd, VMADEV_SCOPE_HANDLE, &s) ? -1 : (long)s.pages;
}

/* Map with more @flags what fill_region() wrote. */
static char *map_with(const mapping *m, const mapping_kind *k, int flags)
{
	if (fill_region(m))
		return MAP_FAILED;
	return mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, k->flags | flags, m->fd, 0);
}

static bool shows_the_region(const mapping *m, const mapping_kind *k, const char *map)
{
	return is_anon(k) ? vt_is_zero(map, m->bytes) : pages_are_filled(m, map, 0, NPAGES);
}

/*
 *	|.......|	mmap: nothing is there, but what the eager ones made
 *
 * Pages without struct page are in no one's Rss; the module counts them.
 */
TEST_F(mapping, mmap_alone_maps_pages_of_the_eager_strategies)
{
	const bool insert = variant->strategy == VMADEV_STRATEGY_INSERT;
	const bool remap = variant->strategy == VMADEV_STRATEGY_REMAP;
	char *map = map_region(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(insert ? NPAGES : 0, resident(self, map));
	EXPECT_EQ(insert || remap ? NPAGES : 0, pages_made(self));
}

/*
 *	|AAAAAAA|	MAP_POPULATE: all but pfn and huge, which have nothing to pin
 */
TEST_F(mapping, populate_maps_all_pages_unless_pfnmap)
{
	char *map = map_with(self, variant, MAP_POPULATE);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(is_pfnmap(variant) ? 0 : NPAGES, resident(self, map));
	if (vt_maps_window(variant->strategy)) {
		EXPECT_EQ(0, pages_made(self));
	}
	/* One fault a page, or one for the whole folio. */
	if (variant->strategy == VMADEV_STRATEGY_PAGE && pages_made(self) != NPAGES) {
		EXPECT_TRUE(VT_MAPS_FOLIOS(variant->backing));
		EXPECT_EQ(1, pages_made(self));
	}
	EXPECT_TRUE(shows_the_region(self, variant, map));
}

/*
 *	|AAAAAAA|
 *	|A|LLL|A|	mlock of pages 2 to 5, munlock
 */
TEST_F(mapping, mlock_holds_pages_unless_special)
{
	const bool locks = answer_of(variant, "mlock") == WORKS;
	const bool may_drop = !locks && !is_pfnmap(variant);
	char *map = map_filled(self, variant);
	char *some = map + 2 * self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mlock(some, 4 * self->page));
	EXPECT_EQ(locks, vt_has_flag(some, "lo"));
	EXPECT_FALSE(vt_has_flag(map, "lo"));
	EXPECT_EQ(locks ? 4 : 0, locked(self, some));
	EXPECT_EQ(locks ? 3 : 1, vt_vmas_in(map, self->bytes));
	EXPECT_EQ(may_drop ? 0 : -1, madvise(some, 4 * self->page, MADV_DONTNEED));
	ASSERT_EQ(0, munlock(some, 4 * self->page));
	EXPECT_FALSE(vt_has_flag(some, "lo"));
	EXPECT_EQ(0, locked(self, some));
	EXPECT_EQ(1, vt_vmas_in(map, self->bytes));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
}

/*
 *	|LLLLLLL|	MAP_LOCKED
 */
TEST_F(mapping, map_locked_holds_all_pages_unless_special)
{
	const bool locks = answer_of(variant, "mlock") == WORKS;
	char *map = map_with(self, variant, MAP_LOCKED);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(locks, vt_has_flag(map, "lo"));
	EXPECT_EQ(locks ? NPAGES : 0, locked(self, map));
	EXPECT_EQ(is_pfnmap(variant) ? 0 : NPAGES, resident(self, map));
	EXPECT_TRUE(shows_the_region(self, variant, map));
}

/*
 *	|AAAAAAA|			mmap
 *	|LLLLLLL|			mlockall(MCL_CURRENT)
 *	|LLLLLLL|	|LLLLLLL|	mlockall(MCL_FUTURE), mmap
 */
TEST_F(mapping, mlockall_holds_present_and_future_mappings_unless_special)
{
	const bool locks = answer_of(variant, "mlock") == WORKS;
	const long held = locks ? NPAGES : 0;
	char *map = map_filled(self, variant), *next;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
	EXPECT_EQ(locks, vt_has_flag(map, "lo"));
	EXPECT_EQ(held, locked(self, map));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));

	ASSERT_EQ(0, mlockall(MCL_FUTURE));
	next = map_region(self, variant);
	ASSERT_NE(MAP_FAILED, next);
	EXPECT_EQ(locks, vt_has_flag(next, "lo"));
	EXPECT_EQ(is_pfnmap(variant) ? 0 : NPAGES, resident(self, next));

	ASSERT_EQ(0, munlockall());
	EXPECT_FALSE(vt_has_flag(map, "lo"));
	EXPECT_FALSE(vt_has_flag(next, "lo"));
	EXPECT_EQ(0, locked(self, map));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
}

/* mincore looks into a PFN mapping since it walks one VMA: 7.3 does, 6.12 not. */
static bool in_core(const mapping_kind *k)
{
	return !is_pfnmap(k) || vt_kernel_at_least(7, 0);
}

/*
 *	|AAAAAAA|	all touched
 *	 11111111	mincore
 */
TEST_F(mapping, mincore_sees_touched_pages)
{
	unsigned char core[NPAGES];
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	ASSERT_EQ(0, mincore(map, self->bytes, core));
	for (int i = 0; i < NPAGES; i++) {
		EXPECT_EQ(in_core(variant), core[i] & 1);
	}
}

/*
 *	|.......|	nothing touched, nothing written
 *	 00000000	mincore: only the eager strategies' pages are there
 */
TEST_F(mapping, mincore_of_an_untouched_mapping_sees_what_mmap_made)
{
	const bool eager = variant->strategy == VMADEV_STRATEGY_INSERT ||
			   variant->strategy == VMADEV_STRATEGY_REMAP;
	unsigned char core[NPAGES];
	char *map = map_region(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mincore(map, self->bytes, core));
	for (int i = 0; i < NPAGES; i++) {
		EXPECT_EQ(eager && in_core(variant), core[i] & 1);
	}
}

TEST_HARNESS_MAIN

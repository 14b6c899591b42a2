// SPDX-License-Identifier: GPL-2.0-or-later
/* What /proc/PID/pagemap tells of each mapping: entries, soft-dirty, PAGEMAP_SCAN */
#include "mapping.h"
#include "lib/newer.h"

/* Is @page of map_filled() the region's, not a copy or anonymous memory? */
static bool is_file_page(const mapping_kind *k, int page)
{
	return is_shared(k) || (!is_anon(k) && page % 2 == 0);
}

/*
 *	|AAAAAAA|	all touched
 *	 fafafaf	private: file pages and copies; pfnmap: nothing at all
 */
TEST_F(mapping, pagemap_shows_present_and_file_pages_unless_pfnmap)
{
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	for (int i = 0; i < NPAGES; i++) {
		__u64 entry = vt_pagemap(map + i * self->page);

		if (is_pfnmap(variant)) {
			EXPECT_EQ(0ull, entry & ~PAGEMAP_SOFT_DIRTY);
		} else {
			EXPECT_EQ(PAGEMAP_PRESENT, entry & PAGEMAP_PRESENT);
			EXPECT_EQ(is_file_page(variant, i), !!(entry & PAGEMAP_FILE));
		}
	}
	ASSERT_EQ(0, munmap(map, self->bytes));
	for (int i = 0; i < NPAGES; i++) {
		EXPECT_EQ(0ull, vt_pagemap(map + i * self->page));
	}
}

static bool clear_soft_dirty(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	bool cleared = fd >= 0 && write(fd, "4", 1) == 1;

	close(fd);
	return cleared;
}

/* Does a write to a variable show? */
static bool has_soft_dirty(void)
{
	static volatile char c;

	if (!clear_soft_dirty())
		return false;
	c = 1;
	return vt_pagemap((const void *)&c) & PAGEMAP_SOFT_DIRTY;
}

/*
 *	|AAAAAAA|	clear_refs
 *	|AAAdAAA|	page 3 written, page 4 read
 */
TEST_F(mapping, soft_dirty_follows_writes_unless_pfnmap)
{
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	if (!has_soft_dirty())
		SKIP(return, "this kernel has no soft-dirty bit");
	ASSERT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	ASSERT_TRUE(clear_soft_dirty());
	EXPECT_EQ(0, vt_write(map + 3 * self->page, 3));
	EXPECT_GE(vt_read(map + 4 * self->page), 0);
	for (int i = 0; i < NPAGES; i++) {
		EXPECT_EQ(i == 3 && answer_of(variant, "soft-dirty") == WORKS,
			  !!(vt_pagemap(map + i * self->page) & PAGEMAP_SOFT_DIRTY)) {
			TH_LOG("page %d", i);
		}
	}
	EXPECT_EQ(3, vt_read(map + 3 * self->page));
}

/*
 *	|AAAAAAA|	all touched: one run of present pages, or as many as
 *	 fafafaf	the kind of page changes; pfnmap: none
 */
TEST_F(mapping, pagemap_scan_finds_present_pages_unless_pfnmap)
{
	struct page_region runs[NPAGES];
	char *map = map_filled(self, variant);
	struct pm_scan_arg scan = {
		.size = sizeof(scan),
		.start = (uintptr_t)map,
		.end = (uintptr_t)map + self->bytes,
		.vec = (uintptr_t)runs,
		.vec_len = NPAGES,
		.category_mask = PAGE_IS_PRESENT,
		.return_mask = PAGE_IS_PRESENT | PAGE_IS_FILE,
	};
	int fd, n, present = 0;

	ASSERT_NE(MAP_FAILED, map);
	if (!vt_kernel_at_least(6, 7))
		SKIP(return, "no PAGEMAP_SCAN before Linux 6.7");
	ASSERT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	n = ioctl(fd, PAGEMAP_SCAN, &scan);
	ASSERT_GE(n, 0);
	for (int i = 0; i < n; i++) {
		int first = (runs[i].start - scan.start) / self->page;
		int end = (runs[i].end - scan.start) / self->page;

		for (int page = first; page < end; page++) {
			EXPECT_EQ(is_file_page(variant, page),
				  !!(runs[i].categories & PAGE_IS_FILE));
			present++;
		}
	}
	EXPECT_EQ(answer_of(variant, "pagemap-scan") == WORKS ? NPAGES : 0, present);
	EXPECT_EQ(scan.end, scan.walk_end);
}

TEST_HARNESS_MAIN

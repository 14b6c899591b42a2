// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMADEV_IOC_ZAP drops the entries of a range in every mapping of it, of every
 * handle and process, and leaves the bytes and all other mappings alone.
 */
#include "vmadev_test.h"
#include "mode.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define NPAGES	16
#define FIRST	4		/* the range that is zapped: pages 4 to 7 */
#define LAST	7

FIXTURE(zap)
{
	size_t page;
	size_t bytes;
	int fd;
	char *p;
};

FIXTURE_VARIANT(zap)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_BYTE_MODES(zap);

FIXTURE_SETUP(zap)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	CREATE_MODE(self->bytes, "zap");
	self->p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
	vt_pattern(self->p, self->bytes, 1);
}

FIXTURE_TEARDOWN(zap)
{
	munmap(self->p, self->bytes);
	close(self->fd);
}

#define ZAP(fd) vt_zap(fd, FIRST * self->page, (LAST - FIRST + 1) * self->page)

/*
 *    |0  3|4  7|8            15|
 *    |....|    |...............|  after
 *
 * pfn brings neighbours back with the page that is touched, so the pages
 * outside are looked at first, and one inside.
 */
TEST_F(zap, drops_the_range_and_nothing_else)
{
	ASSERT_TRUE(vt_is_mapped(self->fd, self->p + FIRST * self->page));
	ASSERT_EQ(0, ZAP(self->fd));
	for (int i = 0; i < NPAGES; i++) {
		if (i >= FIRST && i <= LAST)
			continue;
		EXPECT_TRUE(vt_is_mapped(self->fd, self->p + i * self->page)) {
			TH_LOG("page %d", i);
		}
	}
	EXPECT_FALSE(vt_is_mapped(self->fd, self->p + FIRST * self->page));
}

TEST_F(zap, drops_the_last_page_of_the_range)
{
	ASSERT_EQ(0, ZAP(self->fd));
	EXPECT_FALSE(vt_is_mapped(self->fd, self->p + LAST * self->page));
}

TEST_F(zap, drops_the_first_and_last_page_of_the_region)
{
	ASSERT_EQ(0, vt_zap(self->fd, 0, self->page));
	EXPECT_FALSE(vt_is_mapped(self->fd, self->p));
	ASSERT_EQ(0, vt_zap(self->fd, self->bytes - self->page, self->page));
	EXPECT_FALSE(vt_is_mapped(self->fd, self->p + self->bytes - self->page));
}

TEST_F(zap, keeps_the_bytes)
{
	ASSERT_EQ(0, ZAP(self->fd));
	EXPECT_TRUE(vt_is_pattern(self->p, self->bytes, 1));
	ASSERT_EQ(0, vt_zap(self->fd, 0, self->bytes));
	EXPECT_TRUE(vt_is_pattern(self->p, self->bytes, 1));
}

TEST_F(zap, leaves_the_mapping_writable)
{
	char c;

	ASSERT_EQ(0, vt_zap(self->fd, 0, self->bytes));
	for (int i = 0; i < NPAGES; i++)
		EXPECT_EQ(0, vt_write(self->p + i * self->page, i + 100));
	for (int i = 0; i < NPAGES; i++) {
		ASSERT_EQ(1, pread(self->fd, &c, 1, i * self->page));
		EXPECT_EQ(i + 100, c);
	}
}

/*
 * Two mappings of one handle at different offsets:
 *
 *    p  |0  3|4  7|8            15|
 *    q       |4           11|          page 4 is q's first
 */
TEST_F(zap, goes_by_offset_not_by_address)
{
	char *q = mmap(NULL, 8 * self->page, PROT_READ, MAP_SHARED, self->fd, FIRST * self->page);

	ASSERT_NE(MAP_FAILED, q);
	for (int i = 0; i < 8; i++)
		ASSERT_LE(0, vt_read(q + i * self->page));
	ASSERT_EQ(0, ZAP(self->fd));
	EXPECT_TRUE(vt_is_mapped(self->fd, q + 4 * self->page));
	EXPECT_FALSE(vt_is_mapped(self->fd, q));
	munmap(q, 8 * self->page);
}

TEST_F(zap, reaches_every_handle_of_the_region)
{
	struct vmadev_info info;

	ASSERT_EQ(0, vt_info(self->fd, &info));
	for (__u32 s = VMADEV_STRATEGY_REMAP; s <= VMADEV_STRATEGY_HUGE; s++) {
		char *q;
		int other;

		if (!(info.strategies_shared & VMADEV_STRATEGY_BIT(s)))
			continue;
		other = vt_reopen(self->fd, 0, s);
		ASSERT_LE(0, other);
		q = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, other, 0);
		ASSERT_NE(MAP_FAILED, q);
		for (int i = 0; i < NPAGES; i++)
			ASSERT_LE(0, vt_read(q + i * self->page));
		ASSERT_EQ(0, ZAP(self->fd));
		EXPECT_TRUE(vt_is_mapped(self->fd, q + (LAST + 1) * self->page));
		EXPECT_FALSE(vt_is_mapped(self->fd, q + LAST * self->page)) {
			TH_LOG("strategy %u", s);
		}
		EXPECT_TRUE(vt_is_pattern(q, self->bytes, 1));
		munmap(q, self->bytes);
		close(other);
	}
}

TEST_F(zap, leaves_other_regions_alone)
{
	int other = vt_create(variant->backing, variant->strategy, self->bytes, "other");
	char *q;

	ASSERT_LE(0, other);
	q = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);
	ASSERT_NE(MAP_FAILED, q);
	vt_pattern(q, self->bytes, 2);
	ASSERT_EQ(0, vt_zap(self->fd, 0, self->bytes));
	for (int i = 0; i < NPAGES; i++)
		EXPECT_TRUE(vt_is_mapped(other, q + i * self->page));
	EXPECT_TRUE(vt_is_pattern(q, self->bytes, 2));
	munmap(q, self->bytes);
	close(other);
}

TEST_F(zap, counts_once)
{
	struct vmadev_stats s;

	ASSERT_EQ(0, ZAP(self->fd));
	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_HANDLE, &s));
	EXPECT_EQ(1ull, s.zaps);
}

TEST_F(zap, is_traced)
{
	struct vmadev_info info;
	char needle[64];
	char *text;

	ASSERT_EQ(0, vt_info(self->fd, &info));
	ASSERT_EQ(0, vt_trace_start("zap"));
	ASSERT_EQ(0, ZAP(self->fd));
	text = vt_trace_stop();
	ASSERT_NE(NULL, text);
	snprintf(needle, sizeof(needle), " vmadev_zap: region=%llu ",
		 (unsigned long long)info.region);
	EXPECT_EQ(1, vt_trace_count(text, needle)) {
		TH_LOG("%s", text);
	}
	free(text);
}

TEST_F(zap, takes_no_range_outside_the_region)
{
	const struct {
		__u64 offset, length;
	} bad[] = {
		{ 0, 0 },
		{ 1, self->page },
		{ 0, 1 },
		{ self->page / 2, self->page },
		{ 0, self->page + 1 },
		{ 0, self->bytes + self->page },
		{ self->bytes, self->page },
		{ self->bytes - self->page, 2 * self->page },
		{ -(__u64)self->page, self->page },
		{ -(__u64)self->page, 2 * self->page },
		{ self->page, -(__u64)self->page },
		{ 0, -(__u64)self->page },
		{ 1ull << 63, self->page },
		{ 0, 1ull << 63 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-1, vt_zap(self->fd, bad[i].offset, bad[i].length)) {
			TH_LOG("row %zu", i);
		}
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_TRUE(vt_is_mapped(self->fd, self->p));
	EXPECT_TRUE(vt_is_mapped(self->fd, self->p + self->bytes - self->page));
}

/* Private copies are the process's own memory; what was not copied yet is dropped. */
FIXTURE(private)
{
	size_t page;
	int fd;
};

FIXTURE_VARIANT(private)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_PRIVATE_BYTE_MODES(private);

FIXTURE_SETUP(private)
{
	self->page = vt_page();
	CREATE_MODE(NPAGES * self->page, "zap");
}

FIXTURE_TEARDOWN(private)
{
	close(self->fd);
}

TEST_F(private, copies_stay_and_uncopied_pages_go)
{
	char *p = mmap(NULL, NPAGES * self->page, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		       self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, vt_write(p + 4 * self->page, 55));
	ASSERT_EQ(0, vt_read(p + 5 * self->page));
	ASSERT_EQ(0, vt_zap(self->fd, 0, NPAGES * self->page));
	EXPECT_TRUE(vt_is_mapped(self->fd, p + 4 * self->page));
	EXPECT_FALSE(vt_is_mapped(self->fd, p + 5 * self->page));
	EXPECT_EQ(55, vt_read(p + 4 * self->page));
	EXPECT_EQ(0, vt_read(p + 5 * self->page));
}

TEST(backing_none_has_nothing_to_zap)
{
	int fd = vt_create(VMADEV_BACKING_NONE, 0, vt_page(), NULL);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, vt_zap(fd, 0, vt_page()));
	EXPECT_EQ(EOPNOTSUPP, errno);
	close(fd);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A mapping lies inside the region or is refused, and a refusal leaves
 * nothing behind.
 *
 *	region     0 |----------------| PAGES
 *	refused               |-----------|
 *	refused                       |---|
 */
#include "vmadev_test.h"

#define PAGES 8

FIXTURE(range) {
	int fd;
	ssize_t page, size;
	char *hole;	/* room where nothing is mapped */
};

FIXTURE_VARIANT(range) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(range);

#define HOLE_PAGES (8 * PAGES)

FIXTURE_SETUP(range)
{
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->size = PAGES * self->page;
	self->fd = vt_create(variant->backing, variant->strategy, self->size, "range");
	ASSERT_LE(0, self->fd);
	self->hole = mmap(NULL, HOLE_PAGES * self->page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	ASSERT_NE(MAP_FAILED, self->hole);
	ASSERT_EQ(0, munmap(self->hole, HOLE_PAGES * self->page));
}

FIXTURE_TEARDOWN(range)
{
	close(self->fd);
}

/* errno of mapping @len bytes from @off at @at, or 0. */
static int map_errno(void *at, size_t len, int flags, int fd, off_t off)
{
	void *p = mmap(at, len, PROT_READ | PROT_WRITE, flags, fd, off);

	return p == MAP_FAILED ? errno : 0;
}

/* Refused shared, and private where the strategy has it; no VMA is left. */
static void expect_refused(struct __test_metadata *_metadata, void *hole, int fd, bool private,
			   int err, size_t len, off_t off)
{
	EXPECT_EQ(err, map_errno(hole, len, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, off));
	if (private)
		EXPECT_EQ(err, map_errno(hole, len, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, off));
	EXPECT_EQ(0, vt_vmas_in(hole, HOLE_PAGES * vt_page()));
}

#define EXPECT_REFUSED(...) \
	expect_refused(_metadata, self->hole, self->fd, variant->private_ok, __VA_ARGS__)

TEST_F(range, unaligned_offset_is_einval)
{
	EXPECT_REFUSED(EINVAL, self->page, 1);
	EXPECT_REFUSED(EINVAL, self->page, self->page / 2);
}

TEST_F(range, zero_length_is_einval)
{
	EXPECT_REFUSED(EINVAL, 0, 0);
	EXPECT_REFUSED(EINVAL, 0, self->size);
}

TEST_F(range, mapping_up_to_exactly_the_end_is_served)
{
	char *p;

	EXPECT_EQ(0, map_errno(NULL, self->size, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(0, map_errno(NULL, self->size - 1, MAP_SHARED, self->fd, 0));
	p = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd, self->size - self->page);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, vt_read(p + self->page - 1));
}

/* No mapping is counted, and none was opened and forgotten. */
TEST_F(range, refusal_counts_nothing)
{
	struct vmadev_stats s;

	EXPECT_EQ(EINVAL, map_errno(NULL, self->size + 1, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EINVAL, map_errno(NULL, self->page, MAP_SHARED, self->fd, self->size));
	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_REGION, &s));
	EXPECT_EQ(0u, s.mmaps);
	EXPECT_EQ(0u, s.vmas);
	/* And the handle's strategy is still open. */
	EXPECT_EQ(0, vt_set_strategy(self->fd, variant->strategy));
}

/* One region's mapping over another's: the first is let go of, whole. */
TEST_F(range, map_fixed_replaces_a_mapping_of_another_region)
{
	struct vmadev_stats s;
	char *p;
	int fd;

	fd = vt_create(variant->backing, variant->strategy, self->size, "below");
	ASSERT_LE(0, fd);
	p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	memset(p, 0x55, self->size);
	EXPECT_EQ(0, map_errno(p, self->size, MAP_SHARED | MAP_FIXED, self->fd, 0));
	EXPECT_TRUE(vt_is_zero(p, self->size));

	ASSERT_EQ(0, vt_stats(fd, VMADEV_SCOPE_REGION, &s));
	EXPECT_EQ(0u, s.vmas);
	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_REGION, &s));
	if (s.observed & VMADEV_STAT_VMAS)
		EXPECT_EQ(1u, s.vmas);
}

/*
 * The kernel may have unmapped what was there before it asked the device, and
 * the caller asked for that: the old mapping or a hole, whole either way.
 */
TEST_F(range, refused_map_fixed_leaves_the_old_mapping_or_a_hole)
{
	ssize_t len = self->size + self->page;
	char *p;
	int n;

	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, p);
	memset(p, 0x33, len);
	EXPECT_EQ(EINVAL, map_errno(p, len, MAP_SHARED | MAP_FIXED, self->fd, 0));

	n = vt_read(p) == 0x33;
	for (ssize_t at = 0; at < len; at += self->page)
		EXPECT_EQ(n ? 0x33 : -SIGSEGV, vt_read(p + at));
	EXPECT_EQ(n, vt_vmas_in(p, len));
}

/*
 *	mapped   [0 ......... PAGES)
 *	asked                       [PAGES, +1)    would merge by its offset
 */
TEST_F(range, neighbour_past_the_end_is_einval_though_it_could_merge)
{
	int shared = MAP_SHARED | MAP_FIXED_NOREPLACE, private = MAP_PRIVATE | MAP_FIXED_NOREPLACE;

	ASSERT_EQ(0, map_errno(self->hole, self->size, shared, self->fd, 0));
	EXPECT_EQ(EINVAL, map_errno(self->hole + self->size, self->page, shared, self->fd,
				    self->size));
	EXPECT_EQ(-SIGSEGV, vt_read(self->hole + self->size));
	ASSERT_EQ(0, munmap(self->hole, self->size));
	if (!variant->private_ok)
		return;
	ASSERT_EQ(0, map_errno(self->hole, self->size, private, self->fd, 0));
	EXPECT_EQ(EINVAL, map_errno(self->hole + self->size, self->page, private, self->fd,
				    self->size));
	EXPECT_EQ(-SIGSEGV, vt_read(self->hole + self->size));
}

/* The part beyond the end that was refused did not cost the part before it. */
TEST_F(range, region_maps_after_a_refusal)
{
	char *p;

	EXPECT_REFUSED(EINVAL, self->size + self->page, 0);
	p = mmap(self->hole, self->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE,
		 self->fd, 0);
	ASSERT_EQ(self->hole, p);
	EXPECT_EQ(0, vt_write(p + self->size - 1, 1));
	EXPECT_EQ(1, vt_vmas_in(self->hole, HOLE_PAGES * self->page));
}

TEST_HARNESS_MAIN

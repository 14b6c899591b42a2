// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A mapping lies inside the region or is refused, and a refusal leaves
 * nothing behind.
 *
 *	region     0 |----------------| PAGES
 *	refused               |-----------|
 *	refused                       |---|
 */
#include <sys/syscall.h>

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

TEST_F(range, length_past_the_end_is_einval)
{
	EXPECT_REFUSED(EINVAL, self->size + 1, 0);
	EXPECT_REFUSED(EINVAL, self->size + self->page, 0);
	EXPECT_REFUSED(EINVAL, 2 * self->size, 0);
}

TEST_F(range, offset_at_or_past_the_end_is_einval)
{
	EXPECT_REFUSED(EINVAL, self->page, self->size);
	EXPECT_REFUSED(EINVAL, self->page, self->size + self->page);
	EXPECT_REFUSED(EINVAL, self->page, (off_t)1 << 40);
}

TEST_F(range, offset_and_length_together_past_the_end_is_einval)
{
	EXPECT_REFUSED(EINVAL, 2 * self->page, self->size - self->page);
	EXPECT_REFUSED(EINVAL, self->size, self->page);
}

/* mmap with the offset in units that reach past any off_t. */
static int map_high(struct __test_metadata *_metadata, int fd, size_t len)
{
	unsigned long top = ~0ul;
	long p;

#ifdef __NR_mmap2
	p = syscall(__NR_mmap2, NULL, len, PROT_READ, MAP_SHARED, fd, top);
#elif defined(__s390x__)
	const unsigned long args[] = { 0, len, PROT_READ, MAP_SHARED, fd, top - vt_page() + 1 };

	p = syscall(__NR_mmap, args);
#else
	p = syscall(__NR_mmap, NULL, len, PROT_READ, MAP_SHARED, fd, top - vt_page() + 1);
#endif
	EXPECT_EQ(-1, p);
	return errno;
}

/* offset + length wraps: the kernel itself answers. */
TEST_F(range, overflow_is_eoverflow)
{
	EXPECT_EQ(EOVERFLOW, map_high(_metadata, self->fd, 2 * self->page));
	EXPECT_EQ(EOVERFLOW, map_high(_metadata, self->fd, self->size));
}

/* Offsets that only a narrow or signed comparison would let pass. */
TEST_F(range, huge_offsets_are_refused)
{
	for (int bit = 31; bit < 63; bit++) {
		int err = map_errno(NULL, self->page, MAP_SHARED, self->fd, (off_t)1 << bit);

		EXPECT_TRUE(err == EINVAL || err == EOVERFLOW) {
			TH_LOG("offset 1 << %d: errno %d", bit, err);
		}
	}
}

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

/*
 *	before   aaaaaaaaaaaaaaaa     anonymous
 *	after    aaaarrrrrrrraaaa     region in the middle
 */
TEST_F(range, map_fixed_replaces_a_mapping)
{
	ssize_t len = 2 * self->size, at = self->size / 2;
	char *p;

	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, p);
	memset(p, 0x33, len);
	EXPECT_EQ(0, map_errno(p + at, self->size, MAP_SHARED | MAP_FIXED, self->fd, 0));
	EXPECT_EQ(0x33, vt_read(p + at - 1));
	EXPECT_TRUE(vt_is_zero(p + at, self->size));
	EXPECT_EQ(0x33, vt_read(p + at + self->size));

	memset(p + at, 0x44, self->size);
	EXPECT_EQ(0x33, vt_read(p + at - 1));
	EXPECT_EQ(0x33, vt_read(p + at + self->size));
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

/*
 *	region   |--------|
 *	mapping  |--------|????|     grown by mremap
 *
 * Where the VMA may not expand, mremap says EFAULT. Where it may, the tail is
 * no part of the region: SIGBUS. A private mapping of none is anonymous
 * memory, which has no end.
 */
TEST_F(range, grown_tail_shows_no_other_memory)
{
	int types[] = { MAP_SHARED, MAP_PRIVATE };

	for (int i = 0; i < (variant->private_ok ? 2 : 1); i++) {
		bool anon = variant->strategy == VMADEV_STRATEGY_ANON && types[i] == MAP_PRIVATE;
		char *p, *q;

		p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, types[i], self->fd, 0);
		ASSERT_NE(MAP_FAILED, p);
		q = mremap(p, self->size, 2 * self->size, MREMAP_MAYMOVE);
		switch (variant->strategy) {
		case VMADEV_STRATEGY_REMAP:
		case VMADEV_STRATEGY_PFN:
		case VMADEV_STRATEGY_INSERT:
			EXPECT_EQ(MAP_FAILED, q);
			EXPECT_EQ(EFAULT, errno);
			continue;
		}
		ASSERT_NE(MAP_FAILED, q);
		EXPECT_EQ(0, vt_write(q + self->size - 1, 0x66));
		EXPECT_EQ(0x66, vt_read(q + self->size - 1));
		EXPECT_EQ(anon ? 0 : -SIGBUS, vt_read(q + self->size));
		EXPECT_EQ(anon ? 0 : -SIGBUS, vt_write(q + self->size, 1));
		EXPECT_EQ(anon ? 0 : -SIGBUS, vt_read(q + 2 * self->size - 1));
	}
}

/* Regions made one after the other, so that their pages may be neighbours. */
TEST_F(range, grown_mapping_does_not_reach_the_next_region)
{
	char *p, *q, *buf = malloc(self->size);
	int fd;

	ASSERT_NE(NULL, buf);
	fd = vt_create(variant->backing, variant->strategy, self->size, "next");
	ASSERT_LE(0, fd);
	memset(buf, 0x99, self->size);
	ASSERT_EQ(self->size, pwrite(fd, buf, self->size, 0));
	p = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
		 self->size - self->page);
	ASSERT_NE(MAP_FAILED, p);
	q = mremap(p, self->page, self->size, MREMAP_MAYMOVE);
	if (q == MAP_FAILED)
		return;
	for (ssize_t at = self->page; at < self->size; at += self->page) {
		EXPECT_EQ(-SIGBUS, vt_read(q + at));
		EXPECT_EQ(-SIGBUS, vt_write(q + at, 1));
	}
	EXPECT_EQ(self->size, pread(fd, buf, self->size, 0));
	if (variant->backing != VMADEV_BACKING_NONE)
		EXPECT_TRUE(buf[0] == (char)0x99 && !memcmp(buf, buf + 1, self->size - 1));
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

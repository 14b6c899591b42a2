// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fallocate with FALLOC_FL_PUNCH_HOLE and FALLOC_FL_ZERO_RANGE, and MADV_REMOVE: bytes
 * become zeros under mappings of every kind, and memory goes back where it can; and
 * SEEK_DATA and SEEK_HOLE, which tell where it is.
 */
#include <sys/uio.h>

#include "mapping.h"

#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define ZERO	FALLOC_FL_ZERO_RANGE
#define FIRST	2
#define LAST	5

/* 0 or errno, of whole pages */
static int allocate(const mapping *m, int mode, int from, int to)
{
	return fallocate(m->fd, mode, from * m->page, (to - from) * m->page) ? errno : 0;
}

static bool has_holes(const mapping_kind *k)
{
	return k->backing == VMADEV_BACKING_PAGES || k->backing == VMADEV_BACKING_SHMEM ||
	       k->backing == VMADEV_BACKING_MEDIA;
}

/* Does lseek call memory data that nobody wrote to? tmpfs does not. */
static bool data_is_memory(const mapping_kind *k)
{
	return k->backing != VMADEV_BACKING_SHMEM;
}

/* The region, by read: zeros from page @from to @to, else what was written. */
static bool region_is_punched(const mapping *m, const mapping_kind *k, int from, int to)
{
	char bytes[m->bytes];

	if (pread(m->fd, bytes, m->bytes, 0) != (ssize_t)m->bytes)
		return false;
	if (is_anon(k))
		return vt_is_zero(bytes, m->bytes);
	return pages_are_filled(m, bytes, 0, from) &&
	       vt_is_zero(bytes + from * m->page, (to - from) * m->page) &&
	       pages_are_filled(m, bytes + to * m->page, to, NPAGES);
}

/* Private copies, the odd pages, stay. What anon maps is not the region's. */
static bool map_is_punched(const mapping *m, const mapping_kind *k, const char *map, int from,
			   int to)
{
	for (int i = 0; i < NPAGES; i++) {
		const char *page = map + i * m->page;
		bool stays = i < from || i >= to || is_anon(k) || (!is_shared(k) && i % 2);

		if (stays ? !page_is(m, map, i, i + 1) : !vt_is_zero(page, m->page))
			return false;
	}
	return true;
}

/* The region's extent of data from page @from on, told by lseek. */
static bool data_is(const mapping *m, int from, int data, int hole)
{
	off_t at = lseek(m->fd, from * m->page, SEEK_DATA);

	if (data < 0)
		return at == -1 && errno == ENXIO;
	return at == (off_t)(data * m->page) &&
	       lseek(m->fd, at, SEEK_HOLE) == (off_t)(hole * m->page);
}

/*
 *	|AAAAAAAA|
 *	|AA000AAA|
 */
TEST_F(mapping, punched_pages_are_zeros_and_copies_stay)
{
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, allocate(self, PUNCH, FIRST, LAST));
	EXPECT_TRUE(region_is_punched(self, variant, FIRST, LAST));
	EXPECT_TRUE(map_is_punched(self, variant, map, FIRST, LAST));
	if (has_holes(variant) && is_shared(variant)) {
		/* The touches above got new memory, which is the region's. */
		vt_pattern(map + FIRST * self->page, self->page, FIRST + 1);
		EXPECT_TRUE(region_is_punched(self, variant, FIRST + 1, LAST));
	}
}

TEST_F(mapping, zeroed_pages_are_zeros_and_copies_stay)
{
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, allocate(self, ZERO, FIRST, LAST));
	EXPECT_TRUE(region_is_punched(self, variant, FIRST, LAST));
	EXPECT_TRUE(map_is_punched(self, variant, map, FIRST, LAST));
	ASSERT_EQ(0, allocate(self, PUNCH, FIRST, LAST));
	ASSERT_EQ(0, allocate(self, ZERO | FALLOC_FL_KEEP_SIZE, 0, NPAGES));
	EXPECT_TRUE(region_is_punched(self, variant, 0, NPAGES));
	if (data_is_memory(variant)) {
		EXPECT_TRUE(data_is(self, 0, 0, NPAGES));
	}
}

/*
 *	|AAAAAAAA|
 *	|Aa0000aA|	parts of the pages at both ends
 */
TEST_F(mapping, parts_of_pages_are_zeros_too)
{
	const int modes[] = { PUNCH, ZERO };
	const off_t ranges[][2] = {
		{ self->page + 100, 2 * self->page - 200 }, { 7, 5 },
		{ self->page * 4 - 3, 6 }, { self->page * 5, 9 }, { self->page * 7 - 9, 9 },
	};
	char was[self->bytes], is[self->bytes], *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	for (size_t m = 0; m < ARRAY_SIZE(modes); m++)
		for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
			off_t off = ranges[i][0], len = ranges[i][1];

			ASSERT_EQ(0, fill_region(self));
			ASSERT_EQ((ssize_t)self->bytes, pread(self->fd, was, self->bytes, 0));
			ASSERT_EQ(0, fallocate(self->fd, modes[m], off, len));
			ASSERT_EQ((ssize_t)self->bytes, pread(self->fd, is, self->bytes, 0));
			memset(was + off, 0, len);
			EXPECT_EQ(0, memcmp(was, is, self->bytes)) {
				TH_LOG("mode %#x, range %zu", modes[m], i);
			}
			if (is_shared(variant) && !is_anon(variant)) {
				EXPECT_EQ(0, memcmp(is, map, self->bytes));
			}
		}
}

/* What is past the end is not there, and stays so. */
TEST_F(mapping, holes_end_with_the_region)
{
	struct stat st;
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, allocate(self, PUNCH, NPAGES, NPAGES + 1));
	EXPECT_EQ(0, allocate(self, PUNCH, 1000 * NPAGES, 2000 * NPAGES));
	EXPECT_TRUE(region_is_punched(self, variant, NPAGES, NPAGES));
	EXPECT_EQ(0, allocate(self, PUNCH, NPAGES - 1, 3 * NPAGES));
	EXPECT_TRUE(region_is_punched(self, variant, NPAGES - 1, NPAGES));
	EXPECT_TRUE(map_is_punched(self, variant, map, NPAGES - 1, NPAGES));
	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ((off_t)self->bytes, st.st_size);
}

/*
 *	|AA..AA..|	lseek tells, until a write or fallocate gets memory
 */
TEST_F(mapping, lseek_tells_holes_from_data)
{
	char bytes[2 * self->page];

	if (!has_holes(variant))
		return;
	ASSERT_EQ(0, fill_region(self));
	EXPECT_TRUE(data_is(self, 0, 0, NPAGES));
	ASSERT_EQ(0, allocate(self, PUNCH, 2, 4));
	ASSERT_EQ(0, allocate(self, PUNCH, 6, NPAGES));
	EXPECT_TRUE(data_is(self, 0, 0, 2));
	EXPECT_TRUE(data_is(self, 2, 4, 6));
	EXPECT_TRUE(data_is(self, 6, -1, 0));
	EXPECT_EQ((off_t)(3 * self->page - 1), lseek(self->fd, 3 * self->page - 1, SEEK_HOLE));
	EXPECT_EQ((off_t)(5 * self->page - 1), lseek(self->fd, 5 * self->page - 1, SEEK_DATA));
	/* To read a hole is not to fill it. */
	ASSERT_EQ((ssize_t)sizeof(bytes), pread(self->fd, bytes, sizeof(bytes), 2 * self->page));
	EXPECT_TRUE(vt_is_zero(bytes, sizeof(bytes)));
	EXPECT_TRUE(data_is(self, 2, 4, 6));
	EXPECT_EQ(1, pwrite(self->fd, "", 1, 3 * self->page));
	EXPECT_TRUE(data_is(self, 2, 3, 6));
	EXPECT_EQ(0, allocate(self, 0, 6, 7));
	if (data_is_memory(variant)) {
		EXPECT_TRUE(data_is(self, 6, 6, 7));
	}
	EXPECT_EQ(0, allocate(self, FALLOC_FL_KEEP_SIZE, 0, NPAGES));
	if (data_is_memory(variant)) {
		EXPECT_TRUE(data_is(self, 0, 0, NPAGES));
	}
}

/*
 *	|AAAAAAAA| -> pipe	what is pinned stays with who pinned it; of contig
 *	|00000000|		it is the region's still
 */
TEST_F(mapping, pinned_pages_outlive_the_hole)
{
	char *map = map_filled(self, variant), back[self->bytes];
	struct iovec pages = { map, self->bytes };
	size_t got = 0;
	ssize_t n;
	int ends[2];

	ASSERT_NE(MAP_FAILED, map);
	if (answer_of(variant, "vmsplice") > 0 || is_anon(variant))
		return;
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ((ssize_t)self->bytes, vmsplice(ends[1], &pages, 1, 0));
	ASSERT_EQ(0, allocate(self, PUNCH, 0, NPAGES));
	for (; got < self->bytes; got += n) {
		n = read(ends[0], back + got, self->bytes - got);
		ASSERT_LT(0, n);
	}
	if (has_holes(variant)) {
		EXPECT_TRUE(pages_are_filled(self, back, 0, NPAGES));
	} else {
		EXPECT_TRUE(map_is_punched(self, variant, back, 0, NPAGES));
	}
	EXPECT_TRUE(region_is_punched(self, variant, 0, NPAGES));
}

/* A mapping made of holes, all at once or by faults, and one grown over them. */
TEST_F(mapping, holes_can_be_mapped)
{
	char *map;

	ASSERT_EQ(0, fill_region(self));
	ASSERT_EQ(0, allocate(self, PUNCH, FIRST, LAST));
	map = map_region(self, variant);
	ASSERT_NE(MAP_FAILED, map);
	for (int i = 0; i < NPAGES; i++) {
		bool zero = is_anon(variant) || (i >= FIRST && i < LAST);

		EXPECT_TRUE(zero ? vt_is_zero(map + i * self->page, self->page) :
				   page_is(self, map, i, i + 1));
		EXPECT_EQ(0, vt_write(map + i * self->page, i));
	}
}

/* glibc's posix_fallocate asks in bytes, and what is new holds zeros. */
TEST_F(mapping, fallocate_grows)
{
	bool grows = variant->backing != VMADEV_BACKING_CONTIG;
	struct stat st;

	ASSERT_EQ(0, fill_region(self));
	EXPECT_EQ(grows ? 0 : ENOSPC, allocate(self, 0, NPAGES - 1, NPAGES + 1));
	EXPECT_EQ(grows ? 0 : ENOSPC,
		  posix_fallocate(self->fd, (NPAGES + 2) * self->page, self->page));
	EXPECT_EQ(grows ? 0 : ENOSPC, allocate(self, ZERO, NPAGES + 3, NPAGES + 4));
	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ((off_t)((NPAGES + (grows ? 4 : 0)) * self->page), st.st_size);
	EXPECT_TRUE(region_is_punched(self, variant, NPAGES, NPAGES));
	EXPECT_EQ(ENOSPC, allocate(self, FALLOC_FL_KEEP_SIZE, NPAGES, NPAGES + 10));
	EXPECT_EQ(ENOSPC, allocate(self, ZERO | FALLOC_FL_KEEP_SIZE, NPAGES, NPAGES + 10));
	EXPECT_EQ(grows ? EINVAL : ENOSPC, posix_fallocate(self->fd, 0, st.st_size + 1));
	if (has_holes(variant)) {
		EXPECT_EQ(ENOSPC, posix_fallocate(self->fd, 0, (off_t)1 << 42));
	}
	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ((off_t)((NPAGES + (grows ? 4 : 0)) * self->page), st.st_size);
}

TEST_F(mapping, bad_holes_are_refused)
{
	const int modes[] = {
		FALLOC_FL_PUNCH_HOLE, FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE,
		FALLOC_FL_UNSHARE_RANGE, PUNCH | ZERO, 1 << 30,
	};
	int reader = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);

	ASSERT_LE(0, reader);
	ASSERT_EQ(0, fill_region(self));
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		EXPECT_EQ(EOPNOTSUPP, allocate(self, modes[i], 0, 1)) {
			TH_LOG("mode %#x", modes[i]);
		}
	}
	EXPECT_EQ(-1, fallocate(reader, PUNCH, 0, self->page));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, fallocate(self->fd, PUNCH, 0, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, fallocate(self->fd, PUNCH, -1, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(region_is_punched(self, variant, 0, 0));
	close(reader);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dirty log: which regions have one, how it is asked, and what becomes of it. What is
 * seen is in dirty_stores.c, what happens at the same time in race_dirty.c.
 */
#include "dirty.h"

#include <signal.h>

static void store(const fixture *f, int from, int to)
{
	for (; from < to; from++)
		*(volatile char *)at(f, from) += 1;
}

static bool can(int fd)
{
	struct vmadev_info info;

	return !vt_info(fd, &info) && info.abilities & VMADEV_CAN_DIRTY;
}

TEST_F(dirty, a_region_has_a_log_if_it_was_made_so)
{
	__u64 words[NWORDS];
	int fd = vt_create(variant->backing, variant->strategy, self->bytes, "plain");

	ASSERT_LE(0, fd);
	EXPECT_TRUE(can(self->fd));
	EXPECT_FALSE(can(fd));
	EXPECT_EQ(-1, vt_dirty_get(fd, 0, 0, 0, 0, words));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, vt_dirty_clear(fd, 0, 0, 0, words));
	EXPECT_EQ(EOPNOTSUPP, errno);
	close(fd);
	EXPECT_TRUE(none_taken(self));
}

TEST_F(dirty, fdinfo_tells_how_many_pages_are)
{
	char path[64], text[4096] = "", line[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	for (int i = 0; i < 2; i++) {
		f = fopen(path, "r");
		ASSERT_NE(NULL, f);
		text[fread(text, 1, sizeof(text) - 1, f)] = 0;
		fclose(f);
		snprintf(line, sizeof(line), "\nvmadev-dirty:\t%d\n", 9 * i);
		EXPECT_NE(NULL, strstr(text, line));
		store(self, 60, 69);
	}
}

TEST(what_the_kernel_maps_itself_has_none)
{
	static const __u32 backings[] = {
		VMADEV_BACKING_SHMEM, VMADEV_BACKING_NONE, VMADEV_BACKING_MEDIA
	};
	int dev = vt_open(O_RDWR);

	ASSERT_LE(0, dev);
	EXPECT_FALSE(can(dev));
	EXPECT_EQ(-1, vt_dirty_get(dev, VMADEV_DIRTY_NO_CLEAR, 0, 0, 0, NULL));
	EXPECT_EQ(EOPNOTSUPP, errno);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(-1, vt_create_flags(backings[i], 0, vt_page(), "log",
					      VMADEV_CREATE_LOG_DIRTY));
		EXPECT_EQ(EOPNOTSUPP, errno);
	}
	close(dev);
}

TEST_F(dirty, each_word_is_told_in_its_place)
{
	static const int pages[] = { 0, 1, 31, 32, 63, 64, 127, 128, 191, 192, NPAGES - 1 };
	struct set all = {};

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		store(self, pages[i], pages[i] + 1);
		set_add(&all, pages[i]);
	}
	EXPECT_TRUE(taken(self, &all));
	set_add_range(&all, 0, NPAGES);
	store(self, 0, NPAGES);
	EXPECT_TRUE(taken(self, &all));
	EXPECT_TRUE(none_taken(self));
}

TEST_F(dirty, no_clear_leaves_them_and_clear_takes_those_that_are_meant)
{
	struct set all = {}, some = {}, rest = {};

	store(self, 60, 70);
	set_add_range(&all, 60, 70);
	EXPECT_TRUE(are_dirty(self, VMADEV_DIRTY_NO_CLEAR, &all));
	EXPECT_TRUE(are_dirty(self, VMADEV_DIRTY_NO_CLEAR, &all));
	/* Two that are clean, and two that are dirty. */
	set_add_range(&some, 58, 62);
	set_add_range(&rest, 62, 70);
	EXPECT_EQ(2, vt_dirty_clear(self->fd, 0, 0, 0, some.word));
	EXPECT_TRUE(are_dirty(self, VMADEV_DIRTY_NO_CLEAR, &rest));
	store(self, 60, 61);
	set_add(&rest, 60);
	EXPECT_TRUE(taken(self, &rest));
	EXPECT_EQ(0, vt_dirty_clear(self->fd, 0, 0, 0, all.word));
}

TEST_F(dirty, a_range_is_told_from_its_start_and_the_rest_stays)
{
	struct set found = {}, expected = {}, rest = {};

	store(self, 60, 80);
	set_add_range(&expected, 0, 4);		/* 66 to 69 */
	EXPECT_EQ(4, vt_dirty_get(self->fd, 0, 66 * self->page, 4 * self->page, 0, found.word));
	EXPECT_TRUE(set_is(&found, &expected));
	set_add_range(&rest, 60, 66);
	set_add_range(&rest, 70, 80);
	EXPECT_TRUE(are_dirty(self, VMADEV_DIRTY_NO_CLEAR, &rest));
	EXPECT_EQ(2, vt_dirty_clear(self->fd, 78 * self->page, 0, 0, &(__u64){ 3 }));
	EXPECT_EQ(14, vt_dirty_get(self->fd, 0, 0, 0, 0, NULL));
	EXPECT_TRUE(none_taken(self));
}

/* As VFIO does: who gathers over several calls has them in one bitmap. */
TEST_F(dirty, bits_are_added_to_those_that_are_there)
{
	struct set found = {}, expected = {};

	set_add(&found, 3);
	set_add(&found, 64);
	found.word[2] = ~0ull;
	expected = found;
	store(self, 4, 5);
	store(self, 70, 71);
	set_add(&expected, 4);
	set_add(&expected, 70);
	EXPECT_EQ(2, vt_dirty_get(self->fd, 0, 0, 0, 0, found.word));
	EXPECT_TRUE(set_is(&found, &expected));
	EXPECT_EQ(0, vt_dirty_get(self->fd, 0, 0, 0, 0, found.word));
	EXPECT_TRUE(set_is(&found, &expected));
}

TEST_F(dirty, a_unit_is_dirty_if_one_of_its_pages_is)
{
	__u64 words[2] = {}, none[2] = {};
	size_t unit = 2 * self->page;

	store(self, 3, 4);
	store(self, 129, 131);
	store(self, 199, 200);
	EXPECT_EQ(4, vt_dirty_get(self->fd, VMADEV_DIRTY_NO_CLEAR, 0, 0, unit, words));
	EXPECT_EQ(1ull << 1, words[0]);
	EXPECT_EQ(1ull << 0 | 1ull << 1 | 1ull << 35, words[1]);
	/* The last one has 72 pages of 128. */
	EXPECT_EQ(2, vt_dirty_get(self->fd, VMADEV_DIRTY_NO_CLEAR, 0, 0, 128 * self->page, NULL));
	EXPECT_EQ(1, vt_dirty_get(self->fd, VMADEV_DIRTY_NO_CLEAR, 0, 0, 1ull << 40, NULL));
	EXPECT_EQ(1, vt_dirty_get(self->fd, VMADEV_DIRTY_NO_CLEAR, 0, 0, 1ull << 63, NULL));
	/* All pages of a unit are taken. */
	words[0] = 0;
	words[1] = 1ull << 0 | 1ull << 35;
	EXPECT_EQ(2, vt_dirty_clear(self->fd, 0, 0, unit, words));
	EXPECT_EQ(2, vt_dirty_get(self->fd, 0, 0, 0, unit, none));
	EXPECT_EQ(1ull << 1, none[0]);
	EXPECT_EQ(1ull << 1, none[1]);
	EXPECT_TRUE(none_taken(self));
}

/* Refused, and nothing is taken. */
TEST_F(dirty, what_is_not_a_range_or_a_unit_is_einval)
{
	const struct {
		__u32 flags;
		__u64 off, len, unit;
	} wrong[] = {
		{ 2, 0, 0, 0 },
		{ ~(__u32)VMADEV_DIRTY_NO_CLEAR, 0, 0, 0 },
		{ 0, 1, 0, 0 },
		{ 0, 0, self->page + 1, 0 },
		{ 0, self->page, 0, 2 * self->page },
		{ 0, 0, 0, self->page / 2 },
		{ 0, 0, 0, 3 * self->page },
		{ 0, 0, 0, self->page + 1 },
		{ 0, self->bytes + self->page, 0, 0 },
		{ 0, 0, self->bytes + self->page, 0 },
		{ 0, self->page, self->bytes, 0 },
		{ 0, self->page, -self->page, 0 },
		{ 0, -self->page, 2 * self->page, 0 },
	};
	__u64 words[NWORDS] = {};

	store(self, 7, 8);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		EXPECT_EQ(-1, vt_dirty_get(self->fd, wrong[i].flags, wrong[i].off, wrong[i].len,
					   wrong[i].unit, words)) {
			TH_LOG("%zu", i);
		}
		EXPECT_EQ(EINVAL, errno);
		if (wrong[i].flags)
			continue;
		EXPECT_EQ(-1, vt_dirty_clear(self->fd, wrong[i].off, wrong[i].len, wrong[i].unit,
					     words));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(-1, vt_dirty_clear(self->fd, 0, 0, 0, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, vt_dirty_get(self->fd, 0, self->bytes, 0, 0, words));
	EXPECT_TRUE(one_taken(self, 7));
}

TEST_F(dirty, who_may_not_write_may_look)
{
	int reader = vt_reopen(self->fd, VMADEV_ACCESS_READ, 0);
	__u64 words[NWORDS] = {};

	ASSERT_LE(0, reader);
	store(self, 7, 9);
	EXPECT_EQ(-1, vt_dirty_get(reader, 0, 0, 0, 0, words));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, vt_dirty_clear(reader, 0, 0, 0, words));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(2, vt_dirty_get(reader, VMADEV_DIRTY_NO_CLEAR, 0, 0, 0, words));
	EXPECT_EQ(3ull << 7, words[0]);
	EXPECT_EQ(2, vt_dirty_get(self->fd, 0, 0, 0, 0, NULL));
	close(reader);
}

/* The second word lies where nothing can be written: those of the first are not lost either. */
TEST_F(dirty, what_cannot_be_told_is_not_lost)
{
	size_t page = getpagesize();
	char *q = mmap(NULL, 2 * page, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 *words = (__u64 *)(q + page - sizeof(__u64));
	struct set all = {};

	ASSERT_NE(MAP_FAILED, q);
	ASSERT_EQ(0, munmap(q + page, page));
	store(self, 3, 5);
	store(self, 70, 72);
	set_add_range(&all, 3, 5);
	set_add_range(&all, 70, 72);
	EXPECT_EQ(-1, vt_dirty_get(self->fd, 0, 0, 0, 0, words));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, vt_dirty_get(self->fd, 0, 0, 0, 0, (__u64 *)16));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, vt_dirty_clear(self->fd, 0, 0, 0, words));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_TRUE(are_dirty(self, VMADEV_DIRTY_NO_CLEAR, &all));
	ASSERT_EQ(0, mprotect(q, page, PROT_READ));
	EXPECT_EQ(-1, vt_dirty_get(self->fd, 0, 0, 64 * self->page, 0, words));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_TRUE(taken(self, &all));
	/* Words without a dirty page are not touched. */
	EXPECT_EQ(0, vt_dirty_get(self->fd, 0, 0, 0, 0, words));
	munmap(q, page);
}

/* The bitmap itself is in the region. */
TEST_F(dirty, it_can_be_told_into_the_region)
{
	__u64 *words = (__u64 *)at(self, 10);

	store(self, 3, 4);
	EXPECT_EQ(1, vt_dirty_get(self->fd, 0, 0, 0, 0, words));
	EXPECT_EQ(1ull << 3, words[0]);
	EXPECT_TRUE(one_taken(self, 10));
}

TEST_F(dirty, what_is_new_is_dirty)
{
	struct set all = {};

	store(self, 0, NPAGES);
	vt_dirty_get(self->fd, 0, 0, 0, 0, NULL);
	if (variant->backing == VMADEV_BACKING_CONTIG) {
		EXPECT_EQ(-1, ftruncate(self->fd, self->bytes - self->page));
		EXPECT_EQ(EOPNOTSUPP, errno);
	} else {
		ASSERT_EQ(0, ftruncate(self->fd, 100 * self->page));
		EXPECT_TRUE(none_taken(self));
		ASSERT_EQ(0, ftruncate(self->fd, self->bytes));
		set_add_range(&all, 100, NPAGES);
		EXPECT_TRUE(taken(self, &all));
		EXPECT_EQ(0, vt_read(at(self, 100)));
		EXPECT_TRUE(none_taken(self));
		/* Longer than it ever was. */
		store(self, 5, 6);
		ASSERT_EQ(0, ftruncate(self->fd, 10 * self->bytes));
		EXPECT_EQ(9 * NPAGES + 1, vt_dirty_get(self->fd, 0, 0, 0, 0, NULL));
		EXPECT_EQ(1, pwrite(self->fd, "x", 1, 10 * self->bytes - 1));
		EXPECT_EQ(1, vt_dirty_get(self->fd, 0, 0, 0, 0, NULL));
		ASSERT_EQ(0, ftruncate(self->fd, self->bytes));
	}
	store(self, 7, 8);
	EXPECT_TRUE(one_taken(self, 7));
}

TEST_F(dirty, all_is_dirty_that_was_restored)
{
	struct set all = {};
	static const __u32 how[] = {
		VMADEV_REVOKE_SIGBUS, VMADEV_REVOKE_ZEROS, VMADEV_REVOKE_ONES
	};

	set_add_range(&all, 0, NPAGES);
	for (int i = 0; i < 3; i++) {
		__u64 words[NWORDS] = {};

		store(self, 0, 9);
		vt_dirty_get(self->fd, 0, 0, 0, 0, NULL);
		ASSERT_EQ(0, vt_revoke(self->fd, how[i], NULL));
		EXPECT_EQ(-1, vt_dirty_get(self->fd, 0, 0, 0, 0, words));
		EXPECT_EQ(ENODEV, errno);
		EXPECT_EQ(-1, vt_dirty_clear(self->fd, 0, 0, 0, words));
		EXPECT_EQ(ENODEV, errno);
		/* What is seen there is written to, or not: it is not the region. */
		EXPECT_EQ(i ? 0 : -SIGBUS, vt_write(at(self, 4), 1));
		EXPECT_EQ(!i ? -SIGBUS : i == 1 ? 0 : 255, vt_read(at(self, 5) + 7));
		EXPECT_EQ(i ? 0 : -SIGBUS, vt_write(at(self, 5), 1));
		ASSERT_EQ(0, vt_restore(self->fd));
		EXPECT_EQ(0, vt_read(at(self, 4)));
		EXPECT_TRUE(taken(self, &all));
		store(self, 4, 5);
		EXPECT_TRUE(one_taken(self, 4));
	}
}

TEST_F(dirty, what_is_sealed_can_be_asked)
{
	store(self, 3, 4);
	munmap(self->p, self->bytes);
	ASSERT_EQ(0, vt_add_seals(self->fd, VMADEV_SEAL_WRITE | VMADEV_SEAL_GROW));
	EXPECT_TRUE(one_taken(self, 3));
	EXPECT_EQ(-1, pwrite(self->fd, "x", 1, 0));
	EXPECT_TRUE(none_taken(self));
}

TEST_F(dirty, fresh_descriptors_and_mappings_share_the_log)
{
	int other = vt_reopen(self->fd, 0, 0);

	store(self, 3, 4);
	close(self->fd);
	self->fd = other;
	munmap(self->p, self->bytes);
	self->p = mmap(NULL, self->bytes, RW, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
	EXPECT_TRUE(one_taken(self, 3));
	store(self, 3, 4);
	EXPECT_TRUE(one_taken(self, 3));
}

/*
 * Entries of a PMD are for what is read alone.
 *
 *	|H       |pppppppp|	the second one was stored to
 */
TEST(huge_entries_are_given_up_for_a_store)
{
	size_t entry, page = vt_page();
	struct vmadev_stats stats;
	char *p;
	int fd;

	if (!vt_has_huge())
		SKIP(return, VT_NO_HUGE);
	entry = vt_huge_bytes();
	fd = vt_create_flags(VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_HUGE, 2 * entry, "log",
			     VMADEV_CREATE_LOG_DIRTY);
	ASSERT_LE(0, fd);
	p = mmap(NULL, 2 * entry, RW, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, vt_read(p));
	EXPECT_EQ(0, vt_read(p + entry));
	ASSERT_EQ(0, vt_stats(fd, 0, &stats));
	EXPECT_EQ(2 * entry / page, stats.pages);
	p[entry + 5 * page] = 1;
	EXPECT_EQ(1, vt_dirty_get(fd, VMADEV_DIRTY_NO_CLEAR, 0, 0, entry, NULL));
	EXPECT_EQ(1, vt_dirty_get(fd, 0, entry + 5 * page, page, 0, NULL));
	EXPECT_EQ(0, vt_dirty_get(fd, 0, 0, 0, 0, NULL));
	EXPECT_EQ(1, vt_read(p + entry + 5 * page));
	EXPECT_EQ(0, vt_dirty_get(fd, 0, 0, 0, 0, NULL));
	munmap(p, 2 * entry);
	close(fd);
}

/* Of a large folio the kernel would make all entries writable at one store. */
TEST(pages_of_contig_are_single_ones)
{
	size_t page = vt_page(), bytes = 512 * page;
	char *p;
	int fd = vt_create_flags(VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_PAGE, bytes, "log",
				 VMADEV_CREATE_LOG_DIRTY);

	ASSERT_LE(0, fd);
	p = mmap(NULL, bytes, RW, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	for (int i = 5; i < 8; i++)
		p[i * page] = 1;
	EXPECT_EQ(3, vt_dirty_get(fd, 0, 0, 0, 0, NULL));
	p[6 * page] = 2;
	EXPECT_EQ(1, vt_dirty_get(fd, 0, 0, 0, 0, NULL));
	EXPECT_EQ(0, vt_dirty_get(fd, 0, 0, 0, 0, NULL));
	munmap(p, bytes);
	close(fd);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A page that memory failure has taken: madvise(MADV_HWPOISON) says what a machine
 * check would. Nobody reads, writes or maps it anew, whatever the strategy; its
 * neighbours are as they were.
 */
#include <signal.h>
#include <sys/ioctl.h>

#include "mapping.h"

#define BAD	3		/* the page that goes */

static void survive(int sig)
{
	(void)sig;
}

/* Who asks for it is told by a signal too, of page cache that is dirty: it may not be ignored. */
static int take_away(char *map, size_t bytes)
{
	struct sigaction action = { .sa_handler = survive }, old;
	int err;

	sigaction(SIGBUS, &action, &old);
	err = madvise(map, bytes, MADV_HWPOISON) ? errno : 0;
	sigaction(SIGBUS, &old, NULL);
	return err;
}

/*
 * Poison the page of a region through a mapping that get_user_pages() works on.
 * Memory of the module is nobody's to take away: the kernel marks it, says EBUSY (of
 * a large folio EHWPOISON) and leaves mappings as they are.
 */
static int poison_page(const mapping *m, int region, __u32 strategy)
{
	struct vmadev_open open = { .size = sizeof(open), .strategy = strategy };
	int fd = ioctl(region, VMADEV_IOC_OPEN, &open);
	char *map;
	int err;

	if (fd < 0)
		return errno;
	map = mmap(NULL, m->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, BAD * m->page);
	if (map == MAP_FAILED)
		return errno;
	*(volatile char *)map;
	err = take_away(map, m->page);
	munmap(map, m->page);
	close(fd);
	return err == EBUSY || err == EHWPOISON ? 0 : err;
}

/* ... and drop what maps it. */
static int poison(const mapping *m, __u32 strategy)
{
	return poison_page(m, m->fd, strategy) ?: vt_zap(m->fd, 0, m->bytes);
}

#define SKIP_OR_POISON()								\
	do {										\
		__u32 by = variant->backing == VMADEV_BACKING_SHMEM ?			\
			   VMADEV_STRATEGY_CACHE :					\
			   variant->backing == VMADEV_BACKING_MEDIA ?			\
			   VMADEV_STRATEGY_FILEMAP : VMADEV_STRATEGY_PAGE;		\
		int err;								\
											\
		if (is_anon(variant))							\
			SKIP(return, "none has no page that could go bad");		\
		ASSERT_EQ(0, fill_region(self));					\
		err = poison(self, by);							\
		if (err == EINVAL)							\
			SKIP(return, "no MADV_HWPOISON on this machine");		\
		ASSERT_EQ(0, err);							\
	} while (0)

/* SIGBUS there and nowhere else. A fault beside it may bring it along in its folio. */
static void expect_bad(struct __test_metadata *_metadata, const mapping *m, const char *map)
{
	EXPECT_EQ(-SIGBUS, vt_read(map + BAD * m->page));
	EXPECT_TRUE(pages_are_filled(m, map, 0, BAD));
	EXPECT_TRUE(page_is(m, map, BAD + 1, BAD + 2));
}

TEST_F(mapping, read_and_write_of_a_poisoned_page_are_eio)
{
	char two[2 * self->page];
	ssize_t page = self->page;

	SKIP_OR_POISON();
	EXPECT_EQ(-1, pread(self->fd, two, page, BAD * page));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, pwrite(self->fd, two, page, BAD * page));
	EXPECT_EQ(EIO, errno);
	/* Up to it, and no further. */
	EXPECT_EQ(page, pread(self->fd, two, 2 * page, (BAD - 1) * page));
	EXPECT_TRUE(vt_is_pattern(two, page, BAD));
	EXPECT_EQ(page, pread(self->fd, two, page, (BAD + 1) * page));
	EXPECT_TRUE(vt_is_pattern(two, page, BAD + 2));
}

/* Lazy: SIGBUS at that page alone. Eager: there is nothing to wait for. */
TEST_F(mapping, poisoned_page_is_not_mapped)
{
	bool eager = variant->strategy == VMADEV_STRATEGY_REMAP ||
		     variant->strategy == VMADEV_STRATEGY_INSERT;
	char *map;

	SKIP_OR_POISON();
	map = map_region(self, variant);
	if (eager) {
		EXPECT_EQ(MAP_FAILED, map);
		EXPECT_EQ(EIO, errno);
		/* What is beside it can be had. */
		map = mmap(NULL, BAD * self->page, PROT_READ, variant->flags, self->fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_TRUE(pages_are_filled(self, map, 0, BAD));
		return;
	}
	ASSERT_NE(MAP_FAILED, map);
	expect_bad(_metadata, self, map);
}

/* What was mapped by PTEs made before is dropped by a zap, and stays away. */
TEST_F(mapping, poisoned_page_stays_away_after_a_zap)
{
	char *map;

	if (is_anon(variant))
		SKIP(return, "none has no page that could go bad");
	map = map_region(self, variant);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill_region(self));
	EXPECT_LE(0, vt_read(map + BAD * self->page));
	SKIP_OR_POISON();
	expect_bad(_metadata, self, map);
}

/* It is mapped to be read, and the first store to it is looked at. */
TEST_F(mapping, store_to_a_poisoned_page_is_sigbus_where_it_is_logged)
{
	int fd = vt_create_flags(variant->backing, variant->strategy, self->bytes, "log",
				 VMADEV_CREATE_LOG_DIRTY), err;
	char *map;

	if (fd < 0 || !is_shared(variant)) {
		EXPECT_TRUE(!is_shared(variant) || errno == EOPNOTSUPP);
		return;
	}
	map = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	for (int i = 0; i < NPAGES; i++)
		ASSERT_EQ(0, vt_read(map + i * self->page));
	err = poison_page(self, fd, VMADEV_STRATEGY_PAGE);
	if (err == EINVAL)
		SKIP(return, "no MADV_HWPOISON on this machine");
	ASSERT_EQ(0, err);
	EXPECT_EQ(-SIGBUS, vt_write(map + BAD * self->page, 1));
	EXPECT_EQ(0, vt_write(map + (BAD + 1) * self->page, 1));
	EXPECT_EQ(1, vt_dirty_get(fd, 0, 0, 0, 0, NULL));
	munmap(map, self->bytes);
	close(fd);
}

/* Of media: it is told, the others are durable, and a crash leaves what was. */
TEST_F(mapping, sync_of_a_poisoned_page_is_eio)
{
	__u64 dirty = 0;
	char page[self->page];
	int fd;

	if (variant->backing != VMADEV_BACKING_MEDIA)
		return;
	SKIP_OR_POISON();
	EXPECT_EQ(-1, fsync(self->fd));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(1, vt_unsynced(self->fd, 0, 0, &dirty));
	EXPECT_EQ(1ull << BAD, dirty);
	fd = vt_crash_fork(self->fd, VMADEV_KEEP_ALL, 0, NULL);
	ASSERT_LE(0, fd);
	ASSERT_EQ((ssize_t)self->page, pread(fd, page, self->page, BAD * self->page));
	EXPECT_TRUE(vt_is_zero(page, self->page));
	ASSERT_EQ((ssize_t)self->page, pread(fd, page, self->page, (BAD + 1) * self->page));
	EXPECT_TRUE(page_is(self, page, 0, BAD + 2));
	close(fd);
}

TEST_HARNESS_MAIN

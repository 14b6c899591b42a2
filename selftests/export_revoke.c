// SPDX-License-Identifier: GPL-2.0-or-later
/* A dma-buf of a region that is revoked: it ends with the pages that it was made of. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer.h"

static int map_errno(const buffer *b)
{
	char *map = mmap(NULL, b->page, PROT_READ, MAP_SHARED, b->buffer, 0);

	if (map == MAP_FAILED)
		return errno;
	munmap(map, b->page);
	return 0;
}

/* Nobody uses it: all pages are free. What it maps is as what else maps the region. */
TEST_F(buffer, revoke_takes_it_along)
{
	const __u32 hows[] = { VMADEV_REVOKE_ZEROS, VMADEV_REVOKE_ONES, VMADEV_REVOKE_SIGBUS };
	const int shown[] = { 0, 0xff, -SIGBUS };

	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		int buffer = vt_export(self->region, 0, variant->strategy, 0, self->page);
		char *map = mmap(NULL, self->page, PROT_READ, MAP_SHARED, buffer, 0);
		__u64 pinned = 1;

		ASSERT_NE(MAP_FAILED, map);
		EXPECT_LE(0, vt_read(map));
		ASSERT_EQ(0, vt_revoke(self->region, hows[i], &pinned));
		EXPECT_EQ(0u, pinned);
		EXPECT_EQ(shown[i], vt_read(map));
		EXPECT_EQ(ENODEV, map_errno(self));
		EXPECT_EQ(-1, vt_export(self->region, 0, 0, 0, self->page));
		EXPECT_EQ(ENODEV, errno);
		ASSERT_EQ(0, vt_restore(self->region));
		munmap(map, self->page);
		close(buffer);
	}
}

/*
 *	|BBBBBBBB|	the region, restored
 *	  |....|	the buffer: neither its old pages nor the region's new ones
 */
TEST_F(buffer, restore_gives_it_nothing)
{
	int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC), other;
	char byte, *map;

	ASSERT_LE(0, memory);
	EXPECT_TRUE(is_filled(self, self->map));
	ASSERT_EQ(0, vt_revoke(self->region, 0, NULL));
	ASSERT_EQ(0, vt_restore(self->region));
	for (int i = 0; i < NPAGES; i++)
		ASSERT_TRUE(write_page(self, i, i + 1));
	for (int i = 0; i < COUNT; i++) {
		EXPECT_EQ(-SIGBUS, vt_read(self->map + i * self->page));
		EXPECT_EQ(-SIGBUS, vt_write(self->map + i * self->page, 1));
	}
	EXPECT_EQ(-1, pread(memory, &byte, 1, (uintptr_t)self->map));
	EXPECT_EQ(-1, pwrite(memory, "x", 1, (uintptr_t)self->map));
	EXPECT_EQ(ENODEV, map_errno(self));
	for (int i = 0; i < NPAGES; i++)
		EXPECT_TRUE(page_is(self, i, i + 1));

	/* Its mapping goes on to show nothing when it is gone, and other buffers are new. */
	other = vt_export(self->region, 0, variant->strategy, FIRST * self->page, self->bytes);
	ASSERT_LE(0, other);
	close(self->buffer);
	self->buffer = -1;
	EXPECT_EQ(-SIGBUS, vt_read(self->map));
	map = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, other, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(is_filled(self, map));
	munmap(map, self->bytes);
	close(other);
	close(memory);
}

/* The region's new pages are no buffer's: they may go. */
TEST_F(buffer, restored_pages_are_not_held)
{
	bool goes = variant->backing == VMADEV_BACKING_PAGES;

	ASSERT_EQ(0, vt_revoke(self->region, 0, NULL));
	ASSERT_EQ(0, vt_restore(self->region));
	EXPECT_EQ(0, punch(self, FIRST * self->page, self->page));
	EXPECT_EQ(goes ? 0 : -1, ftruncate(self->region, self->page));
}

/* Whoever has a buffer of what the region was writes no byte of what it is. */
TEST(buffer_that_is_over_is_no_writer)
{
	ssize_t page = vt_page();
	int fd = vt_create_flags(VMADEV_BACKING_PAGES, 0, page, "sealed",
				 VMADEV_CREATE_ALLOW_SEALING);
	int buffer;

	VT_NEEDS_EXPORT();
	ASSERT_LE(0, fd);
	buffer = vt_export(fd, 0, 0, 0, page);
	ASSERT_LE(0, buffer);
	ASSERT_EQ(0, vt_revoke(fd, 0, NULL));
	ASSERT_EQ(0, vt_restore(fd));
	EXPECT_EQ(0, vt_add_seals(fd, VMADEV_SEAL_WRITE));
	close(buffer);
	close(fd);
}

TEST_HARNESS_MAIN

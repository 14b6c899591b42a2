// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every strategy on every backing: what a mapping shows and what it changes,
 * shared and private, at the first, a middle and the last page.
 *
 *	region   |--first--|----...----|--middle--|----...----|--last--|
 *	spot      ^ byte 0                 ^ inside            byte -1 ^
 */
#include "vmadev_test.h"

#define PAGES 16

FIXTURE(map) {
	int fd;
	ssize_t page, size;
	off_t spot[3];
	unsigned char *bytes;	/* what a fresh mapping must show */
};

FIXTURE_VARIANT(map) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(map);

FIXTURE_SETUP(map)
{
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->size = PAGES * self->page;
	self->spot[0] = 0;
	self->spot[1] = PAGES / 2 * self->page + 123;
	self->spot[2] = self->size - 1;
	self->bytes = malloc(self->size);
	ASSERT_NE(NULL, self->bytes);
	self->fd = vt_create(variant->backing, variant->strategy, self->size, "basic");
	ASSERT_LE(0, self->fd);

	vt_pattern(self->bytes, self->size, 1);
	ASSERT_EQ(self->size, pwrite(self->fd, self->bytes, self->size, 0));
	if (variant->backing == VMADEV_BACKING_NONE)
		memset(self->bytes, 0, self->size);
}

FIXTURE_TEARDOWN(map)
{
	free(self->bytes);
	close(self->fd);
}

/* The region's byte at @at, through read. */
static int region_byte(int fd, off_t at)
{
	unsigned char byte;

	return pread(fd, &byte, 1, at) == 1 ? byte : -1;
}

TEST_F(map, shared_read_shows_the_region)
{
	unsigned char *p;

	p = mmap(NULL, self->size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(self->bytes[self->spot[i]], vt_read(p + self->spot[i]));
	EXPECT_EQ(0, memcmp(p, self->bytes, self->size));
	EXPECT_EQ(-SIGSEGV, vt_write(p, 1));
}

/* The first touch of each page is the write. */
TEST_F(map, shared_write_changes_the_region)
{
	bool vanishes = variant->backing == VMADEV_BACKING_NONE;
	unsigned char *p, *q;

	p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	q = mmap(NULL, self->size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_NE(MAP_FAILED, q);
	for (int i = 0; i < 3; i++) {
		off_t at = self->spot[i];

		EXPECT_EQ(0, vt_write(p + at, 0xe0 + i));
		EXPECT_EQ(0xe0 + i, vt_read(p + at));
		EXPECT_EQ(vanishes ? 0 : 0xe0 + i, vt_read(q + at));
		EXPECT_EQ(vanishes ? 0 : 0xe0 + i, region_byte(self->fd, at));
		self->bytes[at] = 0xe0 + i;
	}
	EXPECT_EQ(0, memcmp(p, self->bytes, self->size));
}

/* The page is there for reading already when the write comes. */
TEST_F(map, shared_write_after_a_read_changes_the_region)
{
	bool vanishes = variant->backing == VMADEV_BACKING_NONE;
	unsigned char *p;

	p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	for (int i = 0; i < 3; i++) {
		off_t at = self->spot[i];

		EXPECT_EQ(self->bytes[at], vt_read(p + at));
		EXPECT_EQ(0, vt_write(p + at, 0xd0 + i));
		EXPECT_EQ(0xd0 + i, vt_read(p + at));
		EXPECT_EQ(vanishes ? 0 : 0xd0 + i, region_byte(self->fd, at));
	}
}

/* The middle of a region maps as the middle, not as the beginning. */
TEST_F(map, offset_maps_from_the_offset)
{
	off_t from = 3 * self->page;
	ssize_t len = 2 * self->page;
	unsigned char *p;

	p = mmap(NULL, len, PROT_READ, MAP_SHARED, self->fd, from);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, memcmp(p, self->bytes + from, len));
}

TEST_F(map, info_says_which_sharing_is_served)
{
	EXPECT_EQ(1, vt_serves(self->fd, variant->strategy, false));
	EXPECT_EQ(variant->private_ok, vt_serves(self->fd, variant->strategy, true));
}

FIXTURE(private) {
	int fd;
	ssize_t page, size;
	off_t spot[3];
	unsigned char *bytes;
	unsigned char *p;	/* private */
	unsigned char *shared;
};

FIXTURE_VARIANT(private) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_PRIVATE_BYTE_MODES(private);
VT_MODE(private, anon_none, ANON, NONE, true);

FIXTURE_SETUP(private)
{
	self->page = vt_page();
	self->size = PAGES * self->page;
	self->spot[0] = 0;
	self->spot[1] = PAGES / 2 * self->page + 123;
	self->spot[2] = self->size - 1;
	self->bytes = calloc(1, self->size);
	ASSERT_NE(NULL, self->bytes);
	self->fd = vt_create(variant->backing, variant->strategy, self->size, "basic");
	ASSERT_LE(0, self->fd);

	if (variant->backing != VMADEV_BACKING_NONE)
		vt_pattern(self->bytes, self->size, 1);
	ASSERT_EQ(self->size, pwrite(self->fd, self->bytes, self->size, 0));
	self->p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
	self->shared = mmap(NULL, self->size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->shared);
}

FIXTURE_TEARDOWN(private)
{
	free(self->bytes);
	close(self->fd);
}

TEST_F(private, read_shows_the_region)
{
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(self->bytes[self->spot[i]], vt_read(self->p + self->spot[i]));
	EXPECT_EQ(0, memcmp(self->p, self->bytes, self->size));
}

/* The first touch is the write; the rest of the page is copied. */
TEST_F(private, write_stays_private)
{
	for (int i = 0; i < 3; i++) {
		off_t at = self->spot[i];

		EXPECT_EQ(0, vt_write(self->p + at, 0xe0 + i));
		EXPECT_EQ(0xe0 + i, vt_read(self->p + at));
		EXPECT_EQ(self->bytes[at], region_byte(self->fd, at));
	}
	EXPECT_EQ(0, memcmp(self->shared, self->bytes, self->size));
	for (int i = 0; i < 3; i++)
		self->bytes[self->spot[i]] = 0xe0 + i;
	EXPECT_EQ(0, memcmp(self->p, self->bytes, self->size));
}

TEST_F(private, write_after_a_read_stays_private)
{
	for (int i = 0; i < 3; i++) {
		off_t at = self->spot[i];

		EXPECT_EQ(self->bytes[at], vt_read(self->p + at));
		EXPECT_EQ(0, vt_write(self->p + at, 0xd0 + i));
		EXPECT_EQ(0xd0 + i, vt_read(self->p + at));
		EXPECT_EQ(self->bytes[at], region_byte(self->fd, at));
	}
	EXPECT_EQ(0, memcmp(self->shared, self->bytes, self->size));
}

/* Once copied, what is written to the region later no longer shows. */
TEST_F(private, copy_does_not_follow_the_region)
{
	char later[] = { 0x77, 0x78 };
	bool follows = variant->backing != VMADEV_BACKING_NONE;

	EXPECT_EQ(0, vt_write(self->p, 0x11));
	EXPECT_EQ(self->bytes[self->page], vt_read(self->p + self->page));
	ASSERT_EQ(1, pwrite(self->fd, later, 1, 0));
	ASSERT_EQ(1, pwrite(self->fd, later + 1, 1, self->page));
	EXPECT_EQ(0x11, vt_read(self->p));
	EXPECT_EQ(follows ? 0x78 : 0, vt_read(self->p + self->page));
}

TEST_HARNESS_MAIN

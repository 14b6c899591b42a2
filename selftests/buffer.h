/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dma-buf of some pages of a region, for the programs that test it as its descriptor
 * shows it.
 *
 *	|AAAAAAAA|	a region of eight pages, page i holds the pattern of i + 1
 *	  |AAAA|	the buffer
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmadev_test.h"

#define NPAGES	8
#define FIRST	2
#define COUNT	4
#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

FIXTURE(buffer) {
	int region, buffer;
	ssize_t page, bytes;	/* of a page, of the buffer */
	char *map;		/* the buffer, not touched yet */
};

FIXTURE_VARIANT(buffer) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_PAGE_MODES(buffer);

typedef FIXTURE_DATA(buffer) buffer;

static inline bool write_page(const buffer *b, int page, unsigned int seed)
{
	char bytes[b->page];

	vt_pattern(bytes, b->page, seed);
	return pwrite(b->region, bytes, b->page, page * b->page) == b->page;
}

static inline bool page_is(const buffer *b, int page, unsigned int seed)
{
	char bytes[b->page];

	return pread(b->region, bytes, b->page, page * b->page) == b->page &&
	       vt_is_pattern(bytes, b->page, seed);
}

/* A mapping of the buffer shows what was written to the region at first. */
static inline bool is_filled(const buffer *b, const char *map)
{
	for (int i = 0; i < COUNT; i++)
		if (!vt_is_pattern(map + i * b->page, b->page, FIRST + i + 1))
			return false;
	return true;
}

FIXTURE_SETUP(buffer)
{
	VT_NEEDS_EXPORT();
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->bytes = COUNT * self->page;
	self->region = vt_create(variant->backing, variant->strategy, NPAGES * self->page, "mine");
	if (self->region < 0 && errno == EOPNOTSUPP && variant->strategy == VMADEV_STRATEGY_REMAP)
		SKIP(return, VT_NOT_ONE_RUN);
	ASSERT_LE(0, self->region);
	for (int i = 0; i < NPAGES; i++)
		ASSERT_TRUE(write_page(self, i, i + 1));
	self->buffer = vt_export(self->region, 0, variant->strategy, FIRST * self->page,
				 self->bytes);
	ASSERT_LE(0, self->buffer);
	self->map = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->buffer, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(buffer)
{
	munmap(self->map, self->bytes);
	close(self->buffer);
	close(self->region);
}

static inline int punch(const buffer *b, ssize_t from, ssize_t bytes)
{
	return fallocate(b->region, PUNCH, from, bytes) ? errno : 0;
}

#endif /* BUFFER_H */

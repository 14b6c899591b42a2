/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For dma-bufs of regions in drivers of the kernel's own, which know nothing of vmadev. The
 * guest loads them where its kernel's package has them.
 *
 *	|AA......AA|	a region; the buffer is what is between the first and the last page
 */
#ifndef IMPORT_H
#define IMPORT_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "vmadev_test.h"

#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define NO_DRIVER "no such driver in this guest"

/* A region, filled, and a buffer of at least @bytes inside. */
struct shared {
	int region, buffer;
	ssize_t page, bytes;	/* of a page, of the buffer */
};

static inline bool write_page(const struct shared *s, ssize_t at, unsigned int seed)
{
	char bytes[s->page];

	vt_pattern(bytes, s->page, seed);
	return pwrite(s->region, bytes, s->page, at) == s->page;
}

static inline bool page_is(const struct shared *s, ssize_t at, unsigned int seed)
{
	char bytes[s->page];

	return pread(s->region, bytes, s->page, at) == s->page &&
	       vt_is_pattern(bytes, s->page, seed);
}

/* What is beside the buffer is as it was. */
static inline bool is_left_alone(const struct shared *s)
{
	return page_is(s, 0, 1) && page_is(s, s->page + s->bytes, 2);
}

static inline bool share(struct shared *s, __u32 backing, __u32 access, size_t bytes)
{
	s->page = vt_page();
	s->bytes = (bytes + s->page - 1) / s->page * s->page;
	s->region = vt_create(backing, 0, s->bytes + 2 * s->page, "shared");
	if (s->region < 0 || !write_page(s, 0, 1) || !write_page(s, s->page + s->bytes, 2))
		return false;
	s->buffer = vt_export(s->region, access, 0, s->page, s->bytes);
	return s->buffer >= 0;
}

static inline void unshare(struct shared *s)
{
	close(s->buffer);
	close(s->region);
}

#endif /* IMPORT_H */

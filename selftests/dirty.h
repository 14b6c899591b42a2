/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fixture of the tests of the dirty log: a region that keeps one, mapped to be written to. */
#ifndef DIRTY_H
#define DIRTY_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmadev_test.h"

#define NPAGES	200
#define NWORDS	((NPAGES + 63) / 64)
#define RW	(PROT_READ | PROT_WRITE)

FIXTURE(dirty)
{
	size_t page, bytes;
	bool pages;	/* its entries are of pages, which can be pinned */
	int fd;
	char *p;
};

FIXTURE_VARIANT(dirty)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_PAGE_MODES(dirty);

typedef FIXTURE_DATA(dirty) fixture;

FIXTURE_SETUP(dirty)
{
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	self->pages = variant->private_ok;
	self->fd = vt_create_flags(variant->backing, variant->strategy, self->bytes, "log",
				   VMADEV_CREATE_LOG_DIRTY | VMADEV_CREATE_ALLOW_SEALING);
	if (self->fd < 0 && errno == EOPNOTSUPP && variant->strategy == VMADEV_STRATEGY_REMAP)
		SKIP(return, VT_NOT_ONE_RUN);
	ASSERT_LE(0, self->fd);
	self->p = mmap(NULL, self->bytes, RW, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(dirty)
{
	munmap(self->p, self->bytes);
	close(self->fd);
}

/* Pages, as DIRTY_GET tells them. */
struct set {
	__u64 word[NWORDS];
};

static inline void set_add(struct set *s, int page)
{
	s->word[page / 64] |= 1ull << page % 64;
}

static inline void set_add_range(struct set *s, int from, int to)
{
	for (; from < to; from++)
		set_add(s, from);
}

static inline long set_weight(const struct set *s)
{
	long n = 0;

	for (int i = 0; i < NWORDS; i++)
		n += __builtin_popcountll(s->word[i]);
	return n;
}

static inline bool set_is(const struct set *s, const struct set *t)
{
	return !memcmp(s, t, sizeof(*s));
}

/* What was dirty is that, and nothing is any more; no_clear: it still is. */
static inline bool are_dirty(const fixture *f, __u32 flags, const struct set *expected)
{
	struct set found = {};
	long n = vt_dirty_get(f->fd, flags, 0, 0, 0, found.word);

	if (n == set_weight(expected) && set_is(&found, expected))
		return true;
	printf("# %ld dirty of %ld:", n, set_weight(expected));
	for (int i = 0; i < NPAGES; i++) {
		bool a = found.word[i / 64] >> i % 64 & 1, b = expected->word[i / 64] >> i % 64 & 1;

		if (a != b)
			printf(" %c%d", a ? '+' : '-', i);
	}
	printf("\n");
	return false;
}

static inline bool taken(const fixture *f, const struct set *expected)
{
	return are_dirty(f, 0, expected);
}

static inline bool one_taken(const fixture *f, int page)
{
	struct set one = {};

	set_add(&one, page);
	return taken(f, &one);
}

static inline bool none_taken(const fixture *f)
{
	return taken(f, &(struct set){});
}

static inline char *at(const fixture *f, int page)
{
	return f->p + page * f->page;
}

#endif /* DIRTY_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixture of the tests that hold for one mapping: a new region of eight
 * pages, for every strategy and backing, shared and private. Page i of what
 * map_filled() maps holds the pattern of seed i + 1.
 */
#ifndef VMADEV_MAPPING_H
#define VMADEV_MAPPING_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stands.h"
#include "vmadev_test.h"

#define NPAGES 8

FIXTURE(mapping) {
	int fd;
	size_t page;	/* bytes of a page */
	size_t bytes;	/* of the region */
	bool vmas_seen;	/* its VMAs are the module's own */
};

FIXTURE_VARIANT(mapping) {
	__u32 strategy;
	__u32 backing;
	int flags;	/* MAP_SHARED or MAP_PRIVATE */
};

#define MAPPING_VARIANT(s, S, b, B, f, F)			\
	FIXTURE_VARIANT_ADD(mapping, s##_##b##_##f) {		\
		.strategy = VMADEV_STRATEGY_##S,		\
		.backing = VMADEV_BACKING_##B,			\
		.flags = MAP_##F,				\
	}
#define MAPPING_SHARED(s, S, b, B) MAPPING_VARIANT(s, S, b, B, shared, SHARED)
#define MAPPING_BOTH(s, S, b, B) \
	MAPPING_SHARED(s, S, b, B); MAPPING_VARIANT(s, S, b, B, private, PRIVATE)

MAPPING_SHARED(remap, REMAP, contig, CONTIG);
MAPPING_SHARED(pfn, PFN, pages, PAGES);
MAPPING_SHARED(pfn, PFN, contig, CONTIG);
MAPPING_SHARED(huge, HUGE, contig, CONTIG);
MAPPING_BOTH(page, PAGE, pages, PAGES);
MAPPING_BOTH(page, PAGE, contig, CONTIG);
MAPPING_BOTH(insert, INSERT, pages, PAGES);
MAPPING_BOTH(insert, INSERT, contig, CONTIG);
MAPPING_BOTH(cache, CACHE, shmem, SHMEM);
MAPPING_BOTH(filemap, FILEMAP, media, MEDIA);
MAPPING_BOTH(anon, ANON, none, NONE);

typedef FIXTURE_DATA(mapping) mapping;
typedef FIXTURE_VARIANT(mapping) mapping_kind;

static inline bool is_shared(const mapping_kind *k)
{
	return k->flags & MAP_SHARED;
}

static inline enum class class_of(const mapping_kind *k)
{
	return class_of_vma(k->strategy, is_shared(k));
}

static inline bool is_pfnmap(const mapping_kind *k)
{
	return class_of(k) == PFNMAP;
}

/* Any flag of the kernel's VM_SPECIAL. */
static inline bool is_special(const mapping_kind *k)
{
	return is_pfnmap(k) || class_of(k) == MIXEDMAP;
}

/* What vmaudit's probe of that name comes to: an errno, or less, see stands.h. */
static inline int answer_of(const mapping_kind *k, const char *probe)
{
	return stands_up(class_of(k), probe);
}

static inline bool is_anon(const mapping_kind *k)
{
	return k->strategy == VMADEV_STRATEGY_ANON;
}

/* Its pages are the page cache's: userfaultfd, shared futexes and THP. */
static inline bool is_shmem(const mapping_kind *k)
{
	return class_of(k) == SHMEM;
}

FIXTURE_SETUP(mapping)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	VT_NEEDS(variant->strategy);
	self->vmas_seen = variant->strategy != VMADEV_STRATEGY_CACHE && !is_anon(variant);
	self->fd = vt_create(variant->backing, variant->strategy, self->bytes, "mapping");
	if (self->fd < 0 && errno == EOPNOTSUPP && variant->strategy == VMADEV_STRATEGY_REMAP)
		SKIP(return, VT_NOT_ONE_RUN);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(mapping)
{
	close(self->fd);
}

static inline bool page_is(const mapping *m, const char *map, int page, unsigned int seed)
{
	return vt_is_pattern(map + page * m->page, m->page, seed);
}

/* Pages @from to @to (excluded) of the region, seen at @map. */
static inline bool pages_are_filled(const mapping *m, const char *map, int from, int to)
{
	for (int i = from; i < to; i++)
		if (!page_is(m, map, i - from, i + 1))
			return false;
	return true;
}

static inline char *map_region(const mapping *m, const mapping_kind *k)
{
	return mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, k->flags, m->fd, 0);
}

/* Write the region by pwrite; what anon maps is not the region's. */
static inline int fill_region(const mapping *m)
{
	char page[m->page];

	for (int i = 0; i < NPAGES; i++) {
		vt_pattern(page, m->page, i + 1);
		if (pwrite(m->fd, page, m->page, i * m->page) != (ssize_t)m->page)
			return -1;
	}
	return 0;
}

/*
 * And its odd pages once more through the mapping, so that a private one shows
 * the region's pages and copies; for anon all of them.
 */
static inline int fill(const mapping *m, const mapping_kind *k, char *map)
{
	if (fill_region(m))
		return -1;
	for (int i = 0; i < NPAGES; i++)
		if (is_anon(k) || i % 2)
			vt_pattern(map + i * m->page, m->page, i + 1);
	return 0;
}

static inline char *map_filled(const mapping *m, const mapping_kind *k)
{
	char *map = map_region(m, k);

	if (map == MAP_FAILED) {
		ksft_print_msg("mmap: %s\n", strerror(errno));
	} else if (fill(m, k, map)) {
		ksft_print_msg("pwrite: %s\n", strerror(errno));
		return MAP_FAILED;
	}
	return map;
}

/*
 * Does the module count @vmas live VMAs? Those that it gave to the kernel's own
 * vm_ops it may not see, and then says so.
 */
static inline bool counts_vmas(const mapping *m, __u64 vmas)
{
	struct vmadev_stats s;

	if (vt_stats(m->fd, VMADEV_SCOPE_HANDLE, &s))
		return false;
	if (s.observed & VMADEV_STAT_VMAS)
		return s.vmas == vmas;
	return !m->vmas_seen && !s.vmas;
}

#endif /* VMADEV_MAPPING_H */

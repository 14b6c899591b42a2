/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixture of the tests of module/examples: the driver of a strategy, loaded
 * for the test and unloaded after it, its node open, and how it is mapped.
 */
#ifndef VMADEV_EXAMPLE_H
#define VMADEV_EXAMPLE_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmadev_test.h"

#define NPAGES 16	/* that the memory of each begins with; but for huge that is all */

enum example_kind { REMAP, PFN, HUGE, PAGE, INSERT, CACHE, ANON };

FIXTURE(example) {
	int fd;
	size_t page;	/* bytes of a page */
	size_t bytes;	/* of the memory */
};

FIXTURE_VARIANT(example) {
	enum example_kind kind;
	int flags;	/* MAP_SHARED or MAP_PRIVATE */
	const char *module;
	const char *node;
};

#define EXAMPLE(name, k, f, F)						\
	FIXTURE_VARIANT_ADD(example, name##_##f) {			\
		.kind = k,						\
		.flags = MAP_##F,					\
		.module = "vmadev_example_" #name,			\
		.node = "/dev/vmadev_example_" #name,			\
	}

EXAMPLE(remap, REMAP, shared, SHARED);
EXAMPLE(pfn, PFN, shared, SHARED);
EXAMPLE(huge, HUGE, shared, SHARED);
EXAMPLE(page, PAGE, shared, SHARED);
EXAMPLE(page, PAGE, private, PRIVATE);
EXAMPLE(insert, INSERT, shared, SHARED);
EXAMPLE(insert, INSERT, private, PRIVATE);
EXAMPLE(cache, CACHE, shared, SHARED);
EXAMPLE(cache, CACHE, private, PRIVATE);
EXAMPLE(anon, ANON, shared, SHARED);
EXAMPLE(anon, ANON, private, PRIVATE);

typedef FIXTURE_DATA(example) example;
typedef FIXTURE_VARIANT(example) example_how;

/* VM_PFNMAP and VM_IO */
static inline bool is_pfnmap(const example_how *how)
{
	return how->kind == REMAP || how->kind == PFN || how->kind == HUGE;
}

/* Any flag of the kernel's VM_SPECIAL */
static inline bool is_special(const example_how *how)
{
	return is_pfnmap(how) || how->kind == INSERT;
}

static inline bool is_shared(const example_how *how)
{
	return how->flags == MAP_SHARED;
}

static inline bool is_anon(const example_how *how)
{
	return how->kind == ANON;
}

/* What is mapped is tmpfs's, and holds neither the device nor its module. */
static inline bool is_shmem(const example_how *how)
{
	return how->kind == CACHE || (is_anon(how) && is_shared(how));
}

FIXTURE_SETUP(example)
{
	if (variant->kind == HUGE)
		VT_NEEDS(VMADEV_STRATEGY_HUGE);
	self->page = vt_page();
	self->bytes = variant->kind == HUGE ? vt_huge_bytes() : NPAGES * self->page;
	ASSERT_EQ(0, vt_load_beside(variant->module));
	self->fd = open(variant->node, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

/* In the parent, when nothing of the test is open or mapped any more. */
FIXTURE_TEARDOWN_PARENT(example)
{
	if (variant->kind == HUGE)
		VT_NEEDS(VMADEV_STRATEGY_HUGE);
	EXPECT_EQ(0, vt_unload_beside(variant->module));
	EXPECT_NE(0, access(variant->node, F_OK));
}

static inline char *map_at(const example *e, const example_how *how, int flags, off_t off)
{
	return mmap(NULL, e->bytes - off, PROT_READ | PROT_WRITE, flags | how->flags, e->fd, off);
}

static inline char *map_all(const example *e, const example_how *how)
{
	return map_at(e, how, 0, 0);
}

/* Page i holds the pattern of @seed + i. */
static inline void fill(const example *e, char *map, unsigned int seed)
{
	for (int i = 0; i < NPAGES; i++)
		vt_pattern(map + i * e->page, e->page, seed + i);
}

static inline bool page_is(const example *e, const char *map, int page, unsigned int seed)
{
	return vt_is_pattern(map + page * e->page, e->page, seed + page);
}

static inline bool is_filled(const example *e, const char *map, unsigned int seed)
{
	for (int i = 0; i < NPAGES; i++)
		if (!page_is(e, map, i, seed))
			return false;
	return true;
}

/* The driver's memory, filled through a mapping of its own; anon has none to show. */
static inline int fill_memory(const example *e, unsigned int seed)
{
	char *map = mmap(NULL, e->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, e->fd, 0);

	if (map == MAP_FAILED)
		return -1;
	fill(e, map, seed);
	return munmap(map, e->bytes);
}

/* Filled, whoever's the memory is. */
static inline char *map_filled(const example *e, const example_how *how, unsigned int seed)
{
	char *map;

	if (fill_memory(e, seed))
		return MAP_FAILED;
	map = map_all(e, how);
	if (map != MAP_FAILED && is_anon(how))
		fill(e, map, seed);
	return map;
}

/* The process's own memory, as a debugger reads and writes it. */
static inline ssize_t own_memory(char *at, void *buf, size_t n, bool write)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC), err;
	ssize_t done = write ? pwrite(mem, buf, n, (uintptr_t)at) :
			       pread(mem, buf, n, (uintptr_t)at);

	err = errno;
	close(mem);
	errno = err;
	return done;
}

#endif /* VMADEV_EXAMPLE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fixture of the tests of seals: a region that can be sealed, of every mode. */
#ifndef SEALS_H
#define SEALS_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmadev_test.h"

#define NPAGES	8
#define RW	(PROT_READ | PROT_WRITE)

FIXTURE(seals)
{
	size_t page, bytes;
	bool resizes, own;	/* can it be longer; do its mappings show its bytes */
	int fd, mem;
	char *buf;
};

FIXTURE_VARIANT(seals)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(seals);

typedef FIXTURE_DATA(seals) fixture;

/* All of it holds a pattern, which unchanged() knows again. */
FIXTURE_SETUP(seals)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	self->resizes = variant->backing != VMADEV_BACKING_CONTIG;
	self->own = variant->backing != VMADEV_BACKING_NONE;
	VT_NEEDS(variant->strategy);
	self->fd = vt_create_flags(variant->backing, variant->strategy, self->bytes, "sealed",
				   VMADEV_CREATE_ALLOW_SEALING);
	if (self->fd < 0 && errno == EOPNOTSUPP && variant->strategy == VMADEV_STRATEGY_REMAP)
		SKIP(return, VT_NOT_ONE_RUN);
	ASSERT_LE(0, self->fd);
	self->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->mem);
	self->buf = malloc(self->bytes);
	ASSERT_NE(NULL, self->buf);
	vt_pattern(self->buf, self->bytes, 1);
	ASSERT_EQ((ssize_t)self->bytes, pwrite(self->fd, self->buf, self->bytes, 0));
}

FIXTURE_TEARDOWN(seals)
{
	free(self->buf);
	close(self->mem);
	close(self->fd);
}

static inline char *map(const fixture *f, int prot, int flags)
{
	return mmap(NULL, f->bytes, prot, flags, f->fd, 0);
}

/* 0 or errno */
static inline int seal(const fixture *f, __u32 seals)
{
	return vt_add_seals(f->fd, seals) ? errno : 0;
}

static inline int put(const fixture *f, size_t n, off_t at)
{
	return pwrite(f->fd, "x", n, at) < 0 ? errno : 0;
}

/* The region, by read, as the set-up left it; of none all is zeros. */
static inline bool unchanged(const fixture *f)
{
	char bytes[f->bytes];

	if (pread(f->fd, bytes, f->bytes, 0) != (ssize_t)f->bytes)
		return false;
	return f->own ? vt_is_pattern(bytes, f->bytes, 1) : vt_is_zero(bytes, f->bytes);
}

#endif /* SEALS_H */

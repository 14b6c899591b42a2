// SPDX-License-Identifier: GPL-2.0-or-later
/* read() and write(), whose buffer is a mapping of the region they copy from or to. */
#include "vmadev_test.h"
#include "lib/race.h"
#include "mode.h"

#include <sys/mman.h>

#define NPAGES	32

FIXTURE(race_buffer)
{
	struct race race;
	int fd;
	size_t page;
	size_t bytes;
	char *p;
};

FIXTURE_VARIANT(race_buffer)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(race_buffer);

typedef FIXTURE_DATA(race_buffer) fixture;

FIXTURE_SETUP(race_buffer)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	CREATE_MODE(self->bytes, "race");
	self->p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(race_buffer)
{
	close(self->fd);
}

/* With a buffer that comes and goes: done, short or EFAULT, never stuck. */
static bool is_sane(const fixture *f, ssize_t n)
{
	return n < 0 ? errno == EFAULT : (size_t)n <= f->bytes;
}

static const char *read_into_mapping(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	(void)turn;
	return is_sane(f, pread(f->fd, f->p, f->bytes, 0)) ? NULL : "pread fails";
}

static const char *write_from_mapping(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	(void)turn;
	return is_sane(f, pwrite(f->fd, f->p, f->bytes, 0)) ? NULL : "pwrite fails";
}

static const char *remap(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	size_t off = turn % NPAGES * f->page;

	if (munmap(f->p + off, f->bytes - off) ||
	    mmap(f->p + off, f->bytes - off, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 f->fd, off) == MAP_FAILED)
		return "the mapping cannot be put back";
	return NULL;
}

TEST_F(race_buffer, read_and_write_against_unmap_of_their_buffer)
{
	race_add(&self->race, read_into_mapping, self);
	race_add(&self->race, write_from_mapping, self);
	race_add(&self->race, remap, self);
	EXPECT_RACE(&self->race);
}

TEST_HARNESS_MAIN

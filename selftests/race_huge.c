// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entries of a PMD and PTEs of one mapping of huge, while the kernel's mind changes
 * which it may have: neither is made where the other is. That the kernel log stays
 * silent is asserted by who runs the program.
 *
 *	|H       |H       |	two entries, the first page of each eighth is touched
 */
#include "vmadev_test.h"
#include "lib/race.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define ENTRIES	2
#define PLACES	16		/* of all, where each byte is known */

FIXTURE(race_huge)
{
	struct race race;
	int fd;
	size_t entry, bytes;
	char *p;
};

FIXTURE_SETUP(race_huge)
{
	VT_NEEDS(VMADEV_STRATEGY_HUGE);
	self->entry = vt_huge_bytes();
	ASSERT_LT(vt_page(), self->entry);
	self->bytes = ENTRIES * self->entry;
	self->fd = vt_create(VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_HUGE, self->bytes, "race");
	ASSERT_LE(0, self->fd);
	self->p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
	for (int i = 0; i < PLACES; i++)
		ASSERT_EQ(0, vt_write(self->p + i * (self->bytes / PLACES), i + 1));
}

FIXTURE_TEARDOWN(race_huge)
{
	munmap(self->p, self->bytes);
	close(self->fd);
}

typedef FIXTURE_DATA(race_huge) fixture;

/* Nobody takes the mapping away: each touch is served, and each byte is its place's. */
static const char *touch(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	unsigned int i = turn % PLACES;
	char *at = f->p + i * (f->bytes / PLACES);

	if (vt_read(at) != (int)i + 1)
		return "a read gets another byte, or a signal";
	return vt_write(at, i + 1) ? "a write gets a signal" : NULL;
}

static const char *zap_all(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	(void)turn;
	return vt_zap(f->fd, 0, f->bytes) ? "a zap fails" : NULL;
}

static const char *zap_one_page(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	size_t pages = f->bytes / vt_page();

	return vt_zap(f->fd, turn * 7 % pages * vt_page(), vt_page()) ? "a zap fails" : NULL;
}

static const char *forbid_and_allow(void *arg, unsigned long turn)
{
	(void)arg;
	return prctl(PR_SET_THP_DISABLE, turn % 2, 0, 0, 0) ? "prctl fails" : NULL;
}

/* The last page of the first entry goes and comes; nobody touches it. */
static const char *unmap_a_page_and_back(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	size_t page = vt_page(), off = f->entry - page;

	(void)turn;
	if (munmap(f->p + off, page))
		return "munmap fails";
	return mmap(f->p + off, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, f->fd, off) ==
	       MAP_FAILED ? "mmap fails" : NULL;
}

static const char *child_looks(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	pid_t child = fork();
	int status;

	(void)turn;
	if (child < 0)
		return "fork fails";
	if (!child) {
		for (int i = 0; i < PLACES; i++)
			if (f->p[i * (f->bytes / PLACES)] != i + 1)
				_exit(1);
		_exit(0);
	}
	return waitpid(child, &status, 0) != child || status ? "a child sees other bytes" : NULL;
}

TEST_F(race_huge, faults_against_zaps)
{
	race_add(&self->race, touch, self);
	race_add(&self->race, touch, self);
	race_add(&self->race, zap_all, self);
	race_add(&self->race, zap_one_page, self);
	EXPECT_RACE(&self->race);
}

TEST_F(race_huge, faults_against_who_forbids_huge_entries)
{
	race_add(&self->race, touch, self);
	race_add(&self->race, touch, self);
	race_add(&self->race, zap_all, self);
	race_add(&self->race, forbid_and_allow, self);
	EXPECT_RACE(&self->race);
	EXPECT_EQ(0, prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0));
}

TEST_F(race_huge, faults_against_split_and_fork)
{
	race_add(&self->race, touch, self);
	race_add(&self->race, zap_all, self);
	race_add(&self->race, unmap_a_page_and_back, self);
	race_add(&self->race, child_looks, self);
	EXPECT_RACE(&self->race);
}

static void read_first(void *arg)
{
	const fixture *f = arg;

	vt_read(f->p);
}

static void read_last(void *arg)
{
	const fixture *f = arg;

	vt_read(f->p + f->entry - 1);
}

static struct vmadev_stats counted(int fd)
{
	struct vmadev_stats s = { 0 };

	vt_stats(fd, VMADEV_SCOPE_REGION, &s);
	return s;
}

/* Who comes second finds the entry there: its pages are made once. */
TEST_F(race_huge, entry_that_two_threads_fault_counts_once)
{
	struct duel d = { 0 };
	unsigned int both = 0;

	ASSERT_EQ(0, duel_begin(&d, read_last, self));
	while (duel_goes_on(&d, both >= 8)) {
		struct vmadev_stats before, after;

		EXPECT_EQ(0, vt_zap(self->fd, 0, self->bytes));
		before = counted(self->fd);
		duel_meet(&d, read_first);
		after = counted(self->fd);
		both += after.faults_read - before.faults_read == 2;
		EXPECT_EQ(self->entry / vt_page(), after.pages - before.pages);
	}
	duel_end(&d);
	TH_LOG("both faulted %u times", both);
}

TEST_HARNESS_MAIN

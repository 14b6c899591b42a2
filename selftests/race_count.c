// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters, while what they count goes on: none goes back, and none misses anything. */
#include "vmadev_test.h"
#include "lib/race.h"
#include "mode.h"

#include <sys/mman.h>

#define NPAGES	16

FIXTURE(race_count)
{
	struct race race;
	struct vmadev_stats last;	/* that read_stats() saw */
	int fd;
	size_t page;
	size_t bytes;
	char *p;
};

FIXTURE_VARIANT(race_count)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(race_count);

typedef FIXTURE_DATA(race_count) fixture;

static char *map(const fixture *f)
{
	return mmap(NULL, f->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
}

FIXTURE_SETUP(race_count)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	CREATE_MODE(self->bytes, "race");
	self->p = map(self);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(race_count)
{
	close(self->fd);
}

static const char *touch(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return vt_write(f->p + turn % NPAGES * f->page, 1) ? "a write gets a signal" : NULL;
}

static const char *zap(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return vt_zap(f->fd, turn % NPAGES * f->page, f->page) ? "ZAP fails" : NULL;
}

static const char *map_and_unmap(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	char *p = map(f);

	(void)turn;
	return p == MAP_FAILED || munmap(p, f->bytes) ? "mmap or munmap fails" : NULL;
}

/* There is one mapping always, and one that comes and goes. */
static const char *read_stats(void *arg, unsigned long turn)
{
	fixture *f = arg;
	struct vmadev_stats *last = &f->last, s;

	if (vt_stats(f->fd, turn % 2 ? VMADEV_SCOPE_REGION : VMADEV_SCOPE_HANDLE, &s))
		return "STATS fails";
	if (s.observed & VMADEV_STAT_VMAS && (s.vmas < 1 || s.vmas > 2))
		return "vmas are not one or two";
	if (turn % 2)
		return NULL;
	if (s.mmaps < last->mmaps || s.faults_read < last->faults_read ||
	    s.faults_write < last->faults_write || s.faults_cow < last->faults_cow ||
	    s.faults_failed < last->faults_failed || s.pages < last->pages || s.zaps < last->zaps)
		return "a counter went back";
	*last = s;
	return NULL;
}

TEST_F(race_count, stats_against_faults_zap_and_mmap)
{
	race_step zapper = variant->backing == VMADEV_BACKING_NONE ? touch : zap;
	struct vmadev_stats s, region;

	race_add(&self->race, touch, self);
	race_add(&self->race, zapper, self);
	race_add(&self->race, zapper, self);
	race_add(&self->race, map_and_unmap, self);
	race_add(&self->race, read_stats, self);
	EXPECT_RACE(&self->race);

	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_HANDLE, &s));
	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_REGION, &region));
	EXPECT_EQ(1 + race_turns(&self->race, map_and_unmap), s.mmaps);
	EXPECT_EQ(race_turns(&self->race, zap), s.zaps);
	EXPECT_EQ(0ull, s.faults_failed + s.faults_cow);
	if (variant->strategy == VMADEV_STRATEGY_PAGE) {
		EXPECT_EQ(s.faults_read + s.faults_write, s.pages);
	}
	/* The region has no other handle. */
	EXPECT_EQ(region.observed & VMADEV_STAT_VMAS ? 1ull : 0ull, region.vmas);
	EXPECT_EQ(s.mmaps, region.mmaps);
	EXPECT_EQ(s.faults_read, region.faults_read);
	EXPECT_EQ(s.faults_write, region.faults_write);
	EXPECT_EQ(s.pages, region.pages);
	EXPECT_EQ(s.zaps, region.zaps);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* A handle, used by one and at the same time closed, or changed, by another. */
#include "vmadev_test.h"
#include "lib/race.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SEED	7

FIXTURE(race_handle)
{
	struct race race;
	struct duel duel;
	size_t page;
	int fd;			/* of the round: a region's only handle */
	__u64 region;
	/* what came of it */
	char *p;
	ssize_t n;
	int ret, err;
	int first[2];
	char buf[65536];	/* a page at least */
};

typedef FIXTURE_DATA(race_handle) fixture;

FIXTURE_SETUP(race_handle)
{
	self->page = vt_page();
	ASSERT_LE(self->page, sizeof(self->buf));
}

FIXTURE_TEARDOWN(race_handle)
{
}

/* A region with one page of pattern, and one handle. */
static bool renew(fixture *f)
{
	struct vmadev_info info;

	f->fd = vt_create(VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE, f->page, "race");
	vt_pattern(f->buf, f->page, SEED);
	if (f->fd < 0 || pwrite(f->fd, f->buf, f->page, 0) != (ssize_t)f->page ||
	    vt_info(f->fd, &info))
		return false;
	f->region = info.region;
	return true;
}

/* Is the region of the round on the list? -1: there is no list. */
static int is_listed(const fixture *f)
{
	FILE *list = fopen("/sys/kernel/debug/vmadev/regions", "re");
	char line[256];
	int found = 0;

	if (!list)
		return -1;
	while (fgets(line, sizeof(line), list))
		found |= strtoull(line, NULL, 10) == f->region;
	fclose(list);
	return found;
}

static void close_it(void *arg)
{
	fixture *f = arg;

	f->err = close(f->fd) ? errno : 0;
}

static void read_it(void *arg)
{
	fixture *f = arg;

	memset(f->buf, 0, f->page);
	f->n = pread(f->fd, f->buf, f->page, 0);
	f->ret = f->n < 0 ? errno : 0;
}

/* The bytes, or EBADF; and who comes last, the reader or the closer, lets the region go. */
TEST_F(race_handle, read_against_close)
{
	ASSERT_EQ(0, duel_begin(&self->duel, close_it, self));
	while (duel_goes_on(&self->duel, self->first[0] && self->first[1])) {
		ASSERT_TRUE(renew(self));
		duel_meet(&self->duel, read_it);
		ASSERT_EQ(0, self->err);
		if (self->n < 0) {
			ASSERT_EQ(EBADF, self->ret);
		} else {
			ASSERT_EQ((ssize_t)self->page, self->n);
			ASSERT_TRUE(vt_is_pattern(self->buf, self->page, SEED));
		}
		ASSERT_EQ(0, is_listed(self));
		self->first[self->n < 0]++;
	}
	duel_end(&self->duel);
	EXPECT_BOTH_FIRST(self->first, "read", "close");
}

static void map_it(void *arg)
{
	fixture *f = arg;

	f->p = mmap(NULL, f->page, PROT_READ, MAP_SHARED, f->fd, 0);
	f->ret = f->p == MAP_FAILED ? errno : 0;
}

/* A mapping that keeps the region and its bytes, or EBADF. */
TEST_F(race_handle, mmap_against_close)
{
	ASSERT_EQ(0, duel_begin(&self->duel, close_it, self));
	while (duel_goes_on(&self->duel, self->first[0] && self->first[1])) {
		ASSERT_TRUE(renew(self));
		duel_meet(&self->duel, map_it);
		ASSERT_EQ(0, self->err);
		ASSERT_EQ(self->p != MAP_FAILED, is_listed(self));
		if (self->p == MAP_FAILED) {
			ASSERT_EQ(EBADF, self->ret);
		} else {
			ASSERT_TRUE(vt_is_pattern(self->p, self->page, SEED));
			ASSERT_EQ(0, munmap(self->p, self->page));
			ASSERT_EQ(0, is_listed(self));
		}
		self->first[self->p == MAP_FAILED]++;
	}
	duel_end(&self->duel);
	EXPECT_BOTH_FIRST(self->first, "mmap", "close");
}

static void open_it(void *arg)
{
	fixture *f = arg;

	f->ret = vt_reopen(f->fd, 0, 0);
	f->n = f->ret < 0 ? errno : 0;
}

/* Another handle of the region, or EBADF. */
TEST_F(race_handle, open_against_last_close)
{
	ASSERT_EQ(0, duel_begin(&self->duel, close_it, self));
	while (duel_goes_on(&self->duel, self->first[0] && self->first[1])) {
		ASSERT_TRUE(renew(self));
		duel_meet(&self->duel, open_it);
		ASSERT_EQ(0, self->err);
		ASSERT_EQ(self->ret >= 0, is_listed(self));
		if (self->ret < 0) {
			ASSERT_EQ(EBADF, self->n);
		} else {
			ASSERT_EQ((ssize_t)self->page, pread(self->ret, self->buf, self->page, 0));
			ASSERT_TRUE(vt_is_pattern(self->buf, self->page, SEED));
			ASSERT_EQ(0, close(self->ret));
			ASSERT_EQ(0, is_listed(self));
		}
		self->first[self->ret < 0]++;
	}
	duel_end(&self->duel);
	EXPECT_BOTH_FIRST(self->first, "OPEN", "close");
}

static void zap_it(void *arg)
{
	fixture *f = arg;

	f->ret = vt_zap(f->fd, 0, f->page) ? errno : 0;
}

static void unmap_it(void *arg)
{
	fixture *f = arg;

	f->err = munmap(f->p, f->page) ? errno : 0;
}

/* The mapping that ZAP empties goes meanwhile. */
TEST_F(race_handle, zap_against_munmap)
{
	ASSERT_EQ(0, duel_begin(&self->duel, unmap_it, self));
	ASSERT_TRUE(renew(self));
	while (duel_goes_on(&self->duel, true)) {
		struct vmadev_stats s;

		map_it(self);
		ASSERT_TRUE(vt_is_pattern(self->p, self->page, SEED));
		duel_meet(&self->duel, zap_it);
		ASSERT_EQ(0, self->ret);
		ASSERT_EQ(0, self->err);
		ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_REGION, &s));
		ASSERT_EQ(0ull, s.vmas);
	}
	duel_end(&self->duel);
	EXPECT_EQ(0, close(self->fd));
	EXPECT_EQ(0, is_listed(self));
}

static void choose_pfn(void *arg)
{
	fixture *f = arg;

	f->err = vt_set_strategy(f->fd, VMADEV_STRATEGY_PFN) ? errno : 0;
}

/*
 * Either SET_STRATEGY is first, and the mapping is of the new strategy, or mmap
 * is, and SET_STRATEGY fails. "pf" in VmFlags tells which the mapping is of.
 */
TEST_F(race_handle, set_strategy_against_mmap_has_one_winner)
{
	ASSERT_EQ(0, duel_begin(&self->duel, choose_pfn, self));
	while (duel_goes_on(&self->duel, self->first[0] && self->first[1])) {
		struct vmadev_info info;

		ASSERT_TRUE(renew(self));
		duel_meet(&self->duel, map_it);
		ASSERT_NE(MAP_FAILED, self->p);
		ASSERT_TRUE(self->err == 0 || self->err == EBUSY);
		ASSERT_EQ(0, vt_info(self->fd, &info));
		ASSERT_EQ(self->err ? VMADEV_STRATEGY_PAGE : VMADEV_STRATEGY_PFN,
			  (int)info.strategy);
		ASSERT_EQ(!self->err, vt_has_flag(self->p, "pf"));
		ASSERT_TRUE(vt_is_pattern(self->p, self->page, SEED));
		self->first[!self->err]++;
		munmap(self->p, self->page);
		close(self->fd);
	}
	duel_end(&self->duel);
	EXPECT_BOTH_FIRST(self->first, "mmap", "SET_STRATEGY");
}

static const char *choose_either(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return vt_set_strategy(f->fd, turn % 2 ? VMADEV_STRATEGY_PAGE : VMADEV_STRATEGY_PFN) ?
	       "SET_STRATEGY fails" : NULL;
}

static const char *ask_strategy(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	struct vmadev_info info;

	(void)turn;
	if (vt_info(f->fd, &info))
		return "INFO fails";
	if (info.strategy != VMADEV_STRATEGY_PAGE && info.strategy != VMADEV_STRATEGY_PFN)
		return "INFO tells a strategy that nobody chose";
	return NULL;
}

static const char *read_fdinfo(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	char path[64], line[128];
	bool told = false;
	FILE *fdinfo;

	(void)turn;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", f->fd);
	fdinfo = fopen(path, "re");
	while (fdinfo && fgets(line, sizeof(line), fdinfo))
		told |= !strcmp(line, "vmadev-strategy:\tpage\n") ||
			!strcmp(line, "vmadev-strategy:\tpfn\n");
	if (fdinfo)
		fclose(fdinfo);
	return told ? NULL : "fdinfo tells a strategy that nobody chose";
}

TEST_F(race_handle, info_and_fdinfo_against_set_strategy)
{
	ASSERT_TRUE(renew(self));
	race_add(&self->race, choose_either, self);
	race_add(&self->race, choose_either, self);
	race_add(&self->race, ask_strategy, self);
	race_add(&self->race, read_fdinfo, self);
	EXPECT_RACE(&self->race);
	close(self->fd);
}

TEST_HARNESS_MAIN

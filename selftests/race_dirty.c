// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dirty log under those who write: who copies the pages that it tells of, each time
 * after it was asked, has the same bytes in the end. One page that is missed once, at any
 * moment, is one that differs.
 */
#include "vmadev_test.h"
#include "lib/race.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NPAGES	96
#define NWORDS	2
#define RW	(PROT_READ | PROT_WRITE)

FIXTURE(race_dirty)
{
	struct race race;
	struct duel duel;
	size_t page, bytes;
	int fd;
	char *p, *q;		/* two mappings of it */
	char *copy, *now;
	unsigned int round;
	bool by_split;		/* DIRTY_GET with NO_CLEAR, then DIRTY_CLEAR */
	long told;		/* pages, by the harvests that others wrote meanwhile */
	const char *wrong;
};

FIXTURE_VARIANT(race_dirty)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

/* Pages of contig that keep a log are single ones, too. */
VT_MODE(race_dirty, remap_contig, REMAP, CONTIG, false);
VT_MODE(race_dirty, pfn_pages, PFN, PAGES, false);
VT_MODE(race_dirty, huge_contig, HUGE, CONTIG, false);
VT_MODE(race_dirty, page_pages, PAGE, PAGES, true);
VT_MODE(race_dirty, insert_pages, INSERT, PAGES, true);

typedef FIXTURE_DATA(race_dirty) fixture;

FIXTURE_SETUP(race_dirty)
{
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	self->fd = vt_create_flags(variant->backing, variant->strategy, self->bytes, "race",
				   VMADEV_CREATE_LOG_DIRTY);
	if (self->fd < 0 && errno == EOPNOTSUPP && variant->strategy == VMADEV_STRATEGY_REMAP)
		SKIP(return, VT_NOT_ONE_RUN);
	ASSERT_LE(0, self->fd);
	self->p = mmap(NULL, self->bytes, RW, MAP_SHARED, self->fd, 0);
	self->q = mmap(NULL, self->bytes, RW, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
	ASSERT_NE(MAP_FAILED, self->q);
	self->copy = calloc(NPAGES, self->page);
	self->now = calloc(NPAGES, self->page);
	ASSERT_NE(NULL, self->copy);
	ASSERT_NE(NULL, self->now);
}

FIXTURE_TEARDOWN(race_dirty)
{
	munmap(self->p, self->bytes);
	munmap(self->q, self->bytes);
	free(self->copy);
	free(self->now);
	close(self->fd);
}

static volatile unsigned long *counter(const fixture *f, char *map, int page, int which)
{
	return (volatile unsigned long *)(map + page * f->page) + which;
}

/* What is past the end by now is zeros, of whatever size it will be. */
static bool copy_page(fixture *f, int page)
{
	char *to = f->copy + page * f->page;

	memset(to, 0, f->page);
	return pread(f->fd, to, f->page, page * f->page) >= 0;
}

static long ask(const fixture *f, __u64 *words)
{
	long n;

	if (!f->by_split)
		return vt_dirty_get(f->fd, 0, 0, 0, 0, words);
	n = vt_dirty_get(f->fd, VMADEV_DIRTY_NO_CLEAR, 0, 0, 0, words);
	return n < 0 ? n : vt_dirty_clear(f->fd, 0, 0, 0, words);
}

/* Copy what is dirty: how many pages, or -1. */
static long harvest(fixture *f)
{
	__u64 words[NWORDS] = {};
	long n = ask(f, words);

	for (int i = 0; i < NPAGES; i++)
		if (words[i / 64] >> i % 64 & 1 && !copy_page(f, i))
			return -1;
	return n;
}

/* Nobody writes any more. A page may be told of once more, since somebody had it. */
static const char *settle(fixture *f)
{
	ssize_t n;

	for (int i = 0; i < 3; i++)
		if (harvest(f) < 0)
			return "the log cannot be asked";
	memset(f->now, 0, f->bytes);
	n = pread(f->fd, f->now, f->bytes, 0);
	if (n < 0)
		return "the region cannot be read";
	return memcmp(f->now, f->copy, n) ? "a page was missed" : NULL;
}

static const char *turn_harvest(void *arg, unsigned long turn)
{
	fixture *f = arg;
	long n = harvest(f);

	(void)turn;
	if (n < 0)
		return "the log cannot be asked";
	f->told += n;
	return NULL;
}

/* A signal, where the page is gone or cannot be written to now, is no store. */
static const char *store(const fixture *f, char *map, int which, unsigned long turn)
{
	char *at = (char *)counter(f, map, turn * 29 % NPAGES, which);

	if (turn % 3 == 0)
		vt_read(at);
	vt_write(at, turn);
	return NULL;
}

static const char *turn_store(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return store(f, f->p, 0, turn);
}

static const char *turn_store_second(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return store(f, f->q, 1, turn);
}

static const char *turn_look(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return vt_read(f->p + turn % NPAGES * f->page) < 0 ? "a read gets a signal" : NULL;
}

static const char *turn_write_call(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	unsigned long value = turn;

	if (pwrite(f->fd, &value, sizeof(value), turn * 31 % NPAGES * f->page + 256) < 0 &&
	    errno != ENOSPC)
		return "pwrite fails";
	return NULL;
}

static const char *turn_zap(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	if (vt_zap(f->fd, turn * 5 % 64 * f->page, f->page) && errno != EINVAL)
		return "a zap fails";
	return NULL;
}

static const char *turn_protect(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	(void)turn;
	return mprotect(f->q, f->bytes, PROT_READ) || mprotect(f->q, f->bytes, RW) ?
	       "mprotect fails" : NULL;
}

static const char *turn_punch(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 turn * 7 % NPAGES * f->page, 2 * f->page) ? "punch fails" : NULL;
}

static const char *turn_resize(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return ftruncate(f->fd, (turn % 2 ? NPAGES : NPAGES / 2) * f->page) ? "ftruncate fails" :
									       NULL;
}

static const char *turn_child(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	pid_t child = fork();
	int status;

	if (!child) {
		for (int i = 0; i < 8; i++)
			vt_write(f->p + (turn * 13 + i) % NPAGES * f->page + 512, turn);
		_exit(0);
	}
	return waitpid(child, &status, 0) != child || status ? "a child fails" : NULL;
}

/* @more may be NULL, each */
static void run(struct __test_metadata *_metadata, fixture *f, race_step more, race_step still)
{
	race_add(&f->race, turn_store, f);
	race_add(&f->race, turn_store_second, f);
	race_add(&f->race, turn_harvest, f);
	if (more)
		race_add(&f->race, more, f);
	if (still)
		race_add(&f->race, still, f);
	EXPECT_RACE(&f->race);
	EXPECT_EQ(NULL, settle(f));
	EXPECT_LT(0, f->told);
}

TEST_F(race_dirty, two_writers)
{
	run(_metadata, self, NULL, NULL);
}

TEST_F(race_dirty, two_writers_by_get_and_clear)
{
	self->by_split = true;
	run(_metadata, self, NULL, NULL);
}

TEST_F(race_dirty, writers_against_readers_and_write_calls)
{
	run(_metadata, self, turn_look, turn_write_call);
}

TEST_F(race_dirty, writers_against_zaps_and_mprotect)
{
	run(_metadata, self, turn_zap, turn_protect);
}

TEST_F(race_dirty, writers_against_forks)
{
	run(_metadata, self, turn_child, NULL);
}

TEST_F(race_dirty, writers_against_punches_and_sizes)
{
	run(_metadata, self, turn_punch,
	    variant->backing == VMADEV_BACKING_CONTIG ? NULL : turn_resize);
}

/* A store to each page, once, while it is asked once: each of them is a chance to be missed. */
static void store_all(void *arg)
{
	fixture *f = arg;

	for (int i = 0; i < 64; i++)
		*counter(f, f->p, i, 0) = f->round;
}

static void look_and_store_all(void *arg)
{
	fixture *f = arg;

	for (int i = 0; i < 64; i++) {
		if (vt_read(f->p + i * f->page) < 0)
			f->wrong = "a read gets a signal";
		*counter(f, f->p, i, 0) = f->round;
	}
}

static void harvest_once(void *arg)
{
	fixture *f = arg;
	long n = harvest(f);

	if (n < 0)
		f->wrong = "the log cannot be asked";
	f->told += n;
}

static const char *duel_of(fixture *f, void (*other)(void *arg), int *rounds)
{
	const char *wrong = NULL;

	if (duel_begin(&f->duel, other, f))
		return "no thread";
	for (*rounds = 0; !wrong && duel_goes_on(&f->duel, *rounds > 20); ++*rounds) {
		f->round++;
		duel_meet(&f->duel, harvest_once);
		wrong = f->wrong ?: settle(f);
	}
	duel_end(&f->duel);
	return wrong;
}

static void expect_duel(struct __test_metadata *_metadata, fixture *f, void (*other)(void *arg))
{
	int rounds;

	EXPECT_EQ(NULL, duel_of(f, other, &rounds));
	TH_LOG("%ld of %d pages were told of early", f->told, 64 * rounds);
}

TEST_F(race_dirty, each_store_to_what_is_not_mapped)
{
	expect_duel(_metadata, self, store_all);
}

TEST_F(race_dirty, each_store_to_what_is_read)
{
	expect_duel(_metadata, self, look_and_store_all);
}

TEST_HARNESS_MAIN

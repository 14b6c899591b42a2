// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dirty log under those who write: who copies the pages that it tells of, each time
 * after it was asked, has the same bytes in the end. The end comes often: writers pause, what
 * is left is copied, and all bytes are compared. One page that is missed differs.
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
	pthread_rwlock_t writing;	/* who writes reads it */
	size_t page, bytes;
	int fd;
	char *p, *q;		/* two mappings of it */
	char *copy, *now;
	bool by_split;		/* DIRTY_GET with NO_CLEAR, then DIRTY_CLEAR */
	long told;		/* pages */
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
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&self->writing, &attr);
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
	f->told += n;
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
	const char *wrong;

	if (harvest(f) < 0)
		return "the log cannot be asked";
	if (turn % 4)
		return NULL;
	pthread_rwlock_wrlock(&f->writing);
	wrong = settle(f);
	pthread_rwlock_unlock(&f->writing);
	return wrong;
}

/* A step of who writes. */
static const char *write_by(fixture *f, const char *(*how)(const fixture *f, unsigned long turn),
			    unsigned long turn)
{
	const char *wrong;

	pthread_rwlock_rdlock(&f->writing);
	wrong = how(f, turn);
	pthread_rwlock_unlock(&f->writing);
	return wrong;
}

/*
 * Each its own counters, of some pages that were read before. A signal, where the page is
 * gone or cannot be written to now, is no store.
 */
static void store(const fixture *f, char *map, int which, unsigned long turn)
{
	for (int i = 0; i < 8; i++) {
		char *at = map + (turn * 29 + i) % NPAGES * f->page + which * sizeof(long);

		if (i % 2)
			vt_read(at);
		vt_write(at, turn);
	}
}

static const char *store_first(const fixture *f, unsigned long turn)
{
	store(f, f->p, 0, turn);
	return NULL;
}

static const char *turn_store(void *arg, unsigned long turn)
{
	return write_by(arg, store_first, turn);
}

static const char *store_second(const fixture *f, unsigned long turn)
{
	store(f, f->q, 1, turn);
	return NULL;
}

static const char *turn_store_second(void *arg, unsigned long turn)
{
	return write_by(arg, store_second, turn);
}

static const char *turn_look(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return vt_read(f->p + turn % NPAGES * f->page) < 0 ? "a read gets a signal" : NULL;
}

static const char *write_call(const fixture *f, unsigned long turn)
{
	return pwrite(f->fd, &turn, sizeof(turn), turn * 31 % NPAGES * f->page + 256) < 0 ?
	       "pwrite fails" : NULL;
}

static const char *turn_write_call(void *arg, unsigned long turn)
{
	return write_by(arg, write_call, turn);
}

static const char *turn_zap(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return vt_zap(f->fd, turn * 5 % NPAGES * f->page, f->page) ? "a zap fails" : NULL;
}

static const char *turn_protect(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	(void)turn;
	usleep(100);	/* or nobody else has the lock of the address space */
	return mprotect(f->q, f->bytes, PROT_READ) || mprotect(f->q, f->bytes, RW) ?
	       "mprotect fails" : NULL;
}

static const char *punch(const fixture *f, unsigned long turn)
{
	return fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 turn * 7 % NPAGES * f->page, 2 * f->page) ? "punch fails" : NULL;
}

static const char *turn_punch(void *arg, unsigned long turn)
{
	return write_by(arg, punch, turn);
}

static const char *resize(const fixture *f, unsigned long turn)
{
	return ftruncate(f->fd, (turn % 2 ? NPAGES : NPAGES / 2) * f->page) ? "ftruncate fails" :
									       NULL;
}

static const char *turn_resize(void *arg, unsigned long turn)
{
	return write_by(arg, resize, turn);
}

static const char *by_child(const fixture *f, unsigned long turn)
{
	pid_t child = fork();
	int status;

	if (!child) {
		store(f, f->p, 2, turn);
		_exit(0);
	}
	return waitpid(child, &status, 0) != child || status ? "a child fails" : NULL;
}

static const char *turn_child(void *arg, unsigned long turn)
{
	return write_by(arg, by_child, turn);
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

TEST_HARNESS_MAIN

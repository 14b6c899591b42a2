// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SNAPSHOT under those who write. Each writer stores the number of its turn to one page after
 * the other: at any moment the numbers that its pages have fall once, by one, and not more.
 */
#include "vmadev_test.h"
#include "lib/race.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NPAGES	80
#define WRITERS	3
#define CALLED	1024	/* in the first page, and in the second */
#define RW	(PROT_READ | PROT_WRITE)

FIXTURE(race_snapshot)
{
	struct race race;
	size_t page, bytes;
	int fd;
	char *p, *q;		/* two mappings of it */
	int order[NPAGES];	/* in which the pages are stored to */
};

FIXTURE_VARIANT(race_snapshot)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODE(race_snapshot, remap_contig, REMAP, CONTIG, false);
VT_MODE(race_snapshot, pfn_pages, PFN, PAGES, false);
VT_MODE(race_snapshot, huge_contig, HUGE, CONTIG, false);
VT_MODE(race_snapshot, page_pages, PAGE, PAGES, true);
VT_MODE(race_snapshot, insert_pages, INSERT, PAGES, true);

typedef FIXTURE_DATA(race_snapshot) fixture;

FIXTURE_SETUP(race_snapshot)
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
	/* Neither up nor down, or a copy that is made in that order would look right. */
	for (int i = 0; i < NPAGES; i++)
		self->order[i] = i * 37 % NPAGES;
}

FIXTURE_TEARDOWN(race_snapshot)
{
	munmap(self->p, self->bytes);
	munmap(self->q, self->bytes);
	close(self->fd);
}

static size_t place(const fixture *f, int writer, int i)
{
	return f->order[i] * f->page + writer * sizeof(long);
}

static void store(const fixture *f, char *map, int writer, unsigned long turn)
{
	for (int i = 0; i < NPAGES; i++)
		*(volatile unsigned long *)(map + place(f, writer, i)) = turn;
}

static const char *turn_store(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	store(f, f->p, 0, turn);
	return NULL;
}

/* By turns through a mapping and by a call, so that one comes before the other. */
static const char *turn_mix(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	for (int i = 0; i < NPAGES; i++) {
		const size_t at = place(f, 1, i);

		if (i % 2)
			*(volatile unsigned long *)(f->q + at) = turn;
		else if (pwrite(f->fd, &turn, sizeof(turn), at) != sizeof(turn))
			return "pwrite fails";
	}
	return NULL;
}

/* What a call has copied to a page that is read again, where another looks for it. */
static const char *turn_call(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return pwrite(f->fd, &turn, sizeof(turn), CALLED) != sizeof(turn) ? "pwrite fails" : NULL;
}

static const char *turn_relay(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	(void)turn;
	*(volatile unsigned long *)(f->q + f->page + CALLED) =
		*(volatile unsigned long *)(f->q + CALLED);
	return NULL;
}

static const char *turn_child(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	pid_t child = fork();
	int status;

	if (!child) {
		store(f, f->p, 2, turn);
		_exit(0);
	}
	return waitpid(child, &status, 0) != child || status ? "a child fails" : NULL;
}

/* Of one moment, which was in the middle of a turn or between two. */
static const char *look(const fixture *f, const char *bytes, int writer)
{
	const unsigned long first = *(const unsigned long *)(bytes + place(f, writer, 0));
	bool fell = false;

	for (int i = 1; i < NPAGES; i++) {
		const unsigned long n = *(const unsigned long *)(bytes + place(f, writer, i));

		if (n + fell != first) {
			if (fell || n + 1 != first)
				return "a store is there, and one before it is not";
			fell = true;
		}
	}
	return NULL;
}

static const char *turn_snapshot(void *arg, unsigned long turn)
{
	struct vmadev_snapshot snapshot = {};
	const fixture *f = arg;
	const char *wrong = NULL;
	char *bytes;
	int fd = vt_snapshot(f->fd, &snapshot);

	(void)turn;
	if (fd < 0)
		return "no snapshot";
	bytes = mmap(NULL, f->bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		wrong = "a snapshot is not mapped";
	for (int i = 0; !wrong && i < WRITERS; i++)
		wrong = look(f, bytes, i);
	if (!wrong && *(unsigned long *)(bytes + f->page + CALLED) >
		      *(unsigned long *)(bytes + CALLED))
		wrong = "what was seen is there, and where it was seen is not";
	munmap(bytes, f->bytes);
	close(fd);
	return wrong;
}

static const char *turn_zap(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return vt_zap(f->fd, turn * 5 % NPAGES * f->page, f->page) ? "a zap fails" : NULL;
}

static const char *turn_harvest(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	(void)turn;
	return vt_dirty_get(f->fd, 0, 0, 0, 0, NULL) < 0 ? "the log cannot be asked" : NULL;
}

TEST_F(race_snapshot, writers_through_mappings_and_calls)
{
	race_add(&self->race, turn_store, self);
	race_add(&self->race, turn_mix, self);
	race_add(&self->race, turn_snapshot, self);
	EXPECT_RACE(&self->race);
}

TEST_F(race_snapshot, call_that_is_seen_before_it_returns)
{
	race_add(&self->race, turn_call, self);
	race_add(&self->race, turn_relay, self);
	race_add(&self->race, turn_snapshot, self);
	EXPECT_RACE(&self->race);
}

TEST_F(race_snapshot, writers_against_children_zaps_and_the_log)
{
	race_add(&self->race, turn_store, self);
	race_add(&self->race, turn_child, self);
	race_add(&self->race, turn_zap, self);
	race_add(&self->race, turn_harvest, self);
	race_add(&self->race, turn_snapshot, self);
	EXPECT_RACE(&self->race);
}

TEST_HARNESS_MAIN

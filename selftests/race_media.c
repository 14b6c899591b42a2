// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Crashes of a region of media while programs store, sync, fork, cut and punch it: what
 * they leave is legal, and what has ended stays so. That the kernel log stays silent is
 * asserted by who runs the program.
 */
#include "vmadev_test.h"
#include "lib/race.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define NPAGES	16
#define PAIRS	2	/* of a record and a header, from the start of the region */
#define MARKED	8	/* from here on page i holds i, or zeros */

FIXTURE(race_media)
{
	struct race race;
	struct duel duel;
	size_t page, bytes;
	int fd, stale;
	char *p, *q;
	unsigned int turns;
};

typedef FIXTURE_DATA(race_media) fixture;

static char *map(const fixture *f, int fd)
{
	return mmap(NULL, f->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

FIXTURE_SETUP(race_media)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	self->fd = vt_create(VMADEV_BACKING_MEDIA, 0, self->bytes, "race");
	ASSERT_LE(0, self->fd);
	self->p = map(self, self->fd);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(race_media)
{
	munmap(self->p, self->bytes);
	close(self->fd);
}

static volatile unsigned long *word_of(const fixture *f, int page, bool last)
{
	char *at = f->p + page * f->page;

	return (unsigned long *)(last ? at + f->page - sizeof(long) : at);
}

/* The first word, and then the last: no page is seen with the last alone. */
static void put_number(const fixture *f, int page, unsigned long number)
{
	*word_of(f, page, false) = number;
	atomic_thread_fence(memory_order_seq_cst);
	*word_of(f, page, true) = number;
}

/* A program that does it right: a record is durable before the header says so. */
static const char *write_record(fixture *f, int pair, unsigned long turn)
{
	char *record = f->p + 2 * pair * f->page;

	put_number(f, 2 * pair, turn + 1);
	if (msync(record, f->page, MS_SYNC))
		return "msync fails";
	put_number(f, 2 * pair + 1, turn + 1);
	return msync(record + f->page, f->page, MS_SYNC) ? "msync fails" : NULL;
}

static const char *write_first(void *arg, unsigned long turn)
{
	return write_record(arg, 0, turn);
}

static const char *write_second(void *arg, unsigned long turn)
{
	return write_record(arg, 1, turn);
}

static unsigned long number_in(const fixture *f, int fd, int page, bool last)
{
	unsigned long number = ~0ul;

	pread(fd, &number, sizeof(number),
	      page * f->page + (last ? f->page - sizeof(number) : 0));
	return number;
}

static const char *pair_is_legal(const fixture *f, int fd, int pair)
{
	unsigned long record = number_in(f, fd, 2 * pair, false);
	unsigned long header = number_in(f, fd, 2 * pair + 1, true);

	for (int page = 2 * pair; page < 2 * pair + 2; page++) {
		unsigned long first = number_in(f, fd, page, false);
		unsigned long last = number_in(f, fd, page, true);

		if (first != last && first != last + 1)
			return "a page is of more than one moment";
	}
	/* The header's last word is stored when the record of that number is durable. */
	if (record < header || number_in(f, fd, 2 * pair, true) < header)
		return "a header is there before its record";
	return record > header + 1 ? "a record is there that no header led to" : NULL;
}

static const char *crash(void *arg, unsigned long turn)
{
	const __u32 modes[] = { VMADEV_KEEP_RANDOM, VMADEV_KEEP_NONE, VMADEV_KEEP_ALL };
	fixture *f = arg;
	const char *wrong = NULL;
	int fd = vt_crash_fork(f->fd, modes[turn % 3], turn, NULL);

	if (fd < 0)
		return "CRASH_FORK fails";
	for (int pair = 0; pair < PAIRS && !wrong; pair++)
		wrong = pair_is_legal(f, fd, pair);
	close(fd);
	return wrong;
}

static const char *sync_all(void *arg, unsigned long turn)
{
	fixture *f = arg;

	if (turn % 2)
		return vt_writeback(f->fd, VMADEV_KEEP_RANDOM, turn, NULL) ? "WRITEBACK fails" :
									     NULL;
	return fsync(f->fd) ? "fsync fails" : NULL;
}

static const char *zap(void *arg, unsigned long turn)
{
	fixture *f = arg;

	if (turn % 3)
		return vt_zap(f->fd, 0, f->bytes) ? "ZAP fails" : NULL;
	madvise(f->p, f->bytes, MADV_DONTNEED);
	return vt_unsynced(f->fd, 0, 0, NULL) < 0 ? "UNSYNCED fails" : NULL;
}

static int store_as_child(void *arg)
{
	fixture *f = arg;

	return vt_write(f->p + (MARKED + 1) * f->page, MARKED + 1);
}

static const char *fork_one(void *arg, unsigned long turn)
{
	(void)turn;
	return vt_in_child(store_as_child, arg) ? "a child cannot store" : NULL;
}

TEST_F_TIMEOUT(race_media, crashes_are_legal_while_programs_go_on, 120)
{
	race_add(&self->race, write_first, self);
	race_add(&self->race, write_second, self);
	race_add(&self->race, crash, self);
	race_add(&self->race, crash, self);
	race_add(&self->race, sync_all, self);
	race_add(&self->race, zap, self);
	race_add(&self->race, fork_one, self);
	EXPECT_RACE(&self->race);
	EXPECT_LT(0ul, race_turns(&self->race, crash));
}

/* The second half of the region comes and goes; what is in page i is i. */
static const char *cut(void *arg, unsigned long turn)
{
	fixture *f = arg;
	off_t half = MARKED * f->page;

	if (turn % 2)
		return fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, half,
				 f->bytes / 4) ? "punch fails" : NULL;
	if (ftruncate(f->fd, half) || ftruncate(f->fd, f->bytes))
		return "ftruncate fails";
	return NULL;
}

static bool is_of(int byte, int page)
{
	return byte == 0 || byte == page || byte == -SIGBUS;
}

static const char *touch(void *arg, unsigned long turn)
{
	fixture *f = arg;
	int page = MARKED + turn % (NPAGES - MARKED);
	char marker = page;

	vt_write(f->p + page * f->page, page);
	if (!is_of(vt_read(f->p + page * f->page), page))
		return "a page shows another's byte";
	if (turn % 4 == 0 && pwrite(f->fd, &marker, 1, page * f->page) < 0 && errno != ENOSPC)
		return "pwrite fails";
	return NULL;
}

static const char *crash_and_look(void *arg, unsigned long turn)
{
	fixture *f = arg;
	int fd = vt_crash_fork(f->fd, VMADEV_KEEP_RANDOM, turn, NULL);
	const char *wrong = NULL;
	char byte;

	if (fd < 0)
		return "CRASH_FORK fails";
	for (int page = MARKED; page < NPAGES; page++)
		if (pread(fd, &byte, 1, page * f->page) == 1 && !is_of(byte, page))
			wrong = "a crash leaves another page's byte";
	close(fd);
	return wrong;
}

static const char *revert(void *arg, unsigned long turn)
{
	fixture *f = arg;

	return vt_crash_revert(f->fd, VMADEV_KEEP_RANDOM, turn, NULL, 0) ? "CRASH_REVERT fails" :
									   NULL;
}

TEST_F(race_media, cuts_punches_and_crashes_mix_no_pages)
{
	race_add(&self->race, touch, self);
	race_add(&self->race, touch, self);
	race_add(&self->race, cut, self);
	race_add(&self->race, sync_all, self);
	race_add(&self->race, crash_and_look, self);
	race_add(&self->race, revert, self);
	EXPECT_RACE(&self->race);
}

/* Mappings end against those who touch them: none shows a byte afterwards. */
static void touch_all(void *arg)
{
	fixture *f = arg;

	for (int page = 0; page < NPAGES; page++) {
		vt_read(f->q + page * f->page);
		vt_write(f->q + page * f->page, 1);
	}
}

static void end_mappings(void *arg)
{
	fixture *f = arg;

	vt_crash_revert(f->stale, VMADEV_KEEP_NONE, 0, NULL, VMADEV_CRASH_SIGBUS);
}

TEST_F(race_media, ended_mappings_show_nothing)
{
	ASSERT_EQ(0, duel_begin(&self->duel, touch_all, self));
	while (duel_goes_on(&self->duel, self->turns > 10)) {
		self->turns++;
		self->stale = vt_reopen(self->fd, 0, 0);
		ASSERT_LE(0, self->stale);
		self->q = map(self, self->stale);
		ASSERT_NE(MAP_FAILED, self->q);
		duel_meet(&self->duel, end_mappings);
		for (int page = 0; page < NPAGES; page++) {
			ASSERT_EQ(-SIGBUS, vt_read(self->q + page * self->page));
			ASSERT_EQ(-SIGBUS, vt_write(self->q + page * self->page, 1));
		}
		munmap(self->q, self->bytes);
		close(self->stale);
	}
	duel_end(&self->duel);
}

TEST_HARNESS_MAIN

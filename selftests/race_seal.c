// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A region is sealed while others map it, write to it, fork and pin: when ADD_SEALS has
 * returned 0, no byte of it ever changes, and nobody has a mapping that could; when it is
 * EBUSY, somebody could.
 */
#include "vmadev_test.h"
#include "lib/race.h"
#include "mode.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define NPAGES	16
#define RW	(PROT_READ | PROT_WRITE)

FIXTURE(race_seal)
{
	struct duel duel;
	size_t page, bytes;
	int fd;			/* a region of its own for each round */
	char *p;		/* there before, in some duels */
	char *before, *after;	/* its bytes, when it was sealed and when all was over */
	/* what came of the round */
	int err;
	char *q;
	pid_t child;
	const char *wrong;
	int sealed;		/* how often it was not busy */
};

FIXTURE_VARIANT(race_seal)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_BYTE_MODES(race_seal);

typedef FIXTURE_DATA(race_seal) fixture;
typedef FIXTURE_VARIANT(race_seal) kind;

FIXTURE_SETUP(race_seal)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	CREATE_MODE(self->bytes, "race");
	close(self->fd);
	self->before = malloc(2 * self->bytes);
	ASSERT_NE(NULL, self->before);
	self->after = self->before + self->bytes;
}

FIXTURE_TEARDOWN(race_seal)
{
	free(self->before);
}

static char *map(const fixture *f, int prot)
{
	return mmap(NULL, f->bytes, prot, MAP_SHARED, f->fd, 0);
}

static bool look(const fixture *f, char *bytes)
{
	return pread(f->fd, bytes, f->bytes, 0) == (ssize_t)f->bytes;
}

/* What it holds is read at once: from then on it is to stay so. */
static void seal(void *arg)
{
	fixture *f = arg;

	f->err = vt_add_seals(f->fd, VMADEV_SEAL_WRITE) ? errno : 0;
	if (!f->err && !look(f, f->before))
		f->wrong = "what is sealed cannot be read";
}

static void map_it(void *arg)
{
	fixture *f = arg;

	f->q = map(f, RW);
	if (f->q == MAP_FAILED && errno != EPERM)
		f->wrong = "mmap fails";
}

static void map_and_write(void *arg)
{
	fixture *f = arg;

	map_it(f);
	for (int i = 0; f->q != MAP_FAILED && i < NPAGES; i++)
		if (vt_write(f->q + i * f->page, i + 1))
			f->wrong = "a writable mapping cannot be written to";
}

/* In a mapping that is there for a moment. */
static void map_write_and_unmap(void *arg)
{
	fixture *f = arg;

	map_and_write(f);
	if (f->q != MAP_FAILED)
		munmap(f->q, f->bytes);
	f->q = MAP_FAILED;
}

static void write_it(void *arg)
{
	fixture *f = arg;
	char bytes[f->bytes];
	ssize_t n;

	memset(bytes, 0xa5, f->bytes);
	n = pwrite(f->fd, bytes, f->bytes, 0);
	if (n < 0 && errno != EPERM)
		f->wrong = "pwrite fails";
}

static void punch_it(void *arg)
{
	fixture *f = arg;

	if (fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, f->bytes) &&
	    errno != EPERM)
		f->wrong = "fallocate fails";
}

/* The child has the mapping for as long as it lives; the parent lets go of it. */
static void fork_it(void *arg)
{
	fixture *f = arg;

	f->child = fork();
	if (!f->child)
		_exit(vt_write(f->p, 'c'));
	munmap(f->p, f->bytes);
}

/* What is pinned could be written to by whom it is pinned for. */
static void pin_it(void *arg)
{
	fixture *f = arg;
	struct iovec pages = { f->p, f->bytes };
	char bytes[f->bytes];
	int ends[2];

	if (pipe(ends)) {
		f->wrong = "pipe fails";
		return;
	}
	if (vmsplice(ends[1], &pages, 1, SPLICE_F_NONBLOCK) < 0 && errno != EFAULT)
		f->wrong = "vmsplice fails";
	munmap(f->p, f->bytes);
	close(ends[1]);
	while (read(ends[0], bytes, f->bytes) > 0)
		;
	close(ends[0]);
}

/* Readers come and go, and are no reason to refuse it for good. */
static void read_it(void *arg)
{
	fixture *f = arg;
	char bytes[f->bytes];
	int reader = vt_reopen(f->fd, VMADEV_ACCESS_READ, 0);
	char *q = mmap(NULL, f->bytes, PROT_READ, MAP_SHARED, reader, 0);

	for (int i = 0; q != MAP_FAILED && i < NPAGES; i++)
		if (vt_read(q + i * f->page) != 'a')
			f->wrong = "a reader's mapping shows something else";
	if (!look(f, bytes) || bytes[0] != 'a')
		f->wrong = "pread fails";
	if (q != MAP_FAILED)
		munmap(q, f->bytes);
	close(reader);
}

static const char *verdict(fixture *f)
{
	int status;

	if (f->child > 0 && (waitpid(f->child, &status, 0) != f->child || status))
		return "a child that inherited a mapping cannot write";
	if (f->wrong)
		return f->wrong;
	if (f->err && f->err != EBUSY)
		return "it fails";
	if (f->err)
		return vt_get_seals(f->fd) ? "what is busy is sealed" : NULL;
	f->sealed++;
	if (f->q != MAP_FAILED)
		return "there is a writable mapping of what is sealed";
	if (pwrite(f->fd, "x", 1, 0) != -1 || map(f, RW) != MAP_FAILED)
		return "it is not sealed";
	if (!look(f, f->after) || memcmp(f->before, f->after, f->bytes))
		return "a byte changed after it was sealed";
	return NULL;
}

static bool begin_round(fixture *f, const kind *k, bool mapped)
{
	f->fd = vt_create_flags(k->backing, k->strategy, f->bytes, "race",
				VMADEV_CREATE_ALLOW_SEALING);
	memset(f->after, 'a', f->bytes);
	if (f->fd < 0 || pwrite(f->fd, f->after, f->bytes, 0) != (ssize_t)f->bytes)
		return false;
	f->q = MAP_FAILED;
	f->child = 0;
	f->wrong = NULL;
	f->p = mapped ? map(f, RW) : NULL;
	return f->p != MAP_FAILED;
}

static const char *duel_of(fixture *f, const kind *k, void (*other)(void *arg), bool mapped)
{
	const char *wrong = NULL;

	if (duel_begin(&f->duel, seal, f))
		return "it cannot begin";
	while (!wrong && duel_goes_on(&f->duel, true)) {
		if (!begin_round(f, k, mapped)) {
			wrong = "a region cannot be made";
			break;
		}
		duel_meet(&f->duel, other);
		wrong = verdict(f);
		if (f->q != MAP_FAILED)
			munmap(f->q, f->bytes);
		/* Nobody has it any more. */
		if (!wrong && vt_add_seals(f->fd, VMADEV_SEAL_WRITE))
			wrong = "what nobody has is busy";
		close(f->fd);
	}
	duel_end(&f->duel);
	return wrong;
}

#define EXPECT_DUEL(other, mapped) do {					\
	const char *wrong_ = duel_of(self, variant, other, mapped);	\
									\
	EXPECT_EQ(NULL, wrong_) {					\
		TH_LOG("%s", wrong_);					\
	}								\
} while (0)

TEST_F(race_seal, against_mmap)
{
	EXPECT_DUEL(map_it, false);
	EXPECT_DUEL(map_and_write, false);
	EXPECT_DUEL(map_write_and_unmap, false);
}

TEST_F(race_seal, against_calls_that_write)
{
	EXPECT_DUEL(write_it, false);
	EXPECT_DUEL(punch_it, false);
}

TEST_F(race_seal, against_fork)
{
	EXPECT_DUEL(fork_it, true);
}

TEST_F(race_seal, against_pins)
{
	EXPECT_DUEL(pin_it, true);
}

TEST_F(race_seal, against_readers)
{
	EXPECT_DUEL(read_it, false);
	EXPECT_LT(0, self->sealed);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A dma-buf of a region comes, is mapped and goes while others cut, punch, zap, grow,
 * fork and revoke: whoever has it sees the region's own bytes, and who takes pages away
 * either comes before it, or is refused; but REVOKE, which ends it. That the kernel log
 * stays silent is asserted by who runs the program.
 */
#include "vmadev_test.h"
#include "lib/race.h"
#include "mode.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define NPAGES	16
#define FIRST	4		/* of the buffer */
#define COUNT	8
#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

FIXTURE(race_export)
{
	struct race race;
	struct duel duel;
	int fd;
	size_t page, bytes;	/* of a page, of the buffer */
	bool goes;		/* its pages can be taken away */
	__u32 strategy;
	/* what came of the round */
	int buffer, export_err, err;
	int first[2];
};

FIXTURE_VARIANT(race_export)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_PAGE_MODES(race_export);

typedef FIXTURE_DATA(race_export) fixture;

FIXTURE_SETUP(race_export)
{
	self->page = vt_page();
	self->bytes = COUNT * self->page;
	self->strategy = variant->strategy;
	self->goes = variant->backing == VMADEV_BACKING_PAGES;
	VT_NEEDS_EXPORT();
	CREATE_MODE(NPAGES * self->page, "race");
}

FIXTURE_TEARDOWN(race_export)
{
	close(self->fd);
}

static int export(const fixture *f)
{
	return vt_export(f->fd, 0, f->strategy, FIRST * f->page, f->bytes);
}

static char *map(const fixture *f, int buffer)
{
	return mmap(NULL, f->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, buffer, 0);
}

/* A byte in each page: what is written to the region shows in the buffer's mapping. */
static bool shows(const fixture *f, const char *map, char marker)
{
	for (int i = 0; i < COUNT; i++)
		if (pwrite(f->fd, &marker, 1, (FIRST + i) * f->page) != 1 ||
		    vt_read(map + i * f->page) != marker)
			return false;
	return true;
}

static void export_it(void *arg)
{
	fixture *f = arg;

	f->buffer = export(f);
	f->export_err = f->buffer < 0 ? errno : 0;
}

static void cut(void *arg)
{
	fixture *f = arg;

	f->err = ftruncate(f->fd, f->page) ? errno : 0;
}

static void punch(void *arg)
{
	fixture *f = arg;

	f->err = fallocate(f->fd, PUNCH, 0, NPAGES * f->page) ? errno : 0;
}

/*
 * The buffer is there, and the region is as it was; or the pages went before. A hole is
 * no obstacle: what was punched before has memory again.
 */
static const char *verdict(fixture *f, bool is_cut)
{
	const char *wrong = NULL;
	char *p;

	if (f->buffer < 0)
		return is_cut && f->export_err == EINVAL && !f->err ? NULL : "neither comes first";
	if (f->err && f->err != EBUSY)
		return "it fails otherwise";
	if (is_cut && !f->err)
		return "the buffer's pages were cut off";
	p = map(f, f->buffer);
	if (p == MAP_FAILED)
		wrong = "the buffer cannot be mapped";
	else if (!shows(f, p, 7))
		wrong = "the buffer shows other pages";
	munmap(p, f->bytes);
	close(f->buffer);
	return wrong;
}

static const char *duel_of(fixture *f, void (*taker)(void *arg))
{
	const char *wrong = NULL;

	if (!f->goes)
		return NULL;
	if (duel_begin(&f->duel, taker, f))
		return "it cannot begin";
	while (!wrong && duel_goes_on(&f->duel, f->first[0] && f->first[1])) {
		if (ftruncate(f->fd, NPAGES * f->page)) {
			wrong = "the region cannot be made whole";
			break;
		}
		duel_meet(&f->duel, export_it);
		wrong = verdict(f, taker == cut);
		f->first[f->err == EBUSY]++;
	}
	duel_end(&f->duel);
	return wrong;
}

#define EXPECT_DUEL(taker) do {						\
	const char *wrong_ = duel_of(self, taker);			\
									\
	EXPECT_EQ(NULL, wrong_) {					\
		TH_LOG("%s", wrong_);					\
	}								\
} while (0)

TEST_F(race_export, cut_against_export)
{
	EXPECT_DUEL(cut);
}

TEST_F(race_export, punch_against_export)
{
	EXPECT_DUEL(punch);
}

static void revoke_it(void *arg)
{
	fixture *f = arg;

	f->err = vt_revoke(f->fd, VMADEV_REVOKE_ZEROS, NULL) ? errno : 0;
}

/* It is over, or there is none. */
TEST_F(race_export, revoke_against_export)
{
	const char *wrong = NULL;

	ASSERT_EQ(0, duel_begin(&self->duel, revoke_it, self));
	while (!wrong && duel_goes_on(&self->duel, self->first[0] && self->first[1])) {
		bool made;

		duel_meet(&self->duel, export_it);
		made = self->buffer >= 0;
		self->first[made]++;
		if (self->err)
			wrong = "REVOKE fails";
		else if (!made && self->export_err != ENODEV)
			wrong = "EXPORT fails otherwise";
		else if (vt_restore(self->fd))
			wrong = "it cannot be restored";
		else if (made && (map(self, self->buffer) != MAP_FAILED || errno != ENODEV))
			wrong = "a buffer outlives a revoke";
		if (made)
			close(self->buffer);
	}
	duel_end(&self->duel);
	EXPECT_EQ(NULL, wrong) {
		TH_LOG("%s", wrong);
	}
}

/* Each turn of these is a buffer of its own, or an obstacle. */
static const char *use_buffer(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	int buffer = export(f);
	const char *wrong = NULL;
	char *p;

	if (buffer < 0)
		return "EXPORT fails";
	p = map(f, buffer);
	if (p == MAP_FAILED)
		wrong = "the buffer cannot be mapped";
	if (turn % 2)
		close(buffer);
	for (int i = 0; !wrong && i < COUNT; i++) {
		int byte = vt_read(p + i * f->page);

		if (byte && byte != FIRST + i + 1)
			wrong = "a buffer shows another page";
		if (vt_write(p + i * f->page, FIRST + i + 1))
			wrong = "a buffer cannot be written";
	}
	munmap(p, f->bytes);
	if (!(turn % 2))
		close(buffer);
	return wrong;
}

static const char *zap(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return vt_zap(f->fd, (turn % NPAGES) * f->page, f->page) ? "ZAP fails" : NULL;
}

/* For longer regions the array of their pages is another. */
static const char *resize(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	if (!f->goes)
		return zap(arg, turn);
	return ftruncate(f->fd, (NPAGES + turn % 200) * f->page) ? "ftruncate fails" : NULL;
}

static const char *punch_beside(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	off_t at = turn % 2 ? 0 : FIRST + COUNT;

	return fallocate(f->fd, PUNCH, at * f->page, FIRST * f->page) ? "a punch fails" : NULL;
}

static const char *fork_it(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	int status, buffer = export(f);
	char *p = map(f, buffer);
	pid_t pid;

	(void)turn;
	if (p == MAP_FAILED)
		return "a buffer cannot be mapped";
	pid = fork();
	if (!pid) {
		int byte = vt_read(p + f->page);

		_exit(byte && byte != FIRST + 2);
	}
	close(buffer);
	munmap(p, f->bytes);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return "a child's buffer shows another page";
	return NULL;
}

static const char *unload(void *arg, unsigned long turn)
{
	(void)arg;
	(void)turn;
	return vt_unload() == -EWOULDBLOCK ? NULL : "the module goes";
}

/* Of what the region holds after it is restored each time, a buffer shows one thing. */
static const char *use_what_ends(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	int buffer = export(f), seen = 0;
	const char *wrong = NULL;
	char *p;

	if (buffer < 0)
		return errno == ENODEV ? NULL : "EXPORT fails";
	p = map(f, buffer);
	if (p == MAP_FAILED) {
		wrong = errno == ENODEV ? NULL : "the buffer cannot be mapped";
		close(buffer);
		return wrong;
	}
	if (turn % 2)
		close(buffer);
	for (int i = 0; !wrong && i < 4 * COUNT; i++) {
		int byte = vt_read(p + i % COUNT * f->page);

		if (byte > 0 && seen && byte != seen)
			wrong = "a buffer shows what the region held later";
		if (byte > 0)
			seen = byte;
	}
	munmap(p, f->bytes);
	if (!(turn % 2))
		close(buffer);
	return wrong;
}

static const char *revoke_and_restore(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	char marker = 1 + turn % 100;

	if (vt_revoke(f->fd, turn % 2 ? VMADEV_REVOKE_ZEROS : VMADEV_REVOKE_SIGBUS, NULL))
		return "REVOKE fails";
	if (vt_restore(f->fd))
		return "it cannot be restored";
	for (int i = 0; i < NPAGES; i++)
		if (pwrite(f->fd, &marker, 1, i * f->page) != 1)
			return "it cannot be written";
	return NULL;
}

TEST_F(race_export, buffers_against_revoke)
{
	race_add(&self->race, use_what_ends, self);
	race_add(&self->race, use_what_ends, self);
	race_add(&self->race, revoke_and_restore, self);
	EXPECT_RACE(&self->race);
}

TEST_F(race_export, buffers_against_zap_and_resize)
{
	race_add(&self->race, use_buffer, self);
	race_add(&self->race, zap, self);
	race_add(&self->race, resize, self);
	EXPECT_RACE(&self->race);
}

TEST_F(race_export, buffers_against_punch_and_fork)
{
	race_add(&self->race, use_buffer, self);
	race_add(&self->race, punch_beside, self);
	race_add(&self->race, fork_it, self);
	EXPECT_RACE(&self->race);
}

TEST_F(race_export, buffers_against_unloading)
{
	race_add(&self->race, use_buffer, self);
	race_add(&self->race, use_buffer, self);
	race_add(&self->race, unload, self);
	EXPECT_RACE(&self->race);
}

TEST_HARNESS_MAIN

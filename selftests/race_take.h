/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of a region is taken away while others fault, map, fork, copy and pin: when the
 * call has returned, no mapping shows what was taken, and no page is another's. What is the
 * region's is seen to be so by a byte that is written to the region and read through the
 * mapping. That the kernel log stays silent is asserted by who runs the program. RACE_MODES is
 * for whom it is done.
 */
#ifndef RACE_TAKE_H
#define RACE_TAKE_H

#include "vmadev_test.h"
#include "lib/race.h"
#include "mode.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#define NPAGES	16
#define FOREIGN	0xee		/* no page of the region ever has it */

FIXTURE(race_take)
{
	struct race race;
	struct duel duel;
	int fd;
	int mem;		/* /proc/self/mem */
	int stop[2];		/* a child waits for it to be closed */
	size_t page, bytes;
	bool resizes;
	bool sigbus;		/* what is taken is */
	unsigned int round;
	char *p;		/* there always */
	/* what came of the round */
	char *q;
	pid_t child;
	int err;
	const char *wrong;
};

FIXTURE_VARIANT(race_take)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

RACE_MODES(race_take);

typedef FIXTURE_DATA(race_take) fixture;

static inline char *map(const fixture *f)
{
	return mmap(NULL, f->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
}

FIXTURE_SETUP(race_take)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	CREATE_MODE(self->bytes, "race");
	self->resizes = variant->backing != VMADEV_BACKING_CONTIG;
	self->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->mem);
	self->p = map(self);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(race_take)
{
	munmap(self->p, self->bytes);
	close(self->mem);
	close(self->fd);
}

/* Another region gets what was taken, and fills it. */
static inline const char *take_the_memory(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	char foreign[f->bytes];
	int fd = vt_create(VMADEV_BACKING_PAGES + turn % 3, 0, f->bytes, "foreign");
	bool wrote;

	memset(foreign, FOREIGN, f->bytes);
	wrote = fd >= 0 && pwrite(fd, foreign, f->bytes, 0) == (ssize_t)f->bytes;
	close(fd);
	return wrote ? NULL : "another region cannot be made";
}

/* Page i holds i + 1 once it was written to, and 0 before. */
static inline bool is_of_page(int byte, unsigned int i)
{
	return byte == 0 || byte == (int)i + 1;
}

static inline bool fill(const fixture *f)
{
	for (int i = 0; i < NPAGES; i++)
		if (pwrite(f->fd, &(char){ i + 1 }, 1, i * f->page) != 1)
			return false;
	return true;
}

/* Pages up to @size show what the region holds, the others a signal. */
static inline bool shows(const fixture *f, const char *map, int size, int marker)
{
	for (int i = 0; i < NPAGES; i++)
		if (vt_read(map + i * f->page) != (i < size ? marker : -SIGBUS))
			return false;
	return true;
}

static inline bool mark(const fixture *f, int size, char marker)
{
	for (int i = 0; i < size; i++)
		if (pwrite(f->fd, &marker, 1, i * f->page) != 1)
			return false;
	return true;
}

/* Those who take: all but the first page, or all of it. */
static inline void cut(void *arg)
{
	fixture *f = arg;

	f->err = ftruncate(f->fd, f->page) ? errno : 0;
}

static inline void punch(void *arg)
{
	fixture *f = arg;

	f->err = fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, f->page,
			   f->bytes - f->page) ? errno : 0;
}

static inline void take_back(void *arg)
{
	fixture *f = arg;

	f->err = vt_revoke(f->fd, 0, NULL) ? errno : 0;
}

/* Those against whom: each may meet the region before, after or meanwhile. */
static inline void touch(void *arg)
{
	fixture *f = arg;

	for (int i = 1; i < NPAGES; i++) {
		int byte = vt_read(f->p + i * f->page);

		if (!is_of_page(byte, i) && !(f->sigbus && byte == -SIGBUS))
			f->wrong = "a read gets another page's byte, or a signal";
		vt_write(f->p + i * f->page, i + 1);
	}
}

static inline void map_it(void *arg)
{
	fixture *f = arg;

	f->q = map(f);
	if (f->q == MAP_FAILED && errno != EINVAL && errno != ENODEV)
		f->wrong = "mmap fails";
}

static inline void map_and_touch(void *arg)
{
	fixture *f = arg;
	char *p = f->p;

	map_it(f);
	if (f->q == MAP_FAILED)
		return;
	f->p = f->q;
	touch(f);
	f->p = p;
}

/* The child looks when the round is over. */
static inline void fork_it(void *arg)
{
	fixture *f = arg;
	char byte;

	f->child = fork();
	if (f->child)
		return;
	close(f->stop[1]);
	if (read(f->stop[0], &byte, 1) != 1)
		_exit(1);
	_exit(shows(f, f->p, (unsigned char)byte, f->round % 100 + 100) ? 0 : 2);
}

static inline void copy_it(void *arg)
{
	fixture *f = arg;
	char bytes[f->bytes];
	ssize_t n = pread(f->fd, bytes, f->bytes, 0);

	if (n < 0 && errno != ENODEV)
		f->wrong = "pread fails";
	for (int i = 0; (ssize_t)(i * f->page) < n; i++)
		if (!is_of_page((unsigned char)bytes[i * f->page], i))
			f->wrong = "pread gets another page's byte";
	n = pwrite(f->fd, bytes, f->bytes, 0);
	if (n < (ssize_t)f->page && (n >= 0 || errno != ENODEV))
		f->wrong = "pwrite fails";
}

/* What is pinned are pages of the region, of whatever moment. */
static inline void pin_it(void *arg)
{
	fixture *f = arg;
	struct iovec pages = { f->p, f->bytes };
	char bytes[f->bytes];
	ssize_t n, got = 0, here;
	int ends[2];

	if (pipe(ends)) {
		f->wrong = "pipe fails";
		return;
	}
	n = vmsplice(ends[1], &pages, 1, SPLICE_F_NONBLOCK);
	if (n < 0 && errno != EFAULT)
		f->wrong = "vmsplice fails";
	close(ends[1]);
	while ((here = read(ends[0], bytes + got, f->bytes - got)) > 0)
		got += here;
	for (int i = 0; (ssize_t)(i * f->page) < got; i++)
		if (!is_of_page((unsigned char)bytes[i * f->page], i))
			f->wrong = "a pinned page is another's";
	close(ends[0]);
}

/* ptrace's way: through ->access, or a page that is pinned for a moment. */
static inline void peek_it(void *arg)
{
	fixture *f = arg;

	for (int i = 1; i < NPAGES; i++) {
		unsigned char byte = i + 1;
		off_t at = (off_t)(unsigned long)(f->p + i * f->page);

		if (pwrite(f->mem, &byte, 1, at) < 0 && errno != EIO && errno != EFAULT)
			f->wrong = "poking fails";
		if (pread(f->mem, &byte, 1, at) == 1 && !is_of_page(byte, i))
			f->wrong = "peeking gets another page's byte";
	}
}

/* What each round comes to, for the mappings of this process and of a child. */
static inline const char *verdict(fixture *f, int size)
{
	int marker = f->round % 100 + 100, status;
	const char *wrong = f->wrong;

	if (f->err)
		wrong = "it fails";
	else if (!mark(f, size, marker))
		wrong = "the region cannot be written to";
	else if (!shows(f, f->p, size, marker))
		wrong = "a mapping shows what was taken";
	else if (f->q != MAP_FAILED && !shows(f, f->q, size, marker))
		wrong = "a mapping made meanwhile shows what was taken";
	if (f->q != MAP_FAILED)
		munmap(f->q, f->bytes);
	if (f->child > 0) {
		if (write(f->stop[1], &(char){ size }, 1) != 1 ||
		    waitpid(f->child, &status, 0) != f->child || status)
			wrong = "a child's mapping shows what was taken";
	}
	return wrong;
}

static inline const char *duel_of(fixture *f, void (*taker)(void *arg), void (*other)(void *arg))
{
	int size = taker == cut ? 1 : taker == take_back ? 0 : NPAGES;
	const char *wrong = NULL;

	f->round = 0;
	if (taker == cut && !f->resizes)
		return NULL;
	f->sigbus = taker != punch;
	if (pipe(f->stop) || duel_begin(&f->duel, taker, f))
		return "it cannot begin";
	while (!wrong && duel_goes_on(&f->duel, true)) {
		f->round++;
		f->q = MAP_FAILED;
		f->child = 0;
		f->wrong = NULL;
		if ((taker == take_back && f->round > 1 && vt_restore(f->fd)) ||
		    (f->resizes && ftruncate(f->fd, f->bytes)) || !fill(f)) {
			wrong = "the region cannot be made whole";
			break;
		}
		if (f->round % 2)
			vt_write(f->p + f->bytes - 1, 0);
		duel_meet(&f->duel, other);
		wrong = verdict(f, size);
	}
	duel_end(&f->duel);
	if (taker == take_back)
		vt_restore(f->fd);
	close(f->stop[0]);
	close(f->stop[1]);
	return wrong;
}

#define EXPECT_DUEL(taker, other) do {					\
	const char *wrong_ = duel_of(self, taker, other);		\
									\
	EXPECT_EQ(NULL, wrong_) {					\
		TH_LOG("%s", wrong_);					\
	}								\
} while (0)

#endif /* RACE_TAKE_H */

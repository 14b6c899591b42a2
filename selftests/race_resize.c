// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A region is cut or punched while others fault, map, fork, copy and pin: when the call
 * has returned, no mapping shows what was taken, and no page is another's. What is the
 * region's is seen to be so by a byte that is written to the region and read through the
 * mapping. That the kernel log stays silent is asserted by who runs the program.
 */
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

FIXTURE(race_resize)
{
	struct race race;
	struct duel duel;
	int fd;
	int mem;		/* /proc/self/mem */
	int stop[2];		/* a child waits for it to be closed */
	size_t page, bytes;
	bool resizes;
	unsigned int round;
	char *p;		/* there always */
	/* what came of the round */
	char *q;
	pid_t child;
	int err;
	const char *wrong;
};

FIXTURE_VARIANT(race_resize)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_BYTE_MODES(race_resize);

typedef FIXTURE_DATA(race_resize) fixture;

static char *map(const fixture *f)
{
	return mmap(NULL, f->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
}

FIXTURE_SETUP(race_resize)
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

FIXTURE_TEARDOWN(race_resize)
{
	munmap(self->p, self->bytes);
	close(self->mem);
	close(self->fd);
}

/* Page i holds i + 1 once it was written to, and 0 before. */
static bool is_of_page(int byte, unsigned int i)
{
	return byte == 0 || byte == (int)i + 1;
}

static bool fill(const fixture *f)
{
	for (int i = 0; i < NPAGES; i++)
		if (pwrite(f->fd, &(char){ i + 1 }, 1, i * f->page) != 1)
			return false;
	return true;
}

/* Pages up to @size show what the region holds, the others a signal. */
static bool shows(const fixture *f, const char *map, int size, int marker)
{
	for (int i = 0; i < NPAGES; i++)
		if (vt_read(map + i * f->page) != (i < size ? marker : -SIGBUS))
			return false;
	return true;
}

static bool mark(const fixture *f, int size, char marker)
{
	for (int i = 0; i < size; i++)
		if (pwrite(f->fd, &marker, 1, i * f->page) != 1)
			return false;
	return true;
}

/* Two who take: all but the first page. */
static void cut(void *arg)
{
	fixture *f = arg;

	f->err = ftruncate(f->fd, f->page) ? errno : 0;
}

static void punch(void *arg)
{
	fixture *f = arg;

	f->err = fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, f->page,
			   f->bytes - f->page) ? errno : 0;
}

/* Those against whom: each may meet the region before, after or meanwhile. */
static void touch(void *arg)
{
	fixture *f = arg;

	for (int i = 1; i < NPAGES; i++) {
		int byte = vt_read(f->p + i * f->page);

		if (!is_of_page(byte, i) && !(f->resizes && byte == -SIGBUS))
			f->wrong = "a read gets another page's byte, or a signal";
		vt_write(f->p + i * f->page, i + 1);
	}
}

static void map_it(void *arg)
{
	fixture *f = arg;

	f->q = map(f);
	if (f->q == MAP_FAILED && errno != EINVAL)
		f->wrong = "mmap fails";
}

static void map_and_touch(void *arg)
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
static void fork_it(void *arg)
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

static void copy_it(void *arg)
{
	fixture *f = arg;
	char bytes[f->bytes];
	ssize_t n = pread(f->fd, bytes, f->bytes, 0);

	if (n < 0)
		f->wrong = "pread fails";
	for (int i = 0; (ssize_t)(i * f->page) < n; i++)
		if (!is_of_page((unsigned char)bytes[i * f->page], i))
			f->wrong = "pread gets another page's byte";
	n = pwrite(f->fd, bytes, f->bytes, 0);
	if (n < (ssize_t)f->page)
		f->wrong = "pwrite fails";
}

/* What is pinned are pages of the region, of whatever moment. */
static void pin_it(void *arg)
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
static void peek_it(void *arg)
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
static const char *verdict(fixture *f, int size)
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

static const char *duel_of(fixture *f, void (*taker)(void *arg), void (*other)(void *arg))
{
	int size = taker == cut ? 1 : NPAGES;
	const char *wrong = NULL;

	if (taker == cut && !f->resizes)
		return NULL;
	if (pipe(f->stop) || duel_begin(&f->duel, taker, f))
		return "it cannot begin";
	while (!wrong && duel_goes_on(&f->duel, true)) {
		f->round++;
		f->q = MAP_FAILED;
		f->child = 0;
		f->wrong = NULL;
		if ((f->resizes && ftruncate(f->fd, f->bytes)) || !fill(f)) {
			wrong = "the region cannot be made whole";
			break;
		}
		if (f->round % 2)
			vt_write(f->p + f->bytes - 1, 0);
		duel_meet(&f->duel, other);
		wrong = verdict(f, size);
	}
	duel_end(&f->duel);
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

TEST_F(race_resize, cut_against_faults)
{
	EXPECT_DUEL(cut, touch);
}

TEST_F(race_resize, cut_against_mmap)
{
	EXPECT_DUEL(cut, map_it);
	EXPECT_DUEL(cut, map_and_touch);
}

TEST_F(race_resize, cut_against_fork)
{
	EXPECT_DUEL(cut, fork_it);
}

TEST_F(race_resize, cut_against_copies)
{
	EXPECT_DUEL(cut, copy_it);
}

TEST_F(race_resize, cut_against_pins)
{
	EXPECT_DUEL(cut, pin_it);
	EXPECT_DUEL(cut, peek_it);
}

TEST_F(race_resize, punch_against_faults)
{
	EXPECT_DUEL(punch, touch);
}

TEST_F(race_resize, punch_against_mmap)
{
	EXPECT_DUEL(punch, map_it);
	EXPECT_DUEL(punch, map_and_touch);
}

TEST_F(race_resize, punch_against_fork)
{
	EXPECT_DUEL(punch, fork_it);
}

TEST_F(race_resize, punch_against_copies)
{
	EXPECT_DUEL(punch, copy_it);
}

TEST_F(race_resize, punch_against_pins)
{
	EXPECT_DUEL(punch, pin_it);
	EXPECT_DUEL(punch, peek_it);
}

/* Who maps it meanwhile, all of it at once, again and again. */
static int map_for_ever(void *arg)
{
	const fixture *f = arg;

	for (;;) {
		char *q = map(f);

		if (q != MAP_FAILED)
			munmap(q, f->bytes);
		else if (errno != EINVAL)
			_exit(1);
	}
}

static pid_t child_of(fixture *f, int (*fn)(void *arg))
{
	pid_t child = fork();

	if (!child)
		_exit(fn(f));
	return child;
}

static int cut_and_exit(void *arg)
{
	fixture *f = arg;

	cut(f);
	return f->err;
}

static const char *kill_and_look(fixture *f, unsigned int ms)
{
	struct vmadev_info info;
	pid_t child = child_of(f, cut_and_exit);
	int status;

	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) != child || (WIFEXITED(status) && WEXITSTATUS(status)))
		return "it cannot be cut";
	if (vt_info(f->fd, &info) || (info.bytes != f->page && info.bytes != f->bytes))
		return "it is cut by half";
	if (info.bytes == f->page && vt_read(f->p + f->bytes - 1) != -SIGBUS)
		return "a mapping shows what was taken";
	if (ftruncate(f->fd, f->bytes))
		return "it cannot grow";
	return NULL;
}

/* Pages that could not be freed at once are freed with the region. */
TEST_F(race_resize, who_cuts_is_killed)
{
	const char *wrong = NULL;
	pid_t mapper;

	if (!self->resizes)
		return;
	munmap(self->p, self->bytes);
	self->bytes *= 64;	/* that an mmap takes a while */
	ASSERT_EQ(0, ftruncate(self->fd, self->bytes));
	self->p = map(self);
	ASSERT_NE(MAP_FAILED, self->p);
	mapper = child_of(self, map_for_ever);
	ASSERT_LT(0, mapper);
	for (unsigned int i = 0; i < 12 && !wrong; i++)
		wrong = kill_and_look(self, i);
	kill(mapper, SIGKILL);
	ASSERT_EQ(mapper, waitpid(mapper, NULL, 0));
	EXPECT_EQ(NULL, wrong) {
		TH_LOG("%s", wrong);
	}
}

/* All at once, with somebody who gets the memory that is given back. */
static const char *take_and_give(void *arg, unsigned long turn)
{
	fixture *f = arg;
	off_t at = turn % NPAGES * f->page;

	switch (turn % 4) {
	case 0:
		return f->resizes && ftruncate(f->fd, at) ? "it cannot be cut" : NULL;
	case 1:
		return f->resizes && ftruncate(f->fd, f->bytes) ? "it cannot grow" : NULL;
	case 2:
		return fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at,
				 3 * f->page) ? "it cannot be punched" : NULL;
	default:
		return fallocate(f->fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 0, f->page) &&
		       errno != ENOSPC ? "it cannot be made zeros" : NULL;
	}
}

static const char *take_the_memory(void *arg, unsigned long turn)
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

static const char *touch_one(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	unsigned int i = turn % NPAGES;
	int byte = vt_read(f->p + i * f->page), err;

	if (!is_of_page(byte, i) && byte != -SIGBUS)
		return "a read gets another page's byte";
	err = vt_write(f->p + i * f->page, i + 1);
	return err && err != -SIGBUS ? "a write gets the wrong signal" : NULL;
}

static const char *map_and_look(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	const char *wrong = NULL;
	char *q = map(f);

	(void)turn;
	if (q == MAP_FAILED)
		return errno == EINVAL ? NULL : "mmap fails";
	for (unsigned int i = 0; i < NPAGES; i++) {
		int byte = vt_read(q + i * f->page);

		if (!is_of_page(byte, i) && byte != -SIGBUS)
			wrong = "a new mapping shows another page's byte";
	}
	return munmap(q, f->bytes) ? "munmap fails" : wrong;
}

static int look(void *arg)
{
	const fixture *f = arg;

	for (unsigned int i = 0; i < NPAGES; i++) {
		int byte = vt_read(f->p + i * f->page);

		if (!is_of_page(byte, i) && byte != -SIGBUS)
			return 1;
	}
	return 0;
}

static const char *fork_and_look(void *arg, unsigned long turn)
{
	(void)turn;
	return vt_in_child(look, arg) ? "a child sees another page's byte" : NULL;
}

TEST_F(race_resize, all_at_once_with_the_memory_in_use_elsewhere)
{
	race_add(&self->race, take_and_give, self);
	race_add(&self->race, take_and_give, self);
	race_add(&self->race, take_the_memory, self);
	race_add(&self->race, touch_one, self);
	race_add(&self->race, touch_one, self);
	race_add(&self->race, map_and_look, self);
	race_add(&self->race, fork_and_look, self);
	EXPECT_RACE(&self->race);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* A region is cut or punched while others use it; see race_take.h. */
#define RACE_MODES VT_BYTE_MODES
#include "race_take.h"

TEST_F(race_take, cut_against_faults)
{
	EXPECT_DUEL(cut, touch);
}

TEST_F(race_take, cut_against_mmap)
{
	EXPECT_DUEL(cut, map_it);
	EXPECT_DUEL(cut, map_and_touch);
}

TEST_F(race_take, cut_against_fork)
{
	EXPECT_DUEL(cut, fork_it);
}

TEST_F(race_take, cut_against_copies)
{
	EXPECT_DUEL(cut, copy_it);
}

TEST_F(race_take, cut_against_pins)
{
	EXPECT_DUEL(cut, pin_it);
	EXPECT_DUEL(cut, peek_it);
}

TEST_F(race_take, punch_against_faults)
{
	EXPECT_DUEL(punch, touch);
}

TEST_F(race_take, punch_against_mmap)
{
	EXPECT_DUEL(punch, map_it);
	EXPECT_DUEL(punch, map_and_touch);
}

TEST_F(race_take, punch_against_fork)
{
	EXPECT_DUEL(punch, fork_it);
}

TEST_F(race_take, punch_against_copies)
{
	EXPECT_DUEL(punch, copy_it);
}

TEST_F(race_take, punch_against_pins)
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
TEST_F(race_take, who_cuts_is_killed)
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

TEST_F(race_take, all_at_once_with_the_memory_in_use_elsewhere)
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

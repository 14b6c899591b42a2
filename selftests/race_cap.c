// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CREATE by many at once: the cap on all regions together is never passed, and what
 * fits is never refused.
 *
 * Regions of shmem are capped but hold no memory before a touch.
 */
#include "vmadev_test.h"
#include "lib/race.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define NPROCESSES	4
#define NREGIONS	1000

FIXTURE(race_cap)
{
	struct race race;
	int dev;
	__u64 room;
	__u64 bytes;			/* of each region */
	atomic_ullong held;
	atomic_long made;
};

typedef FIXTURE_DATA(race_cap) fixture;

FIXTURE_SETUP(race_cap)
{
	self->dev = vt_open(O_RDWR);
	ASSERT_LE(0, self->dev);
	self->room = vt_room(self->dev);
	ASSERT_LT(16ull << 20, self->room);
}

FIXTURE_TEARDOWN(race_cap)
{
	close(self->dev);
}

static int create(const fixture *f, __u64 bytes)
{
	struct vmadev_create c = { .bytes = bytes, .backing = VMADEV_BACKING_SHMEM };

	return vt_create_raw(f->dev, &c);
}

/* What is held is counted after it is made and discounted before it goes. */
static const char *make_and_drop(void *arg, unsigned long turn)
{
	fixture *f = arg;
	int fd = create(f, f->bytes);
	bool passed;

	(void)turn;
	if (fd < 0)
		return errno == ENOSPC ? NULL : "CREATE fails";
	f->made++;
	passed = atomic_fetch_add(&f->held, f->bytes) + f->bytes > f->room;
	f->held -= f->bytes;
	close(fd);
	return passed ? "the cap is passed" : NULL;
}

/* Only two of four fit at a time. */
TEST_F(race_cap, create_against_create_never_passes_the_cap)
{
	self->bytes = (self->room / 5 * 2) & -(__u64)vt_page();
	for (int i = 0; i < 4; i++)
		race_add(&self->race, make_and_drop, self);
	EXPECT_RACE(&self->race);
	EXPECT_LT(0, atomic_load(&self->made));
	EXPECT_EQ(self->room, vt_room(self->dev));
}

/* Each of four holds a quarter or nothing: there is always room. */
static const char *make_what_fits(void *arg, unsigned long turn)
{
	fixture *f = arg;
	int fd = create(f, f->bytes);

	(void)turn;
	if (fd < 0)
		return "what fits is refused";
	return close(fd) ? "close fails" : NULL;
}

TEST_F(race_cap, what_is_given_back_is_there_for_the_next)
{
	self->bytes = (self->room / 4) & -(__u64)vt_page();
	for (int i = 0; i < 4; i++)
		race_add(&self->race, make_what_fits, self);
	EXPECT_RACE(&self->race);
	EXPECT_EQ(self->room, vt_room(self->dev));
}

static const char *ask_too_much(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	(void)turn;
	return create(f, f->room + vt_page()) < 0 ? NULL : "the cap is passed";
}

TEST_F(race_cap, what_fits_is_not_refused_because_another_asks_too_much)
{
	self->bytes = vt_page();
	race_add(&self->race, ask_too_much, self);
	race_add(&self->race, ask_too_much, self);
	race_add(&self->race, make_what_fits, self);
	EXPECT_RACE(&self->race);
}

/* Several processes, each with many regions at once, some mapped, all closed. */
static int many_regions(void *arg)
{
	int fds[NREGIONS / NPROCESSES];
	int dev = *(int *)arg;

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct vmadev_create c = {
			.bytes = 2 * vt_page(),
			.backing = VMADEV_BACKING_PAGES + i % 5,
		};
		char *p;

		fds[i] = vt_create_raw(dev, &c);
		if (fds[i] < 0)
			return 1;
		if (i % 2)
			continue;
		p = mmap(NULL, 2 * vt_page(), PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0);
		if (p == MAP_FAILED)
			return 2;
		if (vt_read(p) || vt_write(p + vt_page(), 1))
			return 3;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	return 0;
}

TEST_F(race_cap, thousand_regions_come_and_go_at_once)
{
	pid_t pids[NPROCESSES];
	int status;

	for (int i = 0; i < NPROCESSES; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			_exit(many_regions(&self->dev));
	}
	for (int i = 0; i < NPROCESSES; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	EXPECT_EQ(self->room, vt_room(self->dev));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cap on all regions together (max_bytes), and many regions at once.
 *
 * Regions of shmem are capped but hold no memory before a touch, so that even a
 * large cap is found and filled quickly.
 */
#include "vmadev_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define NTHREADS	4
#define NPROCESSES	4
#define NREGIONS	1000
#define RUN_MS		500

static int create(int dev, __u64 bytes)
{
	struct vmadev_create c = { .bytes = bytes, .backing = VMADEV_BACKING_SHMEM };

	return vt_create_raw(dev, &c);
}

/* How much a CREATE may ask for now, to the page. */
static __u64 room(int dev)
{
	__u64 page = vt_page(), fits = 0, fails = (1ull << 50) / page;

	while (fails - fits > 1) {
		__u64 half = fits + (fails - fits) / 2;
		int fd = create(dev, half * page);

		if (fd < 0) {
			fails = half;
		} else {
			fits = half;
			close(fd);
		}
	}
	return fits * page;
}

FIXTURE(cap)
{
	int dev;
	__u64 room;
};

FIXTURE_SETUP(cap)
{
	self->dev = vt_open(O_RDWR);
	ASSERT_LE(0, self->dev);
	self->room = room(self->dev);
	ASSERT_LT(16ull << 20, self->room);
}

FIXTURE_TEARDOWN(cap)
{
	close(self->dev);
}

TEST_F(cap, more_than_fits_is_ENOSPC)
{
	EXPECT_EQ(-1, create(self->dev, self->room + vt_page()));
	EXPECT_EQ(ENOSPC, errno);
}

TEST_F(cap, counts_every_backing_that_has_bytes)
{
	static const __u32 backings[] = {
		VMADEV_BACKING_PAGES, VMADEV_BACKING_CONTIG, VMADEV_BACKING_SHMEM,
	};

	for (size_t i = 0; i < ARRAY_SIZE(backings); i++) {
		int fd = vt_create(backings[i], 0, 1 << 20, NULL);

		ASSERT_LE(0, fd);
		EXPECT_EQ(self->room - (1 << 20), room(self->dev));
		close(fd);
		EXPECT_EQ(self->room, room(self->dev));
	}
}

TEST_F(cap, leaves_none_alone)
{
	int fd = vt_create(VMADEV_BACKING_NONE, 0, 1 << 20, NULL);

	ASSERT_LE(0, fd);
	EXPECT_EQ(self->room, room(self->dev));
	close(fd);
}

TEST_F(cap, is_given_back_when_the_last_mapping_goes)
{
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, 1 << 20, NULL);
	void *p;

	ASSERT_LE(0, fd);
	p = mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	close(fd);
	EXPECT_EQ(self->room - (1 << 20), room(self->dev));
	munmap(p, vt_page());
	EXPECT_EQ(self->room, room(self->dev));
}

TEST_F(cap, refused_create_takes_nothing)
{
	struct vmadev_create bad = {
		.bytes = 1 << 20,
		.backing = VMADEV_BACKING_PAGES,
		.strategy = VMADEV_STRATEGY_CACHE,
	};

	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(-1, vt_create_raw(self->dev, &bad));
		ASSERT_EQ(EOPNOTSUPP, errno);
		ASSERT_EQ(-1, create(self->dev, self->room + vt_page()));
	}
	EXPECT_EQ(self->room, room(self->dev));
}

struct cap_race {
	atomic_bool stop;
	atomic_int wrong;
	atomic_ullong held;
	atomic_long made, refused;
	__u64 bytes;
	__u64 room;
	int dev;
};

static void run(struct cap_race *r, void *(*const fns[])(void *r), int n)
{
	pthread_t threads[NTHREADS];

	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, fns[i], r))
			abort();
	nanosleep(&(struct timespec){ .tv_nsec = RUN_MS * 1000000L }, NULL);
	r->stop = true;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

/* What is held is counted after it is made and discounted before it goes. */
static void *make_and_drop(void *arg)
{
	struct cap_race *r = arg;

	while (!r->stop) {
		int fd = create(r->dev, r->bytes);

		if (fd < 0) {
			r->wrong += errno != ENOSPC;
			r->refused++;
			continue;
		}
		if (atomic_fetch_add(&r->held, r->bytes) + r->bytes > r->room)
			r->wrong++;
		r->made++;
		r->held -= r->bytes;
		close(fd);
	}
	return NULL;
}

/* Only two of four fit at a time. */
TEST_F(cap, is_never_passed_by_threads)
{
	static void *(*const fns[])(void *) = {
		make_and_drop, make_and_drop, make_and_drop, make_and_drop
	};
	struct cap_race r = {
		.dev = self->dev,
		.room = self->room,
		.bytes = (self->room / 5 * 2) & -(__u64)vt_page(),
	};

	run(&r, fns, 4);
	EXPECT_EQ(0, atomic_load(&r.wrong));
	EXPECT_LT(10, atomic_load(&r.made));
	EXPECT_EQ(self->room, room(self->dev));
}

static void *ask_too_much(void *arg)
{
	struct cap_race *r = arg;

	while (!r->stop) {
		if (create(r->dev, r->room + vt_page()) >= 0)
			r->wrong++;
		r->refused++;
	}
	return NULL;
}

static void *ask_what_fits(void *arg)
{
	struct cap_race *r = arg;

	while (!r->stop) {
		int fd = create(r->dev, r->bytes);

		if (fd < 0)
			r->wrong++;
		else
			close(fd);
		r->made++;
	}
	return NULL;
}

TEST_F(cap, what_fits_is_not_refused_because_another_asks_too_much)
{
	static void *(*const fns[])(void *) = { ask_too_much, ask_too_much, ask_what_fits };
	struct cap_race r = {
		.dev = self->dev,
		.room = self->room,
		.bytes = vt_page(),
	};

	run(&r, fns, 3);
	EXPECT_EQ(0, atomic_load(&r.wrong));
	EXPECT_LT(10, atomic_load(&r.made));
	EXPECT_LT(10, atomic_load(&r.refused));
}

/* Several processes, each with many regions at once, some mapped, all closed. */
static int many_regions(void *arg)
{
	int fds[NREGIONS / NPROCESSES];
	int dev = *(int *)arg;

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct vmadev_create c = {
			.bytes = 2 * vt_page(),
			.backing = VMADEV_BACKING_PAGES + i % 4,
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

TEST_F(cap, thousand_regions_come_and_go_at_once)
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
	EXPECT_EQ(self->room, room(self->dev));
}

TEST_F(cap, ids_are_never_used_twice)
{
	__u64 last = 0;

	for (int i = 0; i < 100; i++) {
		struct vmadev_info info;
		int fd = create(self->dev, vt_page());

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, vt_info(fd, &info));
		EXPECT_LT(last, info.region);
		last = info.region;
		close(fd);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What users may do at the same time. Each test runs for a bounded time; that
 * the kernel log stays silent is asserted by who runs the program.
 */
#include "vmadev_test.h"
#include "mode.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define NPAGES		32
#define RUN_MS		150
#define MAX_RUNS	50
#define TURNS		20	/* of a race that is one */
#define NTHREADS	6

/* One test's threads: they run until stop is set, and count what is wrong. */
struct race {
	atomic_bool stop;
	atomic_int wrong;
	atomic_long turns;
	int fd;
	__u32 strategy;
	size_t page;
	size_t bytes;
	char *p;
	pthread_t threads[NTHREADS];
	int started;
};

static void launch(struct race *r, void *(*fn)(void *r))
{
	if (pthread_create(&r->threads[r->started], NULL, fn, r))
		r->wrong++;
	else
		r->started++;
}

/* For a while; on a slow machine for a few more, until there is something to see. */
static void run(struct race *r)
{
	for (int i = 0; !i || (i < MAX_RUNS && r->turns < TURNS); i++)
		nanosleep(&(struct timespec){ .tv_nsec = RUN_MS * 1000000L }, NULL);
	r->stop = true;
	while (r->started)
		pthread_join(r->threads[--r->started], NULL);
}

FIXTURE(race)
{
	struct race r;
	int fd;
};

FIXTURE_VARIANT(race)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(race);

FIXTURE_SETUP(race)
{
	struct race *r = &self->r;

	r->page = vt_page();
	r->bytes = NPAGES * r->page;
	CREATE_MODE(r->bytes, "race");
	r->fd = self->fd;
	r->strategy = variant->strategy;
	r->p = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	ASSERT_NE(MAP_FAILED, r->p);
}

FIXTURE_TEARDOWN(race)
{
	close(self->fd);
}

/* Every byte of page i is i or was never written; a page that is unmapped at the moment faults. */
static void *touch(void *arg)
{
	struct race *r = arg;

	for (unsigned int i = 0; !r->stop; i = (i + 1) % NPAGES, r->turns++) {
		int was = vt_read(r->p + i * r->page);

		if (was != 0 && was != (int)i && was != -SIGSEGV)
			r->wrong++;
		vt_write(r->p + i * r->page, i);
	}
	return NULL;
}

/* The same, where nobody unmaps: each touch must be served. */
static void *touch_always(void *arg)
{
	struct race *r = arg;

	for (unsigned int i = 0; !r->stop; i = (i + 1) % NPAGES, r->turns++) {
		int was = vt_read(r->p + i * r->page);

		if (was != 0 && was != (int)i)
			r->wrong++;
		if (vt_write(r->p + i * r->page, i))
			r->wrong++;
	}
	return NULL;
}

/* Takes the mapping away, in part or whole, and puts it back at the same place. */
static void *remap(void *arg)
{
	struct race *r = arg;

	for (unsigned int i = 0; !r->stop; i = (i + 1) % NPAGES) {
		size_t off = i * r->page;

		munmap(r->p + off, r->bytes - off);
		if (mmap(r->p + off, r->bytes - off, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, r->fd, off) == MAP_FAILED)
			r->wrong++;
	}
	return NULL;
}

static void *fork_and_touch(void *arg)
{
	struct race *r = arg;

	while (!r->stop) {
		int status;
		pid_t pid = fork();

		if (!pid) {
			for (unsigned int i = 0; i < NPAGES; i++) {
				int was = vt_read(r->p + i * r->page);

				if (was != 0 && was != (int)i && was != -SIGSEGV)
					_exit(1);
			}
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			r->wrong++;
	}
	return NULL;
}

static void *protect(void *arg)
{
	struct race *r = arg;

	for (unsigned int i = 0; !r->stop; i = (i + 1) % NPAGES) {
		mprotect(r->p + i * r->page, r->page, PROT_READ);
		mprotect(r->p, r->bytes, PROT_READ | PROT_WRITE);
	}
	return NULL;
}

static void *zap(void *arg)
{
	struct race *r = arg;

	for (unsigned int i = 0; !r->stop; i = (i + 1) % NPAGES) {
		if (vt_zap(r->fd, i * r->page, r->bytes - i * r->page))
			r->wrong++;
	}
	return NULL;
}

TEST_F(race, faults_against_unmap_and_fork)
{
	struct race *r = &self->r;

	launch(r, touch);
	launch(r, touch);
	launch(r, fork_and_touch);
	launch(r, remap);	/* last: a new thread's stack could land in the hole */
	run(r);
	EXPECT_EQ(0, atomic_load(&r->wrong));
	EXPECT_LE(TURNS, atomic_load(&r->turns));
}

TEST_F(race, faults_against_mprotect)
{
	struct race *r = &self->r;

	launch(r, touch);
	launch(r, touch);
	launch(r, protect);
	run(r);
	EXPECT_EQ(0, atomic_load(&r->wrong));
	EXPECT_LE(TURNS, atomic_load(&r->turns));
}

/* Zapped pages come back with their bytes, whoever touches them. */
TEST_F(race, faults_against_zap)
{
	struct race *r = &self->r;

	if (variant->backing == VMADEV_BACKING_NONE)
		return;
	launch(r, touch_always);
	launch(r, touch_always);
	launch(r, zap);
	run(r);
	EXPECT_EQ(0, atomic_load(&r->wrong));
	EXPECT_LE(TURNS, atomic_load(&r->turns));
	for (int i = 0; i < NPAGES; i++)
		EXPECT_EQ(i, vt_read(r->p + i * r->page));
}

/* read() and write() use a buffer that comes and goes: done, short or EFAULT, never stuck. */
static void *read_into_mapping(void *arg)
{
	struct race *r = arg;

	while (!r->stop) {
		ssize_t n = pread(r->fd, r->p, r->bytes, 0);

		if (n < 0 ? errno != EFAULT : (size_t)n > r->bytes)
			r->wrong++;
		r->turns++;
	}
	return NULL;
}

static void *write_from_mapping(void *arg)
{
	struct race *r = arg;

	while (!r->stop) {
		ssize_t n = pwrite(r->fd, r->p, r->bytes, 0);

		if (n < 0 ? errno != EFAULT : (size_t)n > r->bytes)
			r->wrong++;
		r->turns++;
	}
	return NULL;
}

TEST_F(race, read_and_write_against_unmap_of_their_buffer)
{
	struct race *r = &self->r;

	launch(r, read_into_mapping);
	launch(r, write_from_mapping);
	launch(r, remap);
	run(r);
	EXPECT_EQ(0, atomic_load(&r->wrong));
	EXPECT_LE(TURNS, atomic_load(&r->turns));
}

/* A handle whose strategy is not fixed, and two threads that would: one sets, one maps. */
struct duel {
	pthread_barrier_t ready, done;
	int fd;			/* -1: it is over */
	unsigned int delay;	/* of SET_STRATEGY, in turns of a loop */
	int err;		/* of SET_STRATEGY */
};

static void spin(unsigned int turns)
{
	for (volatile unsigned int i = 0; i < turns; i++)
		;
}

static void *choose(void *arg)
{
	struct duel *d = arg;

	for (;;) {
		pthread_barrier_wait(&d->ready);
		if (d->fd < 0)
			return NULL;
		spin(d->delay);
		d->err = vt_set_strategy(d->fd, VMADEV_STRATEGY_PFN) ? errno : 0;
		pthread_barrier_wait(&d->done);
	}
}

/*
 * Either SET_STRATEGY is first, and the mapping is of the new strategy, or mmap
 * is, and SET_STRATEGY fails. "pf" in VmFlags tells which the mapping is of.
 */
TEST(set_strategy_against_mmap_has_one_winner)
{
	int region = vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), NULL);
	struct duel d = { .fd = -1 };
	int first[2] = { 0, 0 };
	pthread_t thread;

	ASSERT_LE(0, region);
	pthread_barrier_init(&d.ready, NULL, 2);
	pthread_barrier_init(&d.done, NULL, 2);
	ASSERT_EQ(0, pthread_create(&thread, NULL, choose, &d));
	for (unsigned int turn = 0; turn < 200; turn++) {
		struct vmadev_info info;
		void *p;

		d.fd = vt_reopen(region, 0, VMADEV_STRATEGY_PAGE);
		ASSERT_LE(0, d.fd);
		d.delay = turn % 2 ? turn * 100 : 0;
		pthread_barrier_wait(&d.ready);
		spin(turn % 2 ? 0 : turn * 100);
		p = mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, d.fd, 0);
		pthread_barrier_wait(&d.done);

		ASSERT_NE(MAP_FAILED, p);
		ASSERT_TRUE(d.err == 0 || d.err == EBUSY);
		ASSERT_EQ(0, vt_info(d.fd, &info));
		ASSERT_EQ(d.err ? VMADEV_STRATEGY_PAGE : VMADEV_STRATEGY_PFN, (int)info.strategy);
		ASSERT_EQ(!d.err, vt_has_flag(p, "pf"));
		first[!d.err]++;
		munmap(p, vt_page());
		close(d.fd);
	}
	d.fd = -1;
	pthread_barrier_wait(&d.ready);
	pthread_join(thread, NULL);
	TH_LOG("mmap was first %d times, SET_STRATEGY %d times", first[0], first[1]);
	EXPECT_LT(0, first[0]);
	EXPECT_LT(0, first[1]);
	close(region);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMADEV_SEAL_WRITE, and who is in its way: mappings that can be written to, and those who
 * have pages pinned.
 */
#include "seals.h"

#include <pthread.h>
#include <sched.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

/* Through a descriptor that does not write, no mapping ever could. */
TEST_F(seals, write_is_busy_while_a_mapping_can_write)
{
	const int prots[] = { RW, PROT_READ, PROT_NONE };
	int reader = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);
	char *p;

	ASSERT_LE(0, reader);
	ASSERT_NE(MAP_FAILED, mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, reader, 0));
	for (size_t i = 0; self->own && i < ARRAY_SIZE(prots); i++) {
		p = map(self, prots[i], MAP_SHARED);
		ASSERT_NE(MAP_FAILED, p);
		EXPECT_EQ(EBUSY, seal(self, VMADEV_SEAL_WRITE));
		EXPECT_EQ(EBUSY, seal(self, VMADEV_SEAL_WRITE | VMADEV_SEAL_SEAL));
		ASSERT_EQ(0, munmap(p + self->page, self->page));
		EXPECT_EQ(EBUSY, seal(self, VMADEV_SEAL_WRITE));
		EXPECT_EQ(0, vt_get_seals(self->fd));
		EXPECT_EQ(0, put(self, 0, 0));
		/* What is refused stops nobody. */
		EXPECT_EQ(1, pwrite(self->fd, self->buf, 1, 0));
		ASSERT_EQ(0, munmap(p, self->bytes));
	}
	EXPECT_EQ(0, munmap(map(self, PROT_NONE, MAP_SHARED), self->bytes));
	EXPECT_EQ(0, seal(self, VMADEV_SEAL_WRITE));
	close(reader);
}

static int seals_busy(void *arg)
{
	return seal(arg, VMADEV_SEAL_WRITE);
}

/* A mapping that a child has still, and one that only the parent has by then. */
TEST_F(seals, write_is_busy_while_a_child_can_write)
{
	int ends[2], status;
	pid_t child;
	char *p;

	if (!self->own)
		return;
	p = map(self, RW, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(EBUSY, vt_in_child(seals_busy, self));
	ASSERT_EQ(0, pipe(ends));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(ends[1]);
		_exit(read(ends[0], &status, 1));
	}
	ASSERT_EQ(0, munmap(p, self->bytes));
	EXPECT_EQ(EBUSY, seal(self, VMADEV_SEAL_WRITE));
	close(ends[1]);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, seal(self, VMADEV_SEAL_WRITE));
}

/* Pages of the region, in a pipe: -1 where this mapping's cannot be pinned. */
static int pin(const fixture *f, int ends[2])
{
	char *p = map(f, RW, MAP_SHARED);
	struct iovec pages = { p, f->bytes };
	ssize_t n;

	if (p == MAP_FAILED || pipe(ends))
		return -1;
	n = vmsplice(ends[1], &pages, 1, SPLICE_F_NONBLOCK);
	munmap(p, f->bytes);
	if (n > 0)
		return 0;
	close(ends[0]);
	close(ends[1]);
	return -1;
}

TEST_F(seals, write_is_busy_while_a_page_is_pinned)
{
	int ends[2];

	if (!self->own || pin(self, ends))
		return;
	EXPECT_EQ(EBUSY, seal(self, VMADEV_SEAL_WRITE));
	EXPECT_EQ(0, put(self, 0, 0));
	EXPECT_EQ(1, pwrite(self->fd, self->buf, 1, 0));
	EXPECT_EQ(0, seal(self, VMADEV_SEAL_SHRINK));
	close(ends[0]);
	close(ends[1]);
	EXPECT_EQ(0, seal(self, VMADEV_SEAL_WRITE));
	EXPECT_EQ(EPERM, put(self, 1, 0));
	EXPECT_TRUE(unchanged(self));
}

static void *unpin_soon(void *arg)
{
	int *ends = arg;

	nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	close(ends[0]);
	close(ends[1]);
	return NULL;
}

/* By a thread that is slow it may be too late: then it is busy, and free the next time. */
TEST_F(seals, write_waits_for_pins)
{
	int ends[2], err = EBUSY;
	pthread_t thread;

	for (int i = 0; i < 10 && err == EBUSY; i++) {
		if (!self->own || pin(self, ends))
			return;
		ASSERT_EQ(0, pthread_create(&thread, NULL, unpin_soon, ends));
		err = seal(self, VMADEV_SEAL_WRITE);
		ASSERT_EQ(0, pthread_join(thread, NULL));
	}
	EXPECT_EQ(0, err);
}

static bool goes_to(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return !sched_setaffinity(0, sizeof(cpus), &cpus);
}

/* Unmapped where others were mapped: to unmap makes the CPU that does it let go of all. */
static void *touch_and_lock(void *arg)
{
	const fixture *f = arg;
	char *mapped[CPU_SETSIZE] = { NULL };

	for (int cpu = CPU_SETSIZE; cpu--; ) {
		char *p;

		if (!goes_to(cpu))
			continue;
		p = map(f, RW, MAP_SHARED);
		if (p == MAP_FAILED || mlock(p, f->page) || munlock(p, f->page) ||
		    vt_write(p + f->page, 1) || mlock(p, f->bytes))
			return arg;
		mapped[cpu] = p;
	}
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (mapped[cpu])
			munmap(mapped[cpu], f->bytes);
	return NULL;
}

/* What CPUs keep of a page that they have yet to put on a list is nobody's. */
TEST_F(seals, pages_that_a_cpu_keeps_are_not_pinned)
{
	pthread_t thread;
	void *failed;

	ASSERT_EQ(0, pthread_create(&thread, NULL, touch_and_lock, self));
	ASSERT_EQ(0, pthread_join(thread, &failed));
	EXPECT_EQ(NULL, failed);
	EXPECT_EQ(0, seal(self, VMADEV_SEAL_WRITE));
}

TEST_HARNESS_MAIN

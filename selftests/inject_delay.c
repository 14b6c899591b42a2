// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Delays by script: an access takes as long as it is told to, once, and holds up nobody
 * else, unless it is told to hold its lock.
 */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "inject.h"

#define MS	1000u			/* microseconds */
#define SHORT	(50 * MS)
#define LONG	VMADEV_DELAY_MAX	/* longer than anything here may take */

static unsigned long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ul + t.tv_nsec / 1000;
}

static struct vmadev_rule delay(const mapping *m, __u32 accesses, __u64 value)
{
	return (struct vmadev_rule) {
		.offset = BAD * m->page, .length = m->page, .accesses = accesses,
		.action = VMADEV_ACTION_DELAY, .value = value,
	};
}

/* Each match is one. */
static __u64 all_hits(const mapping *m)
{
	return hits(m) == seen(m) ? hits(m) : ~0ull;
}

/* Is it so long, or longer on a slow machine? */
#define EXPECT_TAKES(microseconds, what) do {			\
	unsigned long begin_ = now();				\
								\
	what;							\
	EXPECT_LE((unsigned long)(microseconds), now() - begin_);	\
} while (0)

TEST_F(mapping, each_access_is_delayed_once)
{
	char *map = map_filled(self, variant), *at;
	int ends[2];

	ASSERT_NE(MAP_FAILED, map);
	if (!can_inject(variant))
		return;
	at = map + BAD * self->page;
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, vt_inject(self->fd, delay(self, VMADEV_ON_FAULTS, SHORT)));
	EXPECT_TAKES(SHORT, EXPECT_TRUE(page_is(self, map, BAD, BAD + 1)));
	EXPECT_EQ(1, all_hits(self));
	ASSERT_EQ(0, vt_zap(self->fd, BAD * self->page, self->page));
	EXPECT_TAKES(SHORT, EXPECT_EQ(1, write(ends[1], at, 1)));
	EXPECT_EQ(2, all_hits(self));
	ASSERT_EQ(0, vt_zap(self->fd, BAD * self->page, self->page));
	EXPECT_TAKES(SHORT, EXPECT_EQ(0, vt_write(at, 1)));
	EXPECT_EQ(3, all_hits(self));
}

TEST_F(mapping, calls_are_delayed)
{
	struct vmadev_rule rule = {
		.accesses = VMADEV_ON_CALLS & ~VMADEV_ON_MMAP,
		.action = VMADEV_ACTION_DELAY, .value = SHORT,
	};
	char byte = 0;

	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_TAKES(SHORT, EXPECT_EQ(1, pread(self->fd, &byte, 1, 0)));
	EXPECT_TAKES(SHORT, EXPECT_EQ(1, pwrite(self->fd, &byte, 1, 0)));
	EXPECT_TAKES(SHORT, EXPECT_EQ(0, fsync(self->fd)));
	EXPECT_EQ(3, all_hits(self));
	/* mmap has mmap_lock, so that one has to ask for it. */
	rule.accesses = VMADEV_ON_MMAP;
	EXPECT_EQ(-1, vt_inject(self->fd, rule));
	EXPECT_EQ(EINVAL, errno);
	rule.flags = VMADEV_RULE_HELD;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_TAKES(SHORT, EXPECT_NE(MAP_FAILED, map_region(self, variant)));
	EXPECT_EQ(1, all_hits(self));
}

struct victim {
	const mapping *m;
	const mapping_kind *kind;
	char *map;
};

static void *touch(void *arg)
{
	vt_read((char *)arg + 1);
	return NULL;
}

/* A thread is in the delay by now. */
static bool is_hit(const mapping *m, __u64 times)
{
	for (int i = 0; i < 10000 && all_hits(m) != times; i++)
		usleep(1000);
	return all_hits(m) == times;
}

/*
 * What a process does beside a thread that waits in a fault: it maps, unmaps, that very
 * mapping too, and exits.
 */
static int lives_on(void *arg)
{
	struct victim *v = arg;
	const mapping *m = v->m;
	char *map = map_region(m, v->kind), *other;
	pthread_t thread;

	if (map == MAP_FAILED || pthread_create(&thread, NULL, touch, map + BAD * m->page))
		return 1;
	if (!is_hit(m, 1))
		return 2;
	other = mmap(NULL, m->page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (other == MAP_FAILED || vt_read(other) || munmap(other, m->page))
		return 3;
	if (vt_read(map) < 0 || mprotect(map, m->page, PROT_READ) || munmap(map, m->bytes))
		return 4;
	return 0;
}

TEST_F(mapping, delay_holds_up_neither_munmap_nor_exit)
{
	struct victim v = { self, variant, NULL };
	unsigned long begin = now();

	if (!can_inject(variant))
		return;
	ASSERT_EQ(0, vt_inject(self->fd, delay(self, VMADEV_ON_FAULTS, LONG)));
	EXPECT_EQ(0, vt_in_child(lives_on, &v));
	EXPECT_GT(LONG / 2, now() - begin);
	/* The region ends under who waits. */
	EXPECT_EQ(1, all_hits(self));
}

static int waits(void *arg)
{
	struct victim *v = arg;

	return vt_read(v->map + BAD * v->m->page) < 0;
}

/* In a delay of either kind, and in one of a call. */
TEST_F(mapping, delay_ends_with_a_kill)
{
	const struct { __u32 accesses, flags; } kinds[] = {
		{ VMADEV_ON_FAULTS, 0 }, { VMADEV_ON_FAULTS, VMADEV_RULE_HELD },
		{ VMADEV_ON_READ_CALL, 0 },
	};
	struct victim v = { self, variant, map_filled(self, variant) };

	ASSERT_NE(MAP_FAILED, v.map);
	for (size_t i = can_inject(variant) ? 0 : 2; i < ARRAY_SIZE(kinds); i++) {
		struct vmadev_rule rule = delay(self, kinds[i].accesses, LONG);
		unsigned long begin = now();
		int status;
		pid_t pid;
		char byte;

		rule.flags = kinds[i].flags;
		ASSERT_EQ(0, vt_inject(self->fd, rule));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid)
			_exit(i == 2 ? pread(self->fd, &byte, 1, BAD * self->page) != 1 :
				       waits(&v));
		EXPECT_TRUE(is_hit(self, 1));
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_GT(LONG / 2, now() - begin);
	}
}

/* With the lock held, on request: who wants to map waits for it. */
TEST_F(mapping, held_delay_holds_up_mmap)
{
	struct vmadev_rule rule = delay(self, VMADEV_ON_FAULTS, 20 * SHORT);
	pthread_t thread;
	char *map = map_filled(self, variant);
	unsigned long begin;

	ASSERT_NE(MAP_FAILED, map);
	if (!can_inject(variant))
		return;
	rule.flags = VMADEV_RULE_HELD;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	begin = now();
	ASSERT_EQ(0, pthread_create(&thread, NULL, touch, map + BAD * self->page));
	ASSERT_TRUE(is_hit(self, 1));
	/* Of its own VMA: since 6.6 a fault has the lock of that alone. */
	EXPECT_EQ(0, munmap(map + (BAD - 1) * self->page, self->page));
	EXPECT_LE(20 * SHORT, now() - begin);
	ASSERT_EQ(0, pthread_join(thread, NULL));
}

/* An instruction that needs two pages, each of which is taken away again and again. */
TEST_F(mapping, instruction_on_two_rearmed_pages_comes_through)
{
	struct vmadev_rule rule = {
		.accesses = VMADEV_ON_FAULTS, .flags = VMADEV_RULE_REARM,
		.action = VMADEV_ACTION_DELAY, .value = 1,
	};
	char *map = map_filled(self, variant);
	unsigned long value, begin = now();

	ASSERT_NE(MAP_FAILED, map);
	if (!can_inject(variant) || !is_shared(variant))
		return;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	for (int i = 0; i < 200; i++) {
		/* Across the end of a page; as one store, where the machine has such. */
		value = i;
		memcpy(map + (BAD + 1) * self->page - sizeof(value) / 2, &value, sizeof(value));
		memcpy(&value, map + (BAD + 1) * self->page - sizeof(value) / 2, sizeof(value));
		EXPECT_EQ((unsigned long)i, value);
		usleep(500);
	}
	/* They were taken away meanwhile. */
	EXPECT_LT(2, all_hits(self));
	EXPECT_GT(60 * 1000 * MS, now() - begin);
}

/* Each access that comes long enough after the last one is seen. */
TEST_F(mapping, rearm_shows_the_next_access)
{
	struct vmadev_rule rule = {
		.offset = BAD * self->page, .length = self->page,
		.accesses = VMADEV_ON_READ, .flags = VMADEV_RULE_REARM,
		.action = VMADEV_ACTION_SIGBUS, .nth = 3,
	};
	char *map = map_filled(self, variant);
	int touches = 0;

	ASSERT_NE(MAP_FAILED, map);
	if (!can_inject(variant))
		return;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	while (touches < 10000 && vt_read(map + BAD * self->page) >= 0) {
		touches++;
		usleep(1000);
	}
	EXPECT_LE(2, touches);
	EXPECT_GT(10000, touches);
}

/* It is taken away when it is there, however long that took. */
TEST_F(mapping, rearm_shows_the_access_after_a_delayed_one)
{
	struct vmadev_rule rule = delay(self, VMADEV_ON_READ, 4 * SHORT);
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	if (!can_inject(variant))
		return;
	rule.flags = VMADEV_RULE_REARM;
	rule.times = 1;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_TAKES(4 * SHORT, EXPECT_TRUE(page_is(self, map, BAD, BAD + 1)));
	for (int i = 0; i < 10000 && seen(self) < 3; i++) {
		EXPECT_TRUE(page_is(self, map, BAD, BAD + 1));
		usleep(1000);
	}
	EXPECT_EQ(3, seen(self));
	EXPECT_EQ(1, hits(self));
}

TEST_HARNESS_MAIN

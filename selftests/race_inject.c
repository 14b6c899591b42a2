// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules come and go while others fault, fork, map, unmap, copy and exit: each access gets
 * its byte or SIGBUS, and after arming has returned no mapping shows a page that is in a
 * rule's range. That the kernel log stays silent is asserted by who runs the program.
 */
#include "vmadev_test.h"
#include "lib/race.h"
#include "mode.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define NPAGES	16

FIXTURE(race_inject)
{
	struct race race;
	struct duel duel;
	int fd;
	int mem;		/* /proc/self/mem */
	size_t page, bytes;
	bool faults;		/* can have rules on faults */
	char *p;
	/* what came of the round */
	char *q;
	int err, read, wrote;
};

FIXTURE_VARIANT(race_inject)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_BYTE_MODES(race_inject);

typedef FIXTURE_DATA(race_inject) fixture;

static char *map(const fixture *f)
{
	return mmap(NULL, f->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
}

FIXTURE_SETUP(race_inject)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	CREATE_MODE(self->bytes, "race");
	self->faults = variant->backing == VMADEV_BACKING_PAGES ||
		       variant->backing == VMADEV_BACKING_CONTIG;
	self->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->mem);
	for (int i = 0; i < NPAGES; i++)
		ASSERT_EQ(1, pwrite(self->fd, &(char){ i + 1 }, 1, i * self->page));
	self->p = map(self);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(race_inject)
{
	munmap(self->p, self->bytes);
	close(self->mem);
	close(self->fd);
}

static struct vmadev_rule rule_of(const fixture *f, unsigned long turn)
{
	static const struct { __u32 action, value, flags; } kinds[] = {
		{ VMADEV_ACTION_SIGBUS, 0, 0 }, { VMADEV_ACTION_SIGBUS, 0, VMADEV_RULE_REARM },
		{ VMADEV_ACTION_DELAY, 50, 0 }, { VMADEV_ACTION_DELAY, 50, VMADEV_RULE_HELD },
		{ VMADEV_ACTION_RETRY, 5, VMADEV_RULE_REARM },
	};
	unsigned long kind = turn % ARRAY_SIZE(kinds);
	struct vmadev_rule rule = {
		.offset = turn * 3 % NPAGES * f->page, .length = (1 + turn % 5) * f->page,
		.accesses = VMADEV_ON_FAULTS, .flags = kinds[kind].flags,
		.action = kinds[kind].action, .value = kinds[kind].value,
		.odds = 1, .chances = 2, .seed = turn,
	};

	if (!f->faults)
		rule = (struct vmadev_rule) {
			.accesses = VMADEV_ON_CALLS & ~VMADEV_ON_MMAP, .interval = 2,
			.action = VMADEV_ACTION_DELAY, .value = 50,
		};
	return rule;
}

static const char *arm(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	struct vmadev_rule rule = rule_of(f, turn / 2);

	if (turn % 4 == 3)
		return vt_inject_clear(f->fd) ? "they cannot be cleared" : NULL;
	if (turn % 2)
		return vt_inject_more(f->fd, rule) ? "no more can be had" : NULL;
	return vt_inject(f->fd, rule) ? "a rule is refused" : NULL;
}

static bool is_fine(int byte, unsigned int i)
{
	return byte == (int)i + 1 || byte == -SIGBUS;
}

static const char *touch(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	unsigned int i = turn % NPAGES;
	int err;

	if (!is_fine(vt_read(f->p + i * f->page), i))
		return "a read gets another page's byte";
	err = vt_write(f->p + i * f->page, i + 1);
	return err && err != -SIGBUS ? "a write gets the wrong signal" : NULL;
}

static int see_all(void *arg)
{
	const fixture *f = arg;

	for (unsigned int i = 0; i < NPAGES; i++)
		if (!is_fine(vt_read(f->p + i * f->page), i))
			return 1;
	return 0;
}

static const char *fork_and_see(void *arg, unsigned long turn)
{
	(void)turn;
	return vt_in_child(see_all, arg) ? "a child sees what is wrong" : NULL;
}

/* A child with a thread in a fault exits, or is killed. */
static void *touch_all(void *arg)
{
	see_all(arg);
	return NULL;
}

static int exit_meanwhile(void *arg)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, touch_all, arg);
}

static const char *fork_and_exit(void *arg, unsigned long turn)
{
	pid_t pid;

	if (turn % 2)
		return vt_in_child(exit_meanwhile, arg) ? "a child cannot exit" : NULL;
	pid = fork();
	if (!pid)
		_exit(see_all(arg));
	kill(pid, SIGKILL);
	return pid < 0 || waitpid(pid, NULL, 0) != pid ? "a child cannot be killed" : NULL;
}

static const char *map_and_see(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	const char *wrong = NULL;
	unsigned int i = turn % NPAGES;
	char *q = map(f);

	if (q == MAP_FAILED)
		return "mmap fails";
	if (!is_fine(vt_read(q + i * f->page), i))
		wrong = "a new mapping shows another page's byte";
	return munmap(q, f->bytes) ? "munmap fails" : wrong;
}

static const char *peek_and_copy(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	unsigned int i = turn % NPAGES;
	unsigned char byte = i + 1;

	if (pread(f->mem, &byte, 1, (off_t)(uintptr_t)(f->p + i * f->page)) == 1 && byte != i + 1)
		return "peeking gets another page's byte";
	if (pread(f->fd, &byte, 1, i * f->page) != 1 || byte != i + 1)
		return "a read(2) gets another page's byte";
	return NULL;
}

static const char *look_at_rules(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	struct vmadev_rule rule;

	if (!vt_rule(f->fd, turn % 2, &rule) && rule.hits > rule.seen)
		return "a rule has hit more than it has seen";
	return NULL;
}

TEST_F(race_inject, rules_against_all_that_touches)
{
	race_add(&self->race, arm, self);
	race_add(&self->race, touch, self);
	race_add(&self->race, touch, self);
	race_add(&self->race, fork_and_see, self);
	race_add(&self->race, fork_and_exit, self);
	race_add(&self->race, map_and_see, self);
	race_add(&self->race, peek_and_copy, self);
	race_add(&self->race, look_at_rules, self);
	EXPECT_RACE(&self->race);
}

/* The last handle goes while threads wait in faults through the mapping that is left. */
static const char *close_meanwhile(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	fixture own = *f;
	struct vmadev_info info;
	pthread_t thread;

	if (vt_info(f->fd, &info))
		return "no info";
	own.fd = vt_create(info.backing, info.strategy, f->bytes, "short");
	own.p = map(&own);
	if (own.fd < 0 || own.p == MAP_FAILED || vt_inject(own.fd, rule_of(f, turn)))
		return "a region cannot be made";
	close(own.fd);
	if (pthread_create(&thread, NULL, touch_all, &own))
		return "no thread";
	munmap(own.p, turn % 2 ? f->bytes / 2 : f->bytes);
	pthread_join(thread, NULL);
	munmap(own.p, f->bytes);
	return NULL;
}

static int close_them(void *arg)
{
	fixture *f = arg;

	for (unsigned long turn = 0; turn < 20; turn++)
		if (close_meanwhile(f, turn))
			return 1;
	return 0;
}

TEST_F(race_inject, regions_end_with_faults_under_way)
{
	/* A thread may find its mapping gone, which vt_read() survives. */
	EXPECT_EQ(0, vt_in_child(close_them, self));
}

/* Arming against one who touches, or maps: when both are done, the rule sees each access. */
static void arm_all(void *arg)
{
	fixture *f = arg;
	struct vmadev_rule rule = {
		.accesses = VMADEV_ON_FAULTS, .action = VMADEV_ACTION_SIGBUS,
	};

	f->err = vt_inject(f->fd, rule);
}

static void touch_two(void *arg)
{
	fixture *f = arg;

	f->read = vt_read(f->p);
	f->wrote = vt_write(f->p + (NPAGES - 1) * f->page, NPAGES);
}

static void map_it(void *arg)
{
	fixture *f = arg;

	f->q = map(f);
}

static const char *duel_of(fixture *f, void (*other)(void *arg))
{
	const char *wrong = NULL;

	if (!f->faults)
		return NULL;
	if (duel_begin(&f->duel, arm_all, f))
		return "it cannot begin";
	while (!wrong && duel_goes_on(&f->duel, true)) {
		f->q = MAP_FAILED;
		f->read = -SIGBUS;
		f->wrote = -SIGBUS;
		if (vt_inject_clear(f->fd))
			wrong = "they cannot be cleared";
		duel_meet(&f->duel, other);
		if (!is_fine(f->read, 0) || (f->wrote && f->wrote != -SIGBUS))
			wrong = "an access meanwhile comes to something else";
		for (int i = 0; i < NPAGES && !wrong; i++) {
			if (f->err || vt_read(f->p + i * f->page) != -SIGBUS)
				wrong = "a page is mapped that a rule is on";
			if (f->q != MAP_FAILED && vt_read(f->q + i * f->page) != -SIGBUS)
				wrong = "a page of a new mapping is mapped that a rule is on";
		}
		if (f->q != MAP_FAILED)
			munmap(f->q, f->bytes);
	}
	duel_end(&f->duel);
	return wrong;
}

TEST_F(race_inject, arming_against_faults_and_mmap)
{
	EXPECT_EQ(NULL, duel_of(self, touch_two));
	EXPECT_EQ(NULL, duel_of(self, map_it));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults by script, through mappings of every kind: a rule is on the accesses that it
 * names, by those that it names, and what it says comes of them.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "inject.h"

TEST_F(mapping, faults_that_the_kernel_serves_are_not_for_rules)
{
	struct vmadev_rule rule = rule_at(self, BAD, VMADEV_ON_READ, VMADEV_ACTION_SIGBUS);

	EXPECT_EQ(can_inject(variant) ? 0 : -1, vt_inject(self->fd, rule));
	EXPECT_TRUE(can_inject(variant) || errno == EOPNOTSUPP);
	rule.accesses = VMADEV_ON_READ_CALL;
	rule.action = VMADEV_ACTION_ERRNO;
	rule.value = EIO;
	EXPECT_EQ(0, vt_inject(self->fd, rule));
}

/* The page that a rule is on raises SIGBUS, however it is touched; its neighbours do not. */
TEST_F(mapping, sigbus_is_where_the_rule_is_and_nowhere_else)
{
	char *map;

	MAP_OR_RETURN(map);
	ASSERT_EQ(0, vt_inject(self->fd, rule_at(self, BAD, ON_PROGRAM, VMADEV_ACTION_SIGBUS)));
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < NPAGES; i++) {
			bool bad = i == BAD;

			EXPECT_EQ(bad, vt_read(map + i * self->page) == -SIGBUS);
			EXPECT_EQ(bad ? -SIGBUS : 0, vt_write(map + i * self->page, 7));
		}
	}
	EXPECT_EQ(4, hits(self));
	ASSERT_EQ(0, vt_inject_clear(self->fd));
	EXPECT_TRUE(page_is(self, map, BAD, BAD + 1));
}

/* A mapping that comes after the rule, eager or not, and one of a child's. */
static int touches_bad(void *arg)
{
	return vt_read(arg) != -SIGBUS;
}

TEST_F(mapping, later_mappings_are_seen_too)
{
	char *map;

	if (!can_inject(variant))
		return;
	ASSERT_EQ(0, fill_region(self));
	ASSERT_EQ(0, vt_inject(self->fd, rule_at(self, BAD, ON_PROGRAM, VMADEV_ACTION_SIGBUS)));
	map = map_region(self, variant);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(page_is(self, map, BAD - 1, BAD));
	EXPECT_TRUE(page_is(self, map, BAD + 1, BAD + 2));
	EXPECT_EQ(-SIGBUS, vt_read(map + BAD * self->page));
	EXPECT_EQ(0, vt_in_child(touches_bad, map + BAD * self->page));
	EXPECT_EQ(2, hits(self));
}

/* Every page shows its first access: none is brought along by a neighbour's fault. */
TEST_F(mapping, each_page_of_a_range_shows_its_first_access)
{
	struct vmadev_rule rule = {
		.accesses = ON_PROGRAM, .action = VMADEV_ACTION_SIGBUS, .nth = 100,
	};
	char *map;

	MAP_OR_RETURN(map);
	rule.offset = self->page;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	for (int i = 0; i < NPAGES; i++) {
		bool copy = !is_shared(variant) && i % 2;

		EXPECT_TRUE(page_is(self, map, i, i + 1));
		EXPECT_TRUE(copy || seen(self) == (__u64)(is_shared(variant) ? i : i / 2));
	}
	/* What was there before stays there: the first access of each was it. */
	for (int i = 0; i < NPAGES; i++)
		vt_read(map + i * self->page);
	EXPECT_EQ(is_shared(variant) ? NPAGES - 1 : NPAGES / 2 - 1, seen(self));
	/* ZAP shows the next one. */
	ASSERT_EQ(0, vt_zap(self->fd, 0, self->bytes));
	vt_read(map + 2 * self->page);
	EXPECT_EQ(is_shared(variant) ? NPAGES : NPAGES / 2, seen(self));
	EXPECT_EQ(0, hits(self));
}

/* Reads and writes are told apart, as the fault tells them. */
TEST_F(mapping, reads_and_writes_are_told_apart)
{
	char *map;

	MAP_OR_RETURN(map);
	ASSERT_EQ(0, vt_inject(self->fd, rule_at(self, BAD, VMADEV_ON_WRITE,
						 VMADEV_ACTION_SIGBUS)));
	EXPECT_EQ(-SIGBUS, vt_write(map + BAD * self->page, 1));
	EXPECT_TRUE(page_is(self, map, BAD, BAD + 1));
	ASSERT_EQ(0, vt_inject(self->fd, rule_at(self, BAD, VMADEV_ON_READ,
						 VMADEV_ACTION_SIGBUS)));
	EXPECT_EQ(-SIGBUS, vt_read(map + BAD * self->page));
	EXPECT_EQ(0, vt_write(map + BAD * self->page, 1));
}

/*
 * By system calls: a copy, get_user_pages, ->access; each is EFAULT, and no signal. The
 * kernel may try more than once.
 */
TEST_F(mapping, accesses_by_the_kernel_are_kernel_accesses)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC), ends[2];
	char *map, *bad, byte = 9;
	struct iovec there;
	__u64 was;

	MAP_OR_RETURN(map);
	bad = map + BAD * self->page;
	ASSERT_LE(0, mem);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, vt_inject(self->fd, rule_at(self, BAD, VMADEV_ON_KERNEL,
						 VMADEV_ACTION_SIGBUS)));
	EXPECT_EQ(-1, write(ends[1], bad, 1));
	EXPECT_EQ(EFAULT, errno);
	was = hits(self);
	EXPECT_LE(1, was);
	if (VT_ACCESS_ASKED || !is_pfnmap(variant)) {
		EXPECT_EQ(-1, pread(mem, &byte, 1, (off_t)(uintptr_t)bad));
		EXPECT_EQ(EIO, errno);
		EXPECT_LT(was, hits(self));
	}
	was = hits(self);
	if (answer_of(variant, "vmsplice") == WORKS) {
		there = (struct iovec) { bad, 1 };
		EXPECT_EQ(-1, vmsplice(ends[1], &there, 1, 0));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_LT(was, hits(self));
	}
	/* A program's own access is none of these. */
	EXPECT_TRUE(page_is(self, map, BAD, BAD + 1));
	EXPECT_EQ(1, write(ends[1], bad, 1));
	close(mem);
	close(ends[0]);
	close(ends[1]);
}

/* The first, the third, then no more; by faults that ZAP makes. */
static const char *pattern_of(const mapping *m, const char *at, struct vmadev_rule rule)
{
	static char pattern[13];

	if (vt_inject(m->fd, rule))
		return "refused";
	memset(pattern, 0, sizeof(pattern));
	for (int i = 0; i < 12; i++) {
		if (vt_zap(m->fd, rule.offset, rule.length))
			return "no zap";
		pattern[i] = vt_read(at) == -SIGBUS ? 'X' : '.';
	}
	return pattern;
}

TEST_F(mapping, which_one_is_hit)
{
	struct vmadev_rule rule = rule_at(self, BAD, VMADEV_ON_READ, VMADEV_ACTION_SIGBUS);
	char *map, *at, first[13];

	MAP_OR_RETURN(map);
	at = map + BAD * self->page;
	EXPECT_STREQ("XXXXXXXXXXXX", pattern_of(self, at, rule));
	rule.nth = 3;
	EXPECT_STREQ("..X.........", pattern_of(self, at, rule));
	rule.interval = 4;
	EXPECT_STREQ("..X...X...X.", pattern_of(self, at, rule));
	rule.times = 2;
	EXPECT_STREQ("..X...X.....", pattern_of(self, at, rule));
	EXPECT_EQ(12, seen(self));
	EXPECT_EQ(2, hits(self));
	rule.nth = 0;
	EXPECT_STREQ("...X...X....", pattern_of(self, at, rule));
	rule.interval = 0;
	EXPECT_STREQ("XX..........", pattern_of(self, at, rule));
	rule.times = 0;
	rule.odds = 1;
	rule.chances = 2;
	rule.seed = 7;
	strcpy(first, pattern_of(self, at, rule));
	EXPECT_STREQ(first, pattern_of(self, at, rule));
	EXPECT_NE(NULL, strchr(first, 'X'));
	EXPECT_NE(NULL, strchr(first, '.'));
	rule.seed = 8;
	EXPECT_STRNE(first, pattern_of(self, at, rule));
}

/* Another process's mappings of the region, and this one's. */
struct child {
	char *at;
	int go[2], pid;
};

static int waits_and_reads(void *arg)
{
	struct child *c = arg;
	char byte;

	return read(c->go[0], &byte, 1) == 1 ? vt_read(c->at) == -SIGBUS : 100;
}

static pid_t start(struct child *c)
{
	if (pipe(c->go))
		return -1;
	c->pid = fork();
	if (!c->pid)
		_exit(waits_and_reads(c));
	return c->pid;
}

/* Did the child get SIGBUS? */
static int let_go(struct child *c)
{
	int status = -1;

	if (write(c->go[1], "", 1) != 1 || waitpid(c->pid, &status, 0) != c->pid)
		return -1;
	close(c->go[0]);
	close(c->go[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(mapping, rule_is_on_whom_it_names)
{
	struct vmadev_rule rule = rule_at(self, BAD, VMADEV_ON_FAULTS, VMADEV_ACTION_SIGBUS);
	struct child named, other;
	char byte, *map;
	struct iovec here = { &byte, 1 }, there;

	MAP_OR_RETURN(map);
	named.at = map + BAD * self->page;
	other.at = named.at;
	there = (struct iovec) { named.at, 1 };
	ASSERT_LT(0, start(&named));
	ASSERT_LT(0, start(&other));
	rule.whose = VMADEV_WHOSE_PID;
	rule.id = named.pid;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_LE(0, vt_read(named.at));
	/* Through its mapping, though this process is who looks. */
	if (answer_of(variant, "process-vm-readv") == WORKS) {
		EXPECT_EQ(-1, process_vm_readv(named.pid, &here, 1, &there, 1, 0));
		EXPECT_EQ(1, process_vm_readv(other.pid, &here, 1, &there, 1, 0));
		EXPECT_EQ(1, hits(self));
	}
	EXPECT_EQ(0, let_go(&other));
	EXPECT_EQ(1, let_go(&named));
	ASSERT_EQ(-1, vt_inject(self->fd, rule));
	EXPECT_EQ(ESRCH, errno);
}

static int reads_as_nobody(void *arg)
{
	if (setuid(65534))
		return 100;
	return vt_read(arg) == -SIGBUS;
}

static void *reads_in_thread(void *arg)
{
	return (void *)(intptr_t)vt_read(arg);
}

TEST_F(mapping, rule_is_on_a_thread_or_a_user)
{
	struct vmadev_rule rule = rule_at(self, BAD, VMADEV_ON_FAULTS, VMADEV_ACTION_SIGBUS);
	pthread_t thread;
	char *map, *at;
	void *got;

	MAP_OR_RETURN(map);
	at = map + BAD * self->page;
	rule.whose = VMADEV_WHOSE_TID;
	rule.id = gettid();
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	ASSERT_EQ(0, pthread_create(&thread, NULL, reads_in_thread, at));
	ASSERT_EQ(0, pthread_join(thread, &got));
	EXPECT_LE(0, (intptr_t)got);
	ASSERT_EQ(0, vt_zap(self->fd, rule.offset, rule.length));
	EXPECT_EQ(-SIGBUS, vt_read(at));

	rule.whose = VMADEV_WHOSE_UID;
	rule.id = geteuid();
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_EQ(-SIGBUS, vt_read(at));
	if (!geteuid()) {
		EXPECT_EQ(0, vt_in_child(reads_as_nobody, at));
		rule.id = 65534;
		ASSERT_EQ(0, vt_inject(self->fd, rule));
		EXPECT_LE(0, vt_read(at));
		/* A child has the entries that its parent has. */
		ASSERT_EQ(0, vt_zap(self->fd, rule.offset, rule.length));
		EXPECT_EQ(1, vt_in_child(reads_as_nobody, at));
	}
	rule.id = ~0u;
	EXPECT_EQ(-1, vt_inject(self->fd, rule));
	EXPECT_EQ(EINVAL, errno);
}

/* In their order, and the first that hits ends it. */
TEST_F(mapping, first_hit_ends_it)
{
	struct vmadev_rule none = rule_at(self, BAD, VMADEV_ON_READ, VMADEV_ACTION_SIGBUS);
	struct vmadev_rule rule;
	char *map;

	MAP_OR_RETURN(map);
	none.nth = 2;
	ASSERT_EQ(0, vt_inject(self->fd, none));
	none.nth = 0;
	ASSERT_EQ(0, vt_inject_more(self->fd, none));
	ASSERT_EQ(0, vt_inject_more(self->fd, none));
	EXPECT_EQ(-SIGBUS, vt_read(map + BAD * self->page));
	ASSERT_EQ(0, vt_rule(self->fd, 0, &rule));
	EXPECT_EQ(1, rule.seen);
	EXPECT_EQ(0, rule.hits);
	ASSERT_EQ(0, vt_rule(self->fd, 1, &rule));
	EXPECT_EQ(1, rule.hits);
	ASSERT_EQ(0, vt_rule(self->fd, 2, &rule));
	EXPECT_EQ(0, rule.seen);
}

/*
 *	|HHHHHHHH|HHHHHHHH|HHHHHHHH|	huge entries, or folios that the kernel maps at once
 *	|HHHHHHHH|pppp!ppp|HHHHHHHH|	a rule on one page: not where it is
 */
static void expect_small_at(struct __test_metadata *_metadata, __u32 strategy, bool before)
{
	const size_t page = vt_page(), bytes = 3 * (vt_huge_bytes() ?: 512 * page);
	int fd = vt_create(VMADEV_BACKING_CONTIG, strategy, bytes, "large");
	struct vmadev_rule rule = {
		.offset = bytes / 3 + 4 * page, .length = page, .accesses = ON_PROGRAM,
		.action = VMADEV_ACTION_SIGBUS,
	};
	const char *map;

	ASSERT_LE(0, fd);
	ASSERT_EQ(1, pwrite(fd, "x", 1, rule.offset + page));
	if (before)
		ASSERT_EQ(0, vt_inject(fd, rule));
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	for (size_t i = 0; i < bytes && !before; i += page)
		ASSERT_LE(0, vt_read(map + i));
	if (!before)
		ASSERT_EQ(0, vt_inject(fd, rule));
	for (size_t i = 0; i < bytes; i += page) {
		bool bad = i == rule.offset;

		EXPECT_EQ(bad, vt_read(map + i) < 0) {
			TH_LOG("page %zu", i / page);
		}
		EXPECT_EQ(bad ? -SIGBUS : 0, vt_write((char *)map + i + 1, 1));
	}
	EXPECT_EQ('x', map[rule.offset + page]);
	munmap((void *)map, bytes);
	close(fd);
}

TEST(large_entries_are_not_where_a_rule_is)
{
	expect_small_at(_metadata, VMADEV_STRATEGY_PAGE, false);
	expect_small_at(_metadata, VMADEV_STRATEGY_PAGE, true);
	expect_small_at(_metadata, VMADEV_STRATEGY_PFN, true);
	if (vt_has_huge()) {
		expect_small_at(_metadata, VMADEV_STRATEGY_HUGE, false);
		expect_small_at(_metadata, VMADEV_STRATEGY_HUGE, true);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules of a region: which are refused, how they are replaced, told and forgotten. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmadev_test.h"
#include "user.h"

#define PAGES	8

FIXTURE(rules)
{
	int fd;
	size_t page;
	struct vmadev_rule fault, call;	/* that are right */
};

FIXTURE_SETUP(rules)
{
	self->page = vt_page();
	self->fd = vt_create(VMADEV_BACKING_PAGES, 0, PAGES * self->page, "rules");
	ASSERT_LE(0, self->fd);
	self->fault = (struct vmadev_rule) {
		.offset = self->page, .length = self->page,
		.accesses = VMADEV_ON_READ, .action = VMADEV_ACTION_SIGBUS,
	};
	self->call = (struct vmadev_rule) {
		.offset = 3, .length = 4,
		.accesses = VMADEV_ON_WRITE_CALL, .action = VMADEV_ACTION_ERRNO, .value = EIO,
	};
}

FIXTURE_TEARDOWN(rules)
{
	close(self->fd);
}

static long inject(int fd, __u32 flags, const void *rules, __u32 nr, __u32 size)
{
	struct vmadev_inject i = {
		.size = sizeof(i), .flags = flags, .rules = (uintptr_t)rules, .nr = nr,
		.rule_size = size,
	};

	return ioctl(fd, VMADEV_IOC_INJECT, &i) ? -errno : 0;
}

static long get(int fd, void *rules, __u32 *nr, __u32 size)
{
	struct vmadev_rules r = {
		.size = sizeof(r), .rules = (uintptr_t)rules, .nr = *nr, .rule_size = size,
	};
	long err = ioctl(fd, VMADEV_IOC_RULES, &r) ? -errno : 0;

	*nr = r.nr;
	return err;
}

static __u32 count(int fd)
{
	__u32 nr = 0;

	return get(fd, NULL, &nr, sizeof(struct vmadev_rule)) ? ~0u : nr;
}

/* One member that is wrong makes the rule so, and leaves those there are. */
TEST_F(rules, wrong_members_are_EINVAL)
{
#define WRONG(base, ...) do {								\
	struct vmadev_rule rule = (base);						\
											\
	__VA_ARGS__;									\
	EXPECT_EQ(-EINVAL, inject(self->fd, 0, &rule, 1, sizeof(rule))) {		\
		TH_LOG("%s: %s", #base, #__VA_ARGS__);					\
	}										\
} while (0)
	ASSERT_EQ(0, vt_inject(self->fd, self->fault));
	WRONG(self->fault, rule.offset = 1);
	WRONG(self->fault, rule.length = self->page / 2);
	WRONG(self->fault, rule.offset = -self->page, rule.length = 2 * self->page);
	WRONG(self->fault, rule.accesses = 0);
	WRONG(self->fault, rule.accesses |= 1 << 7);
	WRONG(self->fault, rule.accesses |= VMADEV_ON_MMAP);
	WRONG(self->fault, rule.flags = 4);
	WRONG(self->fault, rule.flags = VMADEV_RULE_HELD);
	WRONG(self->fault, rule.whose = 5);
	WRONG(self->fault, rule.id = 1);
	WRONG(self->fault, rule.whose = VMADEV_WHOSE_ANY, rule.id = 1);
	WRONG(self->fault, rule.odds = 1);
	WRONG(self->fault, rule.chances = 1);
	WRONG(self->fault, rule.odds = 3, rule.chances = 2);
	WRONG(self->fault, rule.action = 0);
	WRONG(self->fault, rule.action = VMADEV_ACTION_CORRUPT + 1);
	WRONG(self->fault, rule.action = ~0u);
	WRONG(self->fault, rule.value = 1);
	WRONG(self->fault, rule.reserved = 1);
	WRONG(self->fault, rule.action = VMADEV_ACTION_ERRNO, rule.value = EIO);
	WRONG(self->fault, rule.action = VMADEV_ACTION_SHORT, rule.value = 1);
	WRONG(self->fault, rule.action = VMADEV_ACTION_DELAY);
	WRONG(self->fault, rule.action = VMADEV_ACTION_DELAY, rule.value = VMADEV_DELAY_MAX + 1);
	WRONG(self->fault, rule.action = VMADEV_ACTION_RETRY);
	WRONG(self->fault, rule.action = VMADEV_ACTION_RETRY, rule.value = VMADEV_RETRIES_MAX + 1);
	WRONG(self->fault, rule.action = VMADEV_ACTION_CORRUPT, rule.value = VMADEV_BITS_MAX + 1);
	WRONG(self->fault, rule.action = VMADEV_ACTION_OOM);
	WRONG(self->fault, rule.action = VMADEV_ACTION_OOM, rule.times = VMADEV_RETRIES_MAX + 1);
	WRONG(self->call, rule.value = 0);
	WRONG(self->call, rule.value = EPERM);
	WRONG(self->call, rule.value = ENOSPC + 1);
	WRONG(self->call, rule.value = (__u64)EIO << 32);
	WRONG(self->call, rule.action = VMADEV_ACTION_SIGBUS, rule.value = 0);
	WRONG(self->call, rule.action = VMADEV_ACTION_CORRUPT);
	WRONG(self->call, rule.action = VMADEV_ACTION_SHORT, rule.accesses = VMADEV_ON_SYNC);
	WRONG(self->call, rule.flags = VMADEV_RULE_REARM);
	WRONG(self->call, rule.action = VMADEV_ACTION_DELAY, rule.flags = VMADEV_RULE_HELD);
	WRONG(self->call, rule.offset = ~0ull);
	EXPECT_EQ(1u, count(self->fd));
#undef WRONG
}

/* All or none. */
TEST_F(rules, one_wrong_rule_refuses_all)
{
	struct vmadev_rule rules[] = { self->fault, self->call, self->call };

	rules[2].action = 0;
	ASSERT_EQ(-EINVAL, inject(self->fd, 0, rules, 3, sizeof(*rules)));
	EXPECT_EQ(0u, count(self->fd));
	rules[2] = self->fault;
	rules[2].whose = VMADEV_WHOSE_PID;
	rules[2].id = 0x7fffffff;
	EXPECT_EQ(-ESRCH, inject(self->fd, 0, rules, 3, sizeof(*rules)));
	rules[2].id = ~0u;
	EXPECT_EQ(-ESRCH, inject(self->fd, 0, rules, 3, sizeof(*rules)));
	rules[2].whose = VMADEV_WHOSE_TID;
	EXPECT_EQ(-ESRCH, inject(self->fd, 0, rules, 3, sizeof(*rules)));
	rules[2].id = 0;
	EXPECT_EQ(-ESRCH, inject(self->fd, 0, rules, 3, sizeof(*rules)));
	EXPECT_EQ(-EFAULT, inject(self->fd, 0, NULL, 1, sizeof(*rules)));
	EXPECT_EQ(-EFAULT, inject(self->fd, 0, (void *)-sizeof(*rules), 2, sizeof(*rules)));
	EXPECT_EQ(0u, count(self->fd));
}

TEST_F(rules, replace_append_and_clear)
{
	struct vmadev_rule two[] = { self->fault, self->call }, back[4] = { 0 };
	__u32 nr = 4;

	ASSERT_EQ(0, inject(self->fd, 0, two, 2, sizeof(*two)));
	ASSERT_EQ(0, inject(self->fd, VMADEV_INJECT_APPEND, two, 1, sizeof(*two)));
	ASSERT_EQ(0, get(self->fd, back, &nr, sizeof(*back)));
	EXPECT_EQ(3u, nr);
	EXPECT_EQ(VMADEV_ACTION_SIGBUS, back[0].action);
	EXPECT_EQ(VMADEV_ACTION_ERRNO, back[1].action);
	EXPECT_EQ(VMADEV_ACTION_SIGBUS, back[2].action);
	EXPECT_EQ(0u, back[3].action);
	ASSERT_EQ(0, inject(self->fd, 0, two + 1, 1, sizeof(*two)));
	EXPECT_EQ(1u, count(self->fd));
	ASSERT_EQ(0, inject(self->fd, VMADEV_INJECT_CLEAR, NULL, 0, 0));
	EXPECT_EQ(0u, count(self->fd));
	ASSERT_EQ(0, inject(self->fd, VMADEV_INJECT_CLEAR, NULL, 0, 0));
	ASSERT_EQ(0, inject(self->fd, VMADEV_INJECT_APPEND, two, 2, sizeof(*two)));
	EXPECT_EQ(2u, count(self->fd));
}

/* Those there are keep their counters when others come. */
TEST_F(rules, appending_keeps_counters)
{
	struct vmadev_rule rule;

	ASSERT_EQ(0, vt_inject(self->fd, self->call));
	EXPECT_EQ(-1, pwrite(self->fd, "", 1, 3));
	ASSERT_EQ(0, vt_inject_more(self->fd, self->call));
	EXPECT_EQ(-1, pwrite(self->fd, "", 1, 3));
	ASSERT_EQ(0, vt_rule(self->fd, 0, &rule));
	EXPECT_EQ(2u, rule.hits);
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	ASSERT_EQ(0, vt_rule(self->fd, 0, &rule));
	EXPECT_EQ(0u, rule.hits);
	EXPECT_EQ(0u, rule.seen);
}

TEST_F(rules, there_is_a_most)
{
	struct vmadev_rule rules[VMADEV_RULES_MAX + 1];

	for (int i = 0; i <= VMADEV_RULES_MAX; i++)
		rules[i] = self->call;
	EXPECT_EQ(-ENOSPC, inject(self->fd, 0, rules, VMADEV_RULES_MAX + 1, sizeof(*rules)));
	EXPECT_EQ(-ENOSPC, inject(self->fd, 0, rules, ~0u, sizeof(*rules)));
	EXPECT_EQ(0, inject(self->fd, 0, rules, VMADEV_RULES_MAX, sizeof(*rules)));
	EXPECT_EQ(-ENOSPC, inject(self->fd, VMADEV_INJECT_APPEND, rules, 1, sizeof(*rules)));
	EXPECT_EQ(VMADEV_RULES_MAX, count(self->fd));
}

/* Struct by struct as ioctls are: shorter is refused, longer has to be 0 beyond. */
TEST_F(rules, rules_are_of_the_callers_size)
{
	struct { struct vmadev_rule rule; __u64 more; } longer[2] = {
		{ self->fault, 0 }, { self->call, 0 },
	}, back[2];
	__u32 nr = 2;

	EXPECT_EQ(-EINVAL, inject(self->fd, 0, longer, 1, sizeof(struct vmadev_rule) - 1));
	ASSERT_EQ(0, inject(self->fd, 0, longer, 2, sizeof(*longer)));
	memset(back, 0xa5, sizeof(back));
	ASSERT_EQ(0, get(self->fd, back, &nr, sizeof(*back)));
	EXPECT_EQ(VMADEV_ACTION_ERRNO, back[1].rule.action);
	EXPECT_EQ(0u, back[0].more);
	longer[1].more = 1;
	EXPECT_EQ(-E2BIG, inject(self->fd, 0, longer, 2, sizeof(*longer)));
	EXPECT_EQ(-E2BIG, inject(self->fd, 0, longer, 1, ~0u));
	nr = 0;
	EXPECT_EQ(-E2BIG, get(self->fd, NULL, &nr, ~0u));
	/* Room for one; the other is told to be there. */
	nr = 1;
	back[1].rule.action = 99;
	ASSERT_EQ(0, get(self->fd, back, &nr, sizeof(*back)));
	EXPECT_EQ(2u, nr);
	EXPECT_EQ(99u, back[1].rule.action);
	nr = 2;
	EXPECT_EQ(-EFAULT, get(self->fd, NULL, &nr, sizeof(*back)));
}

/* What RULES tells is what INJECT was given, and INJECT takes it again. */
TEST_F(rules, what_is_told_is_what_was_given)
{
	struct vmadev_rule rule = {
		.offset = self->page, .length = 2 * self->page,
		.accesses = VMADEV_ON_FAULTS, .flags = VMADEV_RULE_REARM | VMADEV_RULE_HELD,
		.whose = VMADEV_WHOSE_PID, .id = getpid(), .nth = 3, .interval = 5, .times = 7,
		.odds = 1, .chances = 9, .seed = 11, .value = 13, .action = VMADEV_ACTION_DELAY,
	}, back;

	ASSERT_EQ(0, vt_inject(self->fd, rule));
	ASSERT_EQ(0, vt_rule(self->fd, 0, &back));
	EXPECT_EQ(0, memcmp(&rule, &back, sizeof(rule)));
	EXPECT_EQ(0, vt_inject(self->fd, back));
	rule.whose = VMADEV_WHOSE_UID;
	rule.id = geteuid();
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	ASSERT_EQ(0, vt_rule(self->fd, 0, &back));
	EXPECT_EQ(0, memcmp(&rule, &back, sizeof(rule)));
	rule.whose = 0;
	rule.id = 0;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	ASSERT_EQ(0, vt_rule(self->fd, 0, &back));
	EXPECT_EQ(VMADEV_WHOSE_ANY, back.whose);
}

/* Its number may be another's by then. */
TEST_F(rules, who_is_gone_has_no_number)
{
	struct vmadev_rule rule = self->call, back;
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	ASSERT_LT(0, pid);
	rule.whose = VMADEV_WHOSE_PID;
	rule.id = pid;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	rule.whose = VMADEV_WHOSE_TID;
	ASSERT_EQ(0, vt_inject_more(self->fd, rule));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, vt_rule(self->fd, i, &back));
		EXPECT_EQ(i ? VMADEV_WHOSE_TID : VMADEV_WHOSE_PID, back.whose);
		EXPECT_EQ(0u, back.id);
	}
}

/* Who may only read sees rules and makes none; each handle of the region sees the same. */
TEST_F(rules, readers_see_rules)
{
	int reader = vt_reopen(self->fd, VMADEV_ACCESS_READ, 0);
	struct vmadev_rule rule;

	ASSERT_LE(0, reader);
	ASSERT_EQ(0, vt_inject(self->fd, self->call));
	EXPECT_EQ(0, vt_rule(reader, 0, &rule));
	EXPECT_EQ(-EBADF, inject(reader, 0, &self->call, 1, sizeof(self->call)));
	EXPECT_EQ(-EBADF, inject(reader, VMADEV_INJECT_CLEAR, NULL, 0, 0));
	EXPECT_EQ(1u, count(reader));
	close(reader);
}

/* Rules reach as far as they say, past an end that may move. */
TEST_F(rules, region_grows_into_a_rule)
{
	char *map;

	self->fault.offset = PAGES * self->page;
	self->fault.length = 0;
	ASSERT_EQ(0, vt_inject(self->fd, self->fault));
	ASSERT_EQ(0, ftruncate(self->fd, 2 * PAGES * self->page));
	map = mmap(NULL, 2 * PAGES * self->page, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, vt_read(map));
	EXPECT_GT(0, vt_read(map + PAGES * self->page));
	EXPECT_GT(0, vt_read(map + (2 * PAGES - 1) * self->page));
}

static int inject_as_user(void *arg)
{
	const struct vmadev_rule *rule = arg;
	int node = vt_open(O_RDWR);

	if (become_user(ALICE))
		return 1;
	if (!vt_inject(node, *rule) || errno != EPERM)
		return 2;
	if (!vt_inject_more(node, *rule) || errno != EPERM)
		return 3;
	return !vt_inject_clear(node) || errno != EPERM ? 4 : 0;
}

/* The default region is everybody's, so root's rules are for it; it keeps them. */
TEST_F(rules, default_region_is_for_root)
{
	int node = vt_open(O_RDWR);
	char byte;

	ASSERT_LE(0, node);
	if (geteuid()) {
		EXPECT_EQ(-1, vt_inject(node, self->call));
		EXPECT_EQ(EPERM, errno);
		return;
	}
	ASSERT_EQ(0, vt_inject(node, self->call));
	close(node);
	node = vt_open(O_RDWR);
	EXPECT_EQ(-1, pwrite(node, "", 1, 3));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(1, pread(node, &byte, 1, 3));
	EXPECT_EQ(0, vt_in_child(inject_as_user, &self->call));
	EXPECT_EQ(0, vt_inject_clear(node));
	EXPECT_EQ(1, pwrite(node, &byte, 1, 3));
	close(node);
}

/* What nobody has any more leaves nothing; who unloads the module sees to that. */
TEST_F(rules, rules_end_with_their_region)
{
	char *map = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd, self->page);

	ASSERT_NE(MAP_FAILED, map);
	self->fault.flags = VMADEV_RULE_REARM;
	self->fault.nth = 5;
	ASSERT_EQ(0, vt_inject(self->fd, self->fault));
	EXPECT_LE(0, vt_read(map));
	munmap(map, self->page);
}

TEST_HARNESS_MAIN

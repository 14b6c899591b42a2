// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation and user copy of INJECT and RULES fails once: the call says so, the
 * rules are those there were, and the next one works.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/failnth.h"
#include "lib/sweep.h"
#include "vmadev_test.h"

#define PAGES	4

static struct {
	int fd;
	size_t page;
	char *p;
	struct vmadev_rule rule;
} c;

static long or_errno(long result)
{
	return result < 0 ? -errno : result;
}

static int rules(void)
{
	struct vmadev_rule rule;
	int n = 0;

	while (!vt_rule(c.fd, n, &rule))
		n++;
	return n;
}

static int make_none(void)
{
	return vt_inject_clear(c.fd) || vt_read(c.p) < 0;
}

static int make_one(void)
{
	struct vmadev_rule call = c.rule;

	call.accesses = VMADEV_ON_READ_CALL;
	call.action = VMADEV_ACTION_ERRNO;
	call.value = EIO;
	return vt_inject(c.fd, call) || vt_read(c.p) < 0;
}

static long run_inject(void)
{
	return or_errno(vt_inject(c.fd, c.rule));
}

static int is_injected(long result)
{
	return rules() != !result || (vt_read(c.p) == -SIGBUS) != !result;
}

static long run_append(void)
{
	return or_errno(vt_inject_more(c.fd, c.rule));
}

static int is_appended(long result)
{
	return rules() != (result ? 1 : 2) || (vt_read(c.p) == -SIGBUS) != !result;
}

static long run_rules(void)
{
	struct vmadev_rule rule;

	return or_errno(vt_rule(c.fd, 0, &rule));
}

static const struct sweep_op ops[] = {
	{ "inject", make_none, run_inject, is_injected, make_none, { ENOMEM, EFAULT } },
	{ "append", make_one, run_append, is_appended, make_none, { ENOMEM, EFAULT } },
	{ "rules", make_one, run_rules, NULL, make_none, { ENOMEM, EFAULT } },
};

FIXTURE(faults_inject) {
};

FIXTURE_SETUP(faults_inject)
{
	const char *why = failnth_setup();

	if (why)
		SKIP(return, "%s", why);
	c.page = vt_page();
	c.fd = vt_create(VMADEV_BACKING_PAGES, 0, PAGES * c.page, "faults");
	ASSERT_LE(0, c.fd);
	c.p = mmap(NULL, PAGES * c.page, PROT_READ | PROT_WRITE, MAP_SHARED, c.fd, 0);
	ASSERT_NE(MAP_FAILED, c.p);
	c.rule = (struct vmadev_rule) {
		.accesses = VMADEV_ON_FAULTS, .action = VMADEV_ACTION_SIGBUS,
		.whose = VMADEV_WHOSE_PID, .id = getpid(),
	};
	/* What a region has of its first rule on is not what a call leaves behind. */
	ASSERT_EQ(0, vt_inject(c.fd, c.rule));
	ASSERT_EQ(0, make_none());
}

FIXTURE_TEARDOWN(faults_inject)
{
	munmap(c.p, PAGES * c.page);
	close(c.fd);
}

TEST_F_TIMEOUT(faults_inject, rules_survive_every_fault, 300)
{
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		EXPECT_EQ(0, sweep(&ops[i], "rules", false));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of REVOKE, of RESTORE, and of what mappings show between, fails once:
 * the region is whole or revoked, never half, and the next call works.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/failnth.h"
#include "lib/sweep.h"
#include "vmadev_test.h"

#define PAGES	6

static struct {
	int fd, mem;
	__u32 how;
	size_t page;
	char *p;		/* a mapping of all of it */
	char buf[PAGES << 16];
} c;

static long or_errno(long result)
{
	return result < 0 ? -errno : result;
}

static int is_whole(int byte)
{
	char got;

	return pread(c.fd, &got, 1, c.page) == 1 && got == byte &&
	       vt_read(c.p + (PAGES - 1) * c.page) == byte;
}

static int is_revoked(void)
{
	int shown = c.how == VMADEV_REVOKE_SIGBUS ? -SIGBUS : 0xff;

	return pread(c.fd, c.buf, 1, 0) < 0 && errno == ENODEV && vt_read(c.p) == shown;
}

static int make_whole(void)
{
	if (vt_restore(c.fd) && errno != EINVAL)
		return 1;
	memset(c.buf, 7, PAGES * c.page);
	return pwrite(c.fd, c.buf, PAGES * c.page, 0) != (ssize_t)(PAGES * c.page) || !is_whole(7);
}

static int make_revoked(void)
{
	return make_whole() || vt_revoke(c.fd, c.how, NULL);
}

static long run_revoke(void)
{
	return or_errno(vt_revoke(c.fd, c.how, NULL));
}

static int check_revoke(long result)
{
	/* What cannot be answered may have been done. */
	if (result == -EFAULT && is_revoked())
		return 0;
	return result ? !is_whole(7) : !is_revoked();
}

static long run_restore(void)
{
	return or_errno(vt_restore(c.fd));
}

static int check_restore(long result)
{
	return result ? !is_revoked() : !is_whole(0);
}

/* By the first look at it; the process has its page then. */
static long run_look(void)
{
	return or_errno(pread(c.mem, c.buf, 1, (off_t)(unsigned long)c.p));
}

static int check_look(long result)
{
	return (result == 1 && (unsigned char)c.buf[0] != 0xff) || !is_revoked();
}

static const struct sweep_op ops[] = {
	{ "revoke", make_whole, run_revoke, check_revoke, make_whole, { ENOMEM, EFAULT } },
	{ "restore", make_revoked, run_restore, check_restore, make_whole, { ENOMEM, EFAULT } },
	{ "look", make_revoked, run_look, check_look, make_whole, { ENOMEM, EIO, EFAULT } },
};

FIXTURE(faults_revoke) {
};

FIXTURE_VARIANT(faults_revoke) {
	__u32 backing;
	__u32 strategy;
	__u32 how;
	const char *name;
};

#define REVOKED(b, s, h)						\
	FIXTURE_VARIANT_ADD(faults_revoke, b##_##s##_##h) {		\
		VMADEV_BACKING_##b, VMADEV_STRATEGY_##s,		\
		VMADEV_REVOKE_##h, #b "_" #s "_" #h			\
	}

REVOKED(PAGES, PAGE, ONES);
REVOKED(PAGES, PFN, ONES);
REVOKED(PAGES, INSERT, SIGBUS);
REVOKED(CONTIG, REMAP, ONES);
REVOKED(SHMEM, CACHE, SIGBUS);

FIXTURE_SETUP(faults_revoke)
{
	const char *why = failnth_setup();

	if (why)
		SKIP(return, "%s", why);
	c.page = vt_page();
	c.how = variant->how;
	c.fd = vt_create(variant->backing, variant->strategy, PAGES * c.page, "faults");
	ASSERT_LE(0, c.fd);
	c.mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, c.mem);
	c.p = mmap(NULL, PAGES * c.page, PROT_READ | PROT_WRITE, MAP_SHARED, c.fd, 0);
	ASSERT_NE(MAP_FAILED, c.p);
}

FIXTURE_TEARDOWN(faults_revoke)
{
	munmap(c.p, PAGES * c.page);
	close(c.mem);
	close(c.fd);
}

TEST_F_TIMEOUT(faults_revoke, region_survives_every_fault, 300)
{
	size_t count = ARRAY_SIZE(ops) - (c.how == VMADEV_REVOKE_SIGBUS);

	for (size_t i = 0; i < count; i++)
		EXPECT_EQ(0, sweep(&ops[i], variant->name, false));
}

TEST_HARNESS_MAIN

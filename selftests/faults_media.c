// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of what makes bytes of media durable, and of crashes, fails once: the
 * call says so, what was not made durable is dirty still, no byte is lost, and the next
 * call works.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/failnth.h"
#include "lib/sweep.h"
#include "vmadev_test.h"

#define PAGES	4

static struct {
	int fd;
	size_t page;
	char *p;		/* a mapping of all of it */
} c;

static long or_errno(long result)
{
	return result < 0 ? -errno : result;
}

/* Zeros are durable, of no memory, and each page is dirty. */
static int make_dirty(void)
{
	if (fallocate(c.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGES * c.page))
		return -1;
	for (int i = 0; i < PAGES; i++)
		if (vt_write(c.p + i * c.page, 7))
			return -1;
	return vt_unsynced(c.fd, 0, 0, NULL) != PAGES;
}

static bool is_live(void)
{
	for (int i = 0; i < PAGES; i++)
		if (vt_read(c.p + i * c.page) != 7)
			return false;
	return true;
}

static long run_fsync(void)
{
	return or_errno(fsync(c.fd));
}

static long run_writeback(void)
{
	return or_errno(vt_writeback(c.fd, 0, 0, NULL));
}

/* An error tells that something is dirty; none, that nothing is. */
static int is_told(long result)
{
	long dirty = vt_unsynced(c.fd, 0, 0, NULL);

	return !is_live() || (result ? dirty < 1 : dirty != 0);
}

static long run_fork(void)
{
	const __u64 list = 0x5;
	int fd = vt_crash_fork(c.fd, VMADEV_KEEP_LIST, PAGES, &list);
	long result = or_errno(fd);
	char bytes[2] = "";

	if (fd < 0)
		return result;
	if (pread(fd, bytes, 1, 0) != 1 || pread(fd, bytes + 1, 1, c.page) != 1)
		result = or_errno(-1);
	else
		result = bytes[0] == 7 && bytes[1] == 0 ? 0 : -EPROTO;
	close(fd);
	return result;
}

static int is_untouched(long result)
{
	(void)result;
	return !is_live() || vt_unsynced(c.fd, 0, 0, NULL) != PAGES;
}

static long run_revert(void)
{
	return or_errno(vt_crash_revert(c.fd, VMADEV_KEEP_ALL, 0, NULL, 0));
}

static int is_reverted(long result)
{
	long dirty = vt_unsynced(c.fd, 0, 0, NULL);

	return !is_live() || dirty != (result ? PAGES : 0);
}

static long run_unsynced(void)
{
	__u64 word;

	return or_errno(vt_unsynced(c.fd, 0, 0, &word));
}

static long run_write(void)
{
	return or_errno(pwrite(c.fd, "\7", 1, c.page));
}

static const struct sweep_op ops[] = {
	{ "fsync", make_dirty, run_fsync, is_told, NULL, { ENOMEM } },
	{ "writeback", make_dirty, run_writeback, is_told, NULL, { ENOMEM, EFAULT } },
	{ "crash_fork", make_dirty, run_fork, is_untouched, NULL, { ENOMEM, ENFILE, EFAULT } },
	{ "crash_revert", make_dirty, run_revert, is_reverted, NULL, { ENOMEM, EFAULT } },
	{ "unsynced", make_dirty, run_unsynced, is_untouched, NULL, { ENOMEM, EFAULT } },
	{ "write", make_dirty, run_write, is_untouched, NULL, { ENOMEM, EFAULT } },
};

FIXTURE(faults_media) {
};

FIXTURE_SETUP(faults_media)
{
	const char *why = failnth_setup();

	if (why)
		SKIP(return, "%s", why);
	c.page = vt_page();
	c.fd = vt_create(VMADEV_BACKING_MEDIA, 0, PAGES * c.page, "faults");
	ASSERT_LE(0, c.fd);
	c.p = mmap(NULL, PAGES * c.page, PROT_READ | PROT_WRITE, MAP_SHARED, c.fd, 0);
	ASSERT_NE(MAP_FAILED, c.p);
}

FIXTURE_TEARDOWN(faults_media)
{
	munmap(c.p, PAGES * c.page);
	close(c.fd);
}

TEST_F_TIMEOUT(faults_media, bytes_survive_every_fault, 300)
{
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		EXPECT_EQ(0, sweep(&ops[i], "media", false));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of what a path takes fails once: to mount, to make a file and write to it,
 * to open a region again. The call says so, leaves nothing, and the next one works.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/failnth.h"
#include "lib/sweep.h"
#include "vmadev_test.h"

static struct {
	int region, at, fd;
	char dir[32], path[32];
	const char *options;
} c;

static long run_mount(void)
{
	return mount("none", c.dir, "vmadev", 0, c.options) ? -errno : 0;
}

static int is_mounted(long result)
{
	return result ? umount(c.dir) == 0 : umount(c.dir);
}

static long run_create(void)
{
	c.fd = openat(c.at, "file", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return c.fd < 0 ? -errno : 0;
}

/* A name may be there of a file that could not be opened. */
static int drop(void)
{
	close(c.fd);
	c.fd = -1;
	return unlinkat(c.at, "file", 0) && errno != ENOENT;
}

static int is_opened(long result)
{
	return !result && pwrite(c.fd, "x", 1, 0) != 1;
}

static int make_file(void)
{
	return run_create() < 0;
}

static long run_write(void)
{
	return pwrite(c.fd, "x", 1, 9000) == 1 ? 0 : -errno;
}

/* It is as long as before, or as what was written makes it. */
static int is_written(long result)
{
	struct stat st;

	return fstat(c.fd, &st) || st.st_size != (result ? 0 : 9001);
}

static long run_mkdir(void)
{
	return mkdirat(c.at, "sub", 0700) ? -errno : 0;
}

static int is_made(long result)
{
	return !result != !unlinkat(c.at, "sub", AT_REMOVEDIR);
}

/* With a path of its own, since it is opened for less. */
static long run_reopen(void)
{
	c.fd = open(c.path, O_RDONLY | O_CLOEXEC);
	return c.fd < 0 ? -errno : 0;
}

static int is_reopened(long result)
{
	char byte;

	return !result && (pread(c.fd, &byte, 1, 0) != 1 || close(c.fd));
}

static const struct sweep_op ops[] = {
	{ "create", NULL, run_create, is_opened, drop, { ENOMEM, ENFILE, EFAULT } },
	{ "write", make_file, run_write, is_written, drop, { ENOMEM, EFAULT } },
	{ "mkdir", NULL, run_mkdir, is_made, NULL, { ENOMEM, EFAULT } },
	{ "reopen", NULL, run_reopen, is_reopened, NULL, { ENOMEM, ENFILE, EFAULT } },
};

static const struct sweep_op mount_op = {
	"mount", NULL, run_mount, is_mounted, NULL, { ENOMEM, EFAULT },
};

FIXTURE(faults_mount)
{
};

FIXTURE_VARIANT(faults_mount)
{
	const char *options, *name;
	__u32 backing;
};

FIXTURE_VARIANT_ADD(faults_mount, pages) { "backing=pages", "pages", VMADEV_BACKING_PAGES };
FIXTURE_VARIANT_ADD(faults_mount, shmem) { "backing=shmem", "shmem", VMADEV_BACKING_SHMEM };
FIXTURE_VARIANT_ADD(faults_mount, media) { "backing=media", "media", VMADEV_BACKING_MEDIA };
FIXTURE_VARIANT_ADD(faults_mount, writeback)
{
	"backing=media,writeback", "writeback", VMADEV_BACKING_MEDIA,
};

FIXTURE_SETUP(faults_mount)
{
	const char *why = failnth_setup();

	if (why)
		SKIP(return, "%s", why);
	snprintf(c.dir, sizeof(c.dir), "/tmp/faults-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(c.dir));
	c.options = variant->options;
	c.region = vt_create_flags(variant->backing, 0, vt_page(), "faults", VMADEV_CREATE_REOPEN);
	ASSERT_LE(0, c.region);
	snprintf(c.path, sizeof(c.path), "/proc/self/fd/%d", c.region);
}

FIXTURE_TEARDOWN(faults_mount)
{
	close(c.region);
	rmdir(c.dir);
}

TEST_F_TIMEOUT(faults_mount, every_allocation_fails_once, 300)
{
	EXPECT_EQ(0, sweep(&mount_op, variant->name, false));
	ASSERT_EQ(0, run_mount());
	c.at = open(c.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, c.at);
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		EXPECT_EQ(0, sweep(&ops[i], variant->name, false));
	close(c.at);
	EXPECT_EQ(0, umount(c.dir));
}

TEST_HARNESS_MAIN

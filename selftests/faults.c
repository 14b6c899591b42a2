// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation and user copy of open, close, each ioctl, read, write and
 * splice fails once: the call says so, leaves nothing behind, and the next one
 * works.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/failnth.h"
#include "lib/sweep.h"
#include "vmadev_test.h"

#define BYTES (3 * vt_page())		/* of a region */
#define ROOM (3 * (64 << 10))
#define AT (vt_page() / 2)		/* of what is read and written */
#define LEN (vt_page() * 3 / 2)

static struct {
	int fd;			/* a region of @backing */
	int made;		/* by the call */
	__u32 backing;
	int pipe[2];
	char buf[ROOM];
	struct vmadev_info info;
	struct vmadev_stats stats;
} c;

static long or_errno(long result)
{
	return result < 0 ? -errno : result;
}

static int close_made(void)
{
	if (c.made >= 0)
		close(c.made);
	return 0;
}

static long run_open(void)
{
	c.made = open("/dev/vmadev", O_RDWR | O_CLOEXEC);
	return or_errno(c.made);
}

static int before_close(void)
{
	c.made = vt_open(O_RDWR);
	return c.made < 0;
}

static int before_close_last(void)
{
	c.made = vt_create(c.backing, 0, BYTES, "last");
	return c.made < 0;
}

static long run_close(void)
{
	return or_errno(close(c.made));
}

static long run_info(void)
{
	c.info = (struct vmadev_info) { .size = sizeof(c.info) };
	return or_errno(ioctl(c.fd, VMADEV_IOC_INFO, &c.info));
}

static int info_is_whole(long result)
{
	return c.info.bytes != (result ? 0 : BYTES);
}

static long run_stats(void)
{
	c.stats = (struct vmadev_stats) { .size = sizeof(c.stats) };
	return or_errno(ioctl(c.fd, VMADEV_IOC_STATS, &c.stats));
}

static int stats_are_whole(long result)
{
	return c.stats.scope != (result ? 0 : VMADEV_SCOPE_HANDLE);
}

static long run_set_strategy(void)
{
	return or_errno(vt_set_strategy(c.fd, 0));
}

static long run_zap(void)
{
	return or_errno(vt_zap(c.fd, 0, BYTES));
}

static long run_create(void)
{
	struct vmadev_create create = { .bytes = BYTES, .backing = c.backing };

	c.made = vt_create_raw(c.fd, &create);
	return or_errno(c.made);
}

static int is_new(long result)
{
	if (result < 0)
		return 0;
	memset(c.buf, 1, BYTES);
	return pread(c.made, c.buf, BYTES, 0) != (ssize_t)BYTES || !vt_is_zero(c.buf, BYTES);
}

static long run_reopen(void)
{
	c.made = vt_reopen(c.fd, 0, 0);
	return or_errno(c.made);
}

static const char *path_of_report;

static long run_open_report(void)
{
	c.made = open(path_of_report, O_RDONLY | O_CLOEXEC);
	return or_errno(c.made);
}

static int before_read_report(void)
{
	return run_open_report() < 0;
}

static long run_read_report(void)
{
	return or_errno(pread(c.made, c.buf, ROOM, 0));
}

static int is_not_empty(long result)
{
	return result == 0;
}

/* The region's bytes become those of @seed; those of none stay 0. */
static int fill(unsigned int seed)
{
	vt_pattern(c.buf, BYTES, seed);
	return pwrite(c.fd, c.buf, BYTES, 0) != (ssize_t)BYTES;
}

static bool is_region(const char *p, size_t offset, size_t n, unsigned int seed)
{
	static char whole[ROOM];

	if (c.backing == VMADEV_BACKING_NONE)
		return vt_is_zero(p, n);
	vt_pattern(whole, BYTES, seed);
	return !memcmp(p, whole + offset, n);
}

/* Of the region filled with seed 1, [AT, AT + n) was overwritten with seed 2's bytes. */
static int is_written(long n)
{
	size_t end = AT + (n > 0 ? n : 0);

	if (pread(c.fd, c.buf, BYTES, 0) != (ssize_t)BYTES)
		return -1;
	return !is_region(c.buf, 0, AT, 1) || !is_region(c.buf + AT, AT, end - AT, 2) ||
	       !is_region(c.buf + end, end, BYTES - end, 1);
}

static int before_read(void)
{
	if (fill(1))
		return -1;
	memset(c.buf, 0xaa, LEN);
	return 0;
}

static long run_read(void)
{
	return or_errno(pread(c.fd, c.buf, LEN, AT));
}

/* What it returned is right, and behind that nothing was touched. */
static int is_read(long result)
{
	size_t n = result < 0 ? 0 : result;

	if (!is_region(c.buf, AT, n, 1))
		return -1;
	for (; n < LEN; n++)
		if (c.buf[n] != (char)0xaa)
			return -1;
	return 0;
}

static int before_write(void)
{
	if (fill(1))
		return -1;
	vt_pattern(c.buf, BYTES, 2);
	return 0;
}

static long run_write(void)
{
	return or_errno(pwrite(c.fd, c.buf + AT, LEN, AT));
}

/*
 * And the file where it shall be: with a pointer to an offset, splice() would
 * move the bytes and then fail to say where it ended.
 */
static int open_pipe(void)
{
	return pipe2(c.pipe, O_NONBLOCK | O_CLOEXEC) || lseek(c.fd, AT, SEEK_SET) != (off_t)AT;
}

static int close_pipe(void)
{
	close(c.pipe[0]);
	close(c.pipe[1]);
	return 0;
}

static int before_splice_out(void)
{
	return fill(1) || open_pipe();
}

static long run_splice_out(void)
{
	return or_errno(splice(c.fd, NULL, c.pipe[1], NULL, LEN, 0));
}

static int is_spliced_out(long result)
{
	long got = read(c.pipe[0], c.buf, ROOM);

	return got != (result > 0 ? result : -1) || (got > 0 && !is_region(c.buf, AT, got, 1));
}

static int before_splice_in(void)
{
	if (before_write() || open_pipe())
		return -1;
	return write(c.pipe[1], c.buf + AT, LEN) != (ssize_t)LEN;
}

static long run_splice_in(void)
{
	return or_errno(splice(c.pipe[0], NULL, c.fd, NULL, LEN, 0));
}

static long run_fsync(void)
{
	return or_errno(fsync(c.fd));
}

/* What the kernel's own open, close and splice may say, and each of ours. */
static const struct sweep_op handle_ops[] = {
	{ "open", NULL, run_open, NULL, close_made, { ENOMEM, EFAULT } },
	{ "close", before_close, run_close, NULL, NULL, { 0 } },
	{ "ioctl_info", NULL, run_info, info_is_whole, NULL, { EFAULT } },
	{ "ioctl_stats", NULL, run_stats, stats_are_whole, NULL, { EFAULT } },
	{ "ioctl_set_strategy", NULL, run_set_strategy, NULL, NULL, { EFAULT } },
	{ "ioctl_open", NULL, run_reopen, NULL, close_made, { ENOMEM, EFAULT } },
};

static const struct sweep_op region_ops[] = {
	{ "ioctl_create", NULL, run_create, is_new, close_made, { ENOMEM, EFAULT } },
	{ "close_last", before_close_last, run_close, NULL, NULL, { 0 } },
	{ "read", before_read, run_read, is_read, NULL, { ENOMEM, EFAULT } },
	{ "write", before_write, run_write, is_written, NULL, { ENOMEM, EFAULT } },
	{ "splice_out", before_splice_out, run_splice_out, is_spliced_out, close_pipe,
	  { ENOMEM, EFAULT } },
	{ "splice_in", before_splice_in, run_splice_in, is_written, close_pipe,
	  { ENOMEM, EFAULT } },
	{ "fsync", NULL, run_fsync, NULL, NULL, { 0 } },
};

static const struct sweep_op zap_op = {
	"ioctl_zap", NULL, run_zap, NULL, NULL, { EFAULT }
};

static const struct sweep_op report_ops[] = {
	{ "open_report", NULL, run_open_report, NULL, close_made, { ENOMEM, EFAULT } },
	{ "read_report", before_read_report, run_read_report, is_not_empty, close_made,
	  { ENOMEM, EFAULT } },
};

FIXTURE(faults) {
};

FIXTURE_VARIANT(faults) {
	__u32 backing;
	const char *name;
};

FIXTURE_VARIANT_ADD(faults, pages) { VMADEV_BACKING_PAGES, "pages" };
FIXTURE_VARIANT_ADD(faults, contig) { VMADEV_BACKING_CONTIG, "contig" };
FIXTURE_VARIANT_ADD(faults, shmem) { VMADEV_BACKING_SHMEM, "shmem" };
FIXTURE_VARIANT_ADD(faults, none) { VMADEV_BACKING_NONE, "none" };
FIXTURE_VARIANT_ADD(faults, media) { VMADEV_BACKING_MEDIA, "media" };

FIXTURE_SETUP(faults)
{
	const char *why = failnth_setup();

	if (why)
		SKIP(return, "%s", why);
	c.backing = variant->backing;
	c.fd = vt_create(variant->backing, 0, BYTES, "faults");
	ASSERT_LE(0, c.fd);
}

FIXTURE_TEARDOWN(faults)
{
	close(c.fd);
}

#define SWEEP_ALL(ops, label) do {					\
	for (size_t i_ = 0; i_ < sizeof(ops) / sizeof((ops)[0]); i_++)	\
		EXPECT_EQ(0, sweep(&(ops)[i_], label, false));		\
} while (0)

TEST_F_TIMEOUT(faults, handles_survive_every_fault, 300)
{
	SWEEP_ALL(handle_ops, variant->name);
}

/* Nothing is open: this one mounts the file system that the inodes of regions are on. */
TEST_F_TIMEOUT(faults, first_open_survives_every_fault, 300)
{
	close(c.fd);
	EXPECT_EQ(0, sweep(&handle_ops[0], "first", false));
	c.fd = -1;
}

TEST_F_TIMEOUT(faults, regions_survive_every_fault, 300)
{
	SWEEP_ALL(region_ops, variant->name);
	if (c.backing != VMADEV_BACKING_NONE)
		EXPECT_EQ(0, sweep(&zap_op, variant->name, false));
}

TEST_F_TIMEOUT(faults, reports_survive_every_fault, 300)
{
	static char fdinfo[64];

	path_of_report = "/sys/kernel/debug/vmadev/regions";
	SWEEP_ALL(report_ops, "regions");
	snprintf(fdinfo, sizeof(fdinfo), "/proc/self/fdinfo/%d", c.fd);
	path_of_report = fdinfo;
	SWEEP_ALL(report_ops, "fdinfo");
}

TEST_HARNESS_MAIN

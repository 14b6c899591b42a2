// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of ftruncate, fallocate and MADV_REMOVE fails once: the call says so,
 * the region has the size that it had, and the next one works.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/failnth.h"
#include "lib/sweep.h"
#include "vmadev_test.h"

#define PAGES	6
#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static struct {
	int fd;
	size_t page;
	char *p;		/* a mapping of all of it */
	char buf[PAGES << 16];
} c;

static long or_errno(long result)
{
	return result < 0 ? -errno : result;
}

static int is_of_size(size_t pages)
{
	struct stat st;

	return !fstat(c.fd, &st) && st.st_size == (off_t)(pages * c.page);
}

/* Whole, with a byte in each page, mapped. */
static int make_whole(void)
{
	memset(c.buf, 7, PAGES * c.page);
	return ftruncate(c.fd, PAGES * c.page) ||
	       pwrite(c.fd, c.buf, PAGES * c.page, 0) != (ssize_t)(PAGES * c.page) ||
	       vt_read(c.p + (PAGES - 1) * c.page) != 7;
}

static int make_hole(void)
{
	return make_whole() || fallocate(c.fd, PUNCH, c.page, 3 * c.page);
}

static long run_cut(void)
{
	return or_errno(ftruncate(c.fd, c.page));
}

static int is_cut(long result)
{
	return !is_of_size(result ? PAGES : 1) ||
	       vt_read(c.p + c.page) != (result ? 7 : -SIGBUS);
}

static long run_grow(void)
{
	return or_errno(ftruncate(c.fd, (PAGES + 2) * c.page));
}

static int is_grown(long result)
{
	return !is_of_size(result ? PAGES : PAGES + 2) || vt_read(c.p) != 7;
}

static long run_punch(void)
{
	return or_errno(fallocate(c.fd, PUNCH, c.page / 2, 3 * c.page));
}

static long run_remove(void)
{
	return or_errno(madvise(c.p + c.page, 2 * c.page, MADV_REMOVE));
}

static int is_punched(long result)
{
	int byte = vt_read(c.p + 2 * c.page);

	return !is_of_size(PAGES) || (result ? byte && byte != 7 : byte) || vt_read(c.p) != 7;
}

static long run_fill(void)
{
	return or_errno(fallocate(c.fd, 0, 0, PAGES * c.page));
}

static long run_zero(void)
{
	return or_errno(fallocate(c.fd, FALLOC_FL_ZERO_RANGE, c.page, PAGES * c.page));
}

static int is_zeroed(long result)
{
	int byte = vt_read(c.p + (PAGES - 1) * c.page);

	return !is_of_size(result ? PAGES : PAGES + 1) || (byte && (!result || byte != 7));
}

static long run_write(void)
{
	memset(c.buf, 7, 4 * c.page);
	return or_errno(pwrite(c.fd, c.buf, 4 * c.page, 0));
}

static const struct sweep_op ops[] = {
	{ "cut", make_whole, run_cut, is_cut, make_whole, { ENOMEM } },
	{ "grow", make_whole, run_grow, is_grown, make_whole, { ENOMEM } },
	{ "punch", make_whole, run_punch, is_punched, make_whole, { ENOMEM } },
	{ "remove", make_whole, run_remove, is_punched, make_whole, { ENOMEM } },
	{ "fill", make_hole, run_fill, NULL, make_whole, { ENOMEM } },
	{ "zero", make_hole, run_zero, is_zeroed, make_whole, { ENOMEM } },
	{ "write_to_hole", make_hole, run_write, NULL, make_whole, { ENOMEM, EFAULT } },
};

FIXTURE(faults_resize) {
};

FIXTURE_VARIANT(faults_resize) {
	__u32 backing;
	__u32 strategy;
	const char *name;
};

#define RESIZED(b, s)							\
	FIXTURE_VARIANT_ADD(faults_resize, b##_##s) {			\
		VMADEV_BACKING_##b, VMADEV_STRATEGY_##s, #b "_" #s	\
	}

RESIZED(PAGES, PAGE);
RESIZED(PAGES, INSERT);
RESIZED(SHMEM, CACHE);
RESIZED(MEDIA, FILEMAP);

FIXTURE_SETUP(faults_resize)
{
	const char *why = failnth_setup();

	if (why)
		SKIP(return, "%s", why);
	c.page = vt_page();
	c.fd = vt_create(variant->backing, variant->strategy, PAGES * c.page, "faults");
	ASSERT_LE(0, c.fd);
	c.p = mmap(NULL, PAGES * c.page, PROT_READ | PROT_WRITE, MAP_SHARED, c.fd, 0);
	ASSERT_NE(MAP_FAILED, c.p);
}

FIXTURE_TEARDOWN(faults_resize)
{
	munmap(c.p, PAGES * c.page);
	close(c.fd);
}

TEST_F_TIMEOUT(faults_resize, size_survives_every_fault, 300)
{
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		EXPECT_EQ(0, sweep(&ops[i], variant->name, false));
}

TEST_HARNESS_MAIN

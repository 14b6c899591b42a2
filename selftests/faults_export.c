// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of EXPORT and of a mapping of the buffer fails once: the call says so,
 * holds nothing of the region, and the next one works.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/failnth.h"
#include "lib/sweep.h"
#include "vmadev_test.h"

#define PAGES	6
#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static struct {
	int fd, buffer;
	__u32 strategy;
	size_t page;
	char *p;		/* of the buffer */
} c;

static int make_hole(void)
{
	return fallocate(c.fd, PUNCH, 0, PAGES * c.page);
}

static long run_export(void)
{
	c.buffer = vt_export(c.fd, 0, c.strategy, c.page, 3 * c.page);
	return c.buffer < 0 ? -errno : 0;
}

/* What was not exported is not held. */
static int is_exported(long result)
{
	char *p;

	if (result)
		return make_hole();
	p = mmap(NULL, 3 * c.page, PROT_READ | PROT_WRITE, MAP_SHARED, c.buffer, 0);
	if (p == MAP_FAILED || vt_write(p, 7) || vt_read(p) != 7)
		return 1;
	return munmap(p, 3 * c.page);
}

static int drop(void)
{
	if (c.buffer >= 0)
		close(c.buffer);
	c.buffer = -1;
	return make_hole();
}

static int make_buffer(void)
{
	return run_export() < 0;
}

static long run_map(void)
{
	c.p = mmap(NULL, 3 * c.page, PROT_READ | PROT_WRITE, MAP_SHARED, c.buffer, 0);
	return c.p == MAP_FAILED ? -errno : 0;
}

static int is_mapped(long result)
{
	return !result && (vt_write(c.p, 7) || vt_read(c.p) != 7 || munmap(c.p, 3 * c.page));
}

static const struct sweep_op ops[] = {
	{ "export", make_hole, run_export, is_exported, drop, { ENOMEM, ENFILE, EFAULT } },
	{ "map_buffer", make_buffer, run_map, is_mapped, drop, { ENOMEM } },
};

FIXTURE(faults_export) {
};

FIXTURE_VARIANT(faults_export) {
	__u32 backing;
	__u32 strategy;
	const char *name;
};

#define EXPORTED(b, s)							\
	FIXTURE_VARIANT_ADD(faults_export, b##_##s) {			\
		VMADEV_BACKING_##b, VMADEV_STRATEGY_##s, #b "_" #s	\
	}

EXPORTED(PAGES, PAGE);
EXPORTED(PAGES, INSERT);
EXPORTED(CONTIG, REMAP);

FIXTURE_SETUP(faults_export)
{
	const char *why = failnth_setup();

	if (why)
		SKIP(return, "%s", why);
	VT_NEEDS_EXPORT();
	c.page = vt_page();
	c.strategy = variant->strategy;
	c.fd = vt_create(variant->backing, variant->strategy, PAGES * c.page, "faults");
	ASSERT_LE(0, c.fd);
}

FIXTURE_TEARDOWN(faults_export)
{
	close(c.fd);
}

TEST_F_TIMEOUT(faults_export, region_survives_every_fault, 300)
{
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		EXPECT_EQ(0, sweep(&ops[i], variant->name, false));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults of page and pfn do not take mmap_lock where the kernel can do without */
#include <sys/mman.h>
#include <unistd.h>

#include "vmadev_test.h"

#define NPAGES	64

FIXTURE(vmalock) {
	int fd;
	char *map;
};

FIXTURE_VARIANT(vmalock) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODE(vmalock, pfn_pages, PFN, PAGES, false);
VT_MODE(vmalock, pfn_contig, PFN, CONTIG, false);
VT_MODE(vmalock, page_pages, PAGE, PAGES, true);
VT_MODE(vmalock, page_contig, PAGE, CONTIG, true);

FIXTURE_SETUP(vmalock)
{
	size_t bytes = NPAGES * vt_page();

	if (!vt_kernel_at_least(6, 4))
		SKIP(return, "no per-VMA locks before Linux 6.4");
	self->fd = vt_create(variant->backing, variant->strategy, bytes, "vmalock");
	ASSERT_LE(0, self->fd);
	self->map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(vmalock)
{
	close(self->fd);
}

/*
 *	|r|w|r|w|...	every page touched once; each fault says what it ran under
 */
TEST_F(vmalock, faults_run_under_the_lock_of_the_vma)
{
	char *trace;

	ASSERT_EQ(0, vt_trace_start("fault"));
	for (int i = 0; i < NPAGES; i++) {
		char *page = self->map + i * vt_page();

		ASSERT_LE(0, i % 2 ? vt_write(page, i) : vt_read(page));
	}
	trace = vt_trace_stop();
	ASSERT_NE(NULL, trace);
	/* pfn maps 64 KiB in a fault, so there may be few; never one under mmap_lock. */
	EXPECT_LT(0, vt_trace_count(trace, "lock=vma"));
	EXPECT_EQ(0, vt_trace_count(trace, "lock=mmap"));
	free(trace);
}

TEST_HARNESS_MAIN

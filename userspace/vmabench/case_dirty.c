// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases of asking which pages were written to, and beginning anew: DIRTY_GET, PAGEMAP_SCAN. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <newer.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vmabench.h"

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif

/* Every thousandth of the present pages is written to, when nothing is in the log. */
static void write_some(const struct run *run, char *at)
{
	for (size_t page = 0; page < run->bytes / run->page; page += 1000)
		*(volatile char *)(at + page * run->page) = 1;
}

static uint64_t by_log(struct run *run)
{
	const int device = vmadev_open(NULL, O_RDWR);
	__u64 *bitmap;
	char *at;

	run->fd = vmadev_create_flags(device, NULL, run->bytes, run->peer->backing,
				      run->peer->strategy, VMADEV_CREATE_LOG_DIRTY);
	close(device);
	run_need(run, run->fd >= 0, "CREATE");
	bitmap = calloc(run->bytes / run->page / 64, sizeof(*bitmap));
	run_need(run, bitmap, "calloc");
	at = run_map(run);
	run_access(run, at, false);
	write_some(run, at);
	run_start(run);
	run_need(run, vmadev_dirty_get(run->fd, 0, 0, 0, 0, bitmap) > 0, "DIRTY_GET");
	run_stop(run);
	free(bitmap);
	run_unmap(run, at);
	close(run->fd);
	return 1;
}

static void watch(const struct run *run, const char *at)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_WP_ASYNC };
	struct uffdio_register range = {
		.range = { (uintptr_t)at, run->bytes },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	const int fd = (int)syscall(__NR_userfaultfd, O_CLOEXEC);

	run_need(run, fd >= 0 && !ioctl(fd, UFFDIO_API, &api) &&
		 !ioctl(fd, UFFDIO_REGISTER, &range), "write protection by userfaultfd");
}

/* How many there were, as ranges. */
static long scan(const struct run *run, int pagemap, const char *at, struct page_region *regions,
		 size_t count)
{
	struct pm_scan_arg request = {
		.size = sizeof(request),
		.flags = PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC,
		.start = (uintptr_t)at,
		.end = (uintptr_t)at + run->bytes,
		.vec = (uintptr_t)regions,
		.vec_len = count,
		.category_mask = PAGE_IS_WRITTEN,
		.return_mask = PAGE_IS_WRITTEN,
	};

	return ioctl(pagemap, PAGEMAP_SCAN, &request);
}

static uint64_t by_scan(struct run *run)
{
	const int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	const size_t count = run->bytes / run->page / 1000 + 1;
	struct page_region *regions = calloc(count, sizeof(*regions));
	char *at;

	run_need(run, regions && pagemap >= 0, "/proc/self/pagemap");
	run->fd = run_make(run);
	at = run_map(run);
	run_access(run, at, true);
	watch(run, at);
	run_need(run, scan(run, pagemap, at, regions, count) >= 0, "PAGEMAP_SCAN");
	write_some(run, at);
	run_start(run);
	run_need(run, scan(run, pagemap, at, regions, count) == (long)count, "PAGEMAP_SCAN");
	run_stop(run);
	free(regions);
	run_unmap(run, at);
	close(pagemap);
	close(run->fd);
	return 1;
}

uint64_t dirty_ask(struct run *run)
{
	return run->peer->strategy ? by_log(run) : by_scan(run);
}

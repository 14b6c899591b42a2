// SPDX-License-Identifier: GPL-2.0-or-later
/* CREATE and open when the kernel has only small pieces of memory left, or none at all. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/failnth.h"
#include "lib/klog.h"
#include "lib/ledger.h"
#include "vmadev_test.h"

#define NPAGES	64
#define TRIES	32
#define MANY	16384		/* open files: more counters than the kernel has memory ready for */

FIXTURE(faults_memory) {
	size_t page;
	size_t bytes;
	bool filter;	/* the module alone can be starved, not what else it takes to open it */
};

FIXTURE_SETUP(faults_memory)
{
	const char *why = failnth_setup();

	if (why)
		SKIP(return, "%s", why);
	self->filter = failnth_sites(true, "vmadev");
	if (!self->filter)
		failnth_sites(true, NULL);
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
}

FIXTURE_TEARDOWN(faults_memory)
{
}

/* A region made while runs of 1 << @order pages and more cannot be had. */
static int create_starved(__u32 backing, size_t bytes, int order)
{
	struct vmadev_create create = { .backing = backing, .bytes = bytes };
	int dev = vt_open(O_RDWR), fd, err;

	if (!failnth_starve(true, order))
		abort();
	fd = vt_create_raw(dev, &create);
	err = errno;
	if (!failnth_starve(false, order))
		abort();
	close(dev);
	errno = err;
	return fd;
}

/* What is free then is every other of its pieces. */
static void scatter_free_memory(size_t bytes, size_t piece)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	madvise(p, bytes, MADV_NOHUGEPAGE);
	memset(p, 1, bytes);
	for (size_t at = 0; at < bytes; at += 2 * piece)
		madvise(p + at, piece, MADV_DONTNEED);
}

static bool holds_pattern(int fd, __u32 strategy, size_t bytes)
{
	int own = vt_reopen(fd, 0, strategy);
	bool holds;
	char *p;

	if (own < 0)
		return false;
	p = mmap(NULL, bytes, PROT_READ, MAP_SHARED, own, 0);
	holds = p != MAP_FAILED && vt_is_pattern(p, bytes, 1);
	munmap(p, bytes);
	close(own);
	return holds;
}

TEST_F(faults_memory, contig_in_pieces_maps_as_one)
{
	/* Objects of the kernel's take two pages with its checks. */
	int order = self->filter ? 1 : 2, fd = -1;
	struct vmadev_info info = { .run_bytes = self->bytes };
	char buf[self->bytes];

	/* By chance they may lie side by side; then they stay, and others are taken. */
	for (int i = 0; i < TRIES && info.run_bytes == self->bytes; i++) {
		scatter_free_memory(4 * self->bytes, self->page << (order - 1));
		fd = create_starved(VMADEV_BACKING_CONTIG, self->bytes, order);
		ASSERT_LE(0, fd) {
			TH_LOG("%s", strerror(errno));
		}
		ASSERT_EQ(0, vt_info(fd, &info));
	}
	EXPECT_LE(self->page, info.run_bytes);
	EXPECT_GT(self->bytes, info.run_bytes);
	vt_pattern(buf, self->bytes, 1);
	ASSERT_EQ((ssize_t)self->bytes, pwrite(fd, buf, self->bytes, 0));
	for (__u32 strategy = 1; strategy < 32; strategy++) {
		if (!(info.strategies_shared & VMADEV_STRATEGY_BIT(strategy)))
			continue;
		EXPECT_TRUE(holds_pattern(fd, strategy, self->bytes)) {
			TH_LOG("strategy %u", strategy);
		}
	}
	close(fd);
}

TEST_F(faults_memory, create_without_memory_is_ENOMEM_and_leaves_nothing)
{
	static const __u32 backings[] = { VMADEV_BACKING_PAGES, VMADEV_BACKING_CONTIG };
	static struct ledger before, after;

	if (!self->filter)
		SKIP(return, FAILNTH_NO_STACKS);
	for (size_t i = 0; i < ARRAY_SIZE(backings); i++) {
		ASSERT_EQ(0, ledger_take(&before));
		EXPECT_EQ(-1, create_starved(backings[i], self->bytes, 0));
		EXPECT_EQ(ENOMEM, errno);
		ASSERT_EQ(0, ledger_take(&after));
		EXPECT_EQ(NULL, ledger_differs(&before, &after));
		EXPECT_EQ(0, ledger_room());
	}
}

/* Or the kernel's worker would get more memory ready meanwhile. */
static int set_realtime(bool on)
{
	struct sched_param param = { .sched_priority = on };
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (on && sched_setaffinity(0, sizeof(cpus), &cpus))
		return -1;
	return sched_setscheduler(0, on ? SCHED_FIFO : SCHED_OTHER, &param);
}

/* Any user can come here, so it is no reason for the kernel to print a stack. */
TEST_F_TIMEOUT(faults_memory, no_room_for_counters_is_a_quiet_ENOMEM, 120)
{
	struct vmadev_create create = { .backing = VMADEV_BACKING_NONE, .bytes = self->bytes };
	struct rlimit limit = { MANY + 64, MANY + 64 };
	static struct ledger before, after;
	int dev = vt_open(O_RDWR), log = klog_open(), n = 0, region, errnos[2];
	static int handles[MANY];

	ASSERT_LE(0, log);
	if (!self->filter)
		SKIP(return, FAILNTH_NO_STACKS);
	ASSERT_TRUE(failnth_sites(true, "pcpu_alloc_noprof") || failnth_sites(true, "pcpu_alloc"));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_EQ(0, ledger_take(&before));
	ASSERT_EQ(0, set_realtime(true));
	ASSERT_TRUE(failnth_starve(true, 0));
	do {
		handles[n] = open("/dev/vmadev", O_RDWR | O_CLOEXEC);
	} while (handles[n] >= 0 && ++n < MANY);
	errnos[0] = errno;
	region = vt_create_raw(dev, &create);
	errnos[1] = errno;
	ASSERT_TRUE(failnth_starve(false, 0));
	ASSERT_EQ(0, set_realtime(false));
	for (int i = 0; i < n; i++)
		close(handles[i]);
	EXPECT_GT(MANY, n);
	EXPECT_EQ(ENOMEM, errnos[0]);
	EXPECT_EQ(-1, region);
	EXPECT_EQ(ENOMEM, errnos[1]);
	EXPECT_EQ(0, klog_count(log, "percpu", NULL, 0));
	ASSERT_EQ(0, ledger_take(&after));
	EXPECT_EQ(NULL, ledger_differs(&before, &after));
}

TEST_HARNESS_MAIN

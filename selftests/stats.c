// SPDX-License-Identifier: GPL-2.0-or-later
/* The counters of STATS, exact for a known sequence of calls and touches. */
#include "vmadev_test.h"
#include "mode.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define NPAGES 16

#define STAT_FAULTS	(VMADEV_STAT_FAULTS_READ | VMADEV_STAT_FAULTS_WRITE | \
			 VMADEV_STAT_FAULTS_COW | VMADEV_STAT_FAULTS_FAILED)
#define STAT_ALL	(VMADEV_STAT_MMAPS | STAT_FAULTS | VMADEV_STAT_PAGES | \
			 VMADEV_STAT_ZAPS | VMADEV_STAT_VMAS)

static struct vmadev_stats stats_of(struct __test_metadata *_metadata, int fd, __u32 scope)
{
	struct vmadev_stats s;

	ASSERT_EQ(0, vt_stats(fd, scope, &s));
	return s;
}

#define handle_stats(fd)	stats_of(_metadata, fd, VMADEV_SCOPE_HANDLE)
#define region_stats(fd)	stats_of(_metadata, fd, VMADEV_SCOPE_REGION)

static char *map(struct __test_metadata *_metadata, int fd, int flags)
{
	char *p = mmap(NULL, NPAGES * vt_page(), PROT_READ | PROT_WRITE, flags, fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	return p;
}

#define map(fd, flags) map(_metadata, fd, flags)

FIXTURE(stats)
{
	size_t page;
	int fd;
};

FIXTURE_VARIANT(stats)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(stats);

FIXTURE_SETUP(stats)
{
	self->page = vt_page();
	CREATE_MODE(NPAGES * self->page, "stats");
}

FIXTURE_TEARDOWN(stats)
{
	close(self->fd);
}

TEST_F(stats, observed_tells_what_the_module_can_see)
{
	struct vmadev_stats s = handle_stats(self->fd);

	EXPECT_EQ((__u64)VMADEV_STAT_MMAPS, s.observed & VMADEV_STAT_MMAPS);
	switch (variant->strategy) {
	case VMADEV_STRATEGY_CACHE:
	case VMADEV_STRATEGY_ANON:
		EXPECT_EQ(0ull, s.observed & (STAT_FAULTS | VMADEV_STAT_PAGES));
		break;
	case VMADEV_STRATEGY_FILEMAP:
		EXPECT_EQ((__u64)STAT_ALL & ~VMADEV_STAT_PAGES, s.observed);
		break;
	default:
		EXPECT_EQ((__u64)STAT_ALL, s.observed);
	}
}

TEST_F(stats, what_is_not_observed_is_zero)
{
	struct vmadev_stats s;
	char *p = map(self->fd, MAP_SHARED);

	for (int i = 0; i < NPAGES; i++)
		ASSERT_EQ(0, vt_write(p + i * self->page, i));
	s = handle_stats(self->fd);

	const __u64 counters[] = {
		s.mmaps, s.faults_read, s.faults_write, s.faults_cow, s.faults_failed,
		s.pages, s.zaps, s.vmas,
	};

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		if (!(s.observed & (1ull << i))) {
			EXPECT_EQ(0ull, counters[i]);
		}
	}
}

TEST_F(stats, mmaps_counts_what_passed_the_checks)
{
	char *p = map(self->fd, MAP_SHARED);
	char *q = map(self->fd, MAP_SHARED);

	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd,
				   NPAGES * self->page));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_EXEC, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(2ull, handle_stats(self->fd).mmaps);
	ASSERT_EQ(0, munmap(p, NPAGES * self->page));
	ASSERT_EQ(0, munmap(q, NPAGES * self->page));
	EXPECT_EQ(2ull, handle_stats(self->fd).mmaps);
}

TEST_F(stats, zaps_counts_calls)
{
	__u64 served = variant->backing == VMADEV_BACKING_NONE ? 0 : 2;

	EXPECT_EQ(served ? 0 : -1, vt_zap(self->fd, 0, self->page));
	EXPECT_EQ(served ? 0 : -1, vt_zap(self->fd, 0, NPAGES * self->page));
	EXPECT_EQ(-1, vt_zap(self->fd, 1, self->page));
	EXPECT_EQ(served, handle_stats(self->fd).zaps);
}

/*
 *    AAAAAAAAAAAAAAAA    1 VMA
 *    AAAA    AAAAAAAA    2: unmapped in the middle
 *    AAAA    AAAAAAAA    4: and a child that has the same
 */
TEST_F(stats, vmas_follows_split_fork_and_unmap)
{
	int go[2];
	char *p, c;
	pid_t pid;

	if (!(region_stats(self->fd).observed & VMADEV_STAT_VMAS)) {
		ASSERT_EQ((__u32)VMADEV_STRATEGY_ANON, variant->strategy);
		return;
	}
	EXPECT_EQ(0ull, region_stats(self->fd).vmas);
	p = map(self->fd, MAP_SHARED);
	EXPECT_EQ(1ull, region_stats(self->fd).vmas);
	ASSERT_EQ(0, munmap(p + 4 * self->page, 4 * self->page));
	EXPECT_EQ(2ull, region_stats(self->fd).vmas);

	ASSERT_EQ(0, pipe(go));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(go[1]);
		_exit(read(go[0], &c, 1));
	}
	EXPECT_EQ(4ull, region_stats(self->fd).vmas);
	close(go[1]);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(2ull, region_stats(self->fd).vmas);
	ASSERT_EQ(0, munmap(p, NPAGES * self->page));
	EXPECT_EQ(0ull, region_stats(self->fd).vmas);
}

TEST_F(stats, scope_region_adds_the_handles_and_outlives_them)
{
	int other = vt_reopen(self->fd, 0, variant->strategy);
	struct vmadev_stats one, two, both;
	char *p, *q;

	ASSERT_LE(0, other);
	p = map(self->fd, MAP_SHARED);
	q = map(other, MAP_SHARED);
	ASSERT_LE(0, vt_read(p));
	for (int i = 0; i < NPAGES; i++)
		ASSERT_LE(0, vt_read(q + i * self->page));
	one = handle_stats(self->fd);
	two = handle_stats(other);
	both = region_stats(self->fd);
	EXPECT_EQ(1ull, one.mmaps);
	EXPECT_EQ(1ull, two.mmaps);
	EXPECT_EQ(2ull, both.mmaps);
	EXPECT_EQ(one.faults_read + two.faults_read, both.faults_read);
	EXPECT_EQ(one.pages + two.pages, both.pages);
	EXPECT_EQ(both.observed & VMADEV_STAT_VMAS ? 2ull : 0ull, both.vmas);
	if (one.observed & VMADEV_STAT_VMAS) {
		EXPECT_EQ(1ull, one.vmas);
		EXPECT_EQ(1ull, two.vmas);
	}

	ASSERT_EQ(0, munmap(q, NPAGES * self->page));
	close(other);
	one = region_stats(self->fd);
	EXPECT_EQ(2ull, one.mmaps);
	EXPECT_EQ(both.faults_read, one.faults_read);
	EXPECT_EQ(both.pages, one.pages);
}

TEST_F(stats, scope_zero_is_the_handle)
{
	int other = vt_reopen(self->fd, 0, variant->strategy);
	struct vmadev_stats s;

	ASSERT_LE(0, other);
	map(other, MAP_SHARED);
	ASSERT_EQ(0, vt_stats(self->fd, 0, &s));
	EXPECT_EQ(0ull, s.mmaps);
	close(other);
}

/* Strategies whose entries the module makes, all at mmap (eager) or at the touch. */
FIXTURE(entries)
{
	size_t page;
	int fd;
	bool eager;
};

FIXTURE_VARIANT(entries)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODE(entries, remap_contig, REMAP, CONTIG, false);
VT_MODE(entries, pfn_pages, PFN, PAGES, false);
VT_MODE(entries, pfn_contig, PFN, CONTIG, false);
VT_MODE(entries, page_pages, PAGE, PAGES, true);
VT_MODE(entries, page_contig, PAGE, CONTIG, true);
VT_MODE(entries, insert_pages, INSERT, PAGES, true);
VT_MODE(entries, insert_contig, INSERT, CONTIG, true);

FIXTURE_SETUP(entries)
{
	self->page = vt_page();
	self->eager = variant->strategy == VMADEV_STRATEGY_REMAP ||
		      variant->strategy == VMADEV_STRATEGY_INSERT;
	CREATE_MODE(NPAGES * self->page, "stats");
}

FIXTURE_TEARDOWN(entries)
{
	close(self->fd);
}

/*
 *    |................|  eager: 16 entries before the first touch
 *    |                |  else:  none
 */
TEST_F(entries, pages_are_made_at_mmap_or_at_the_touch)
{
	struct vmadev_stats s;
	char *p;

	p = map(self->fd, MAP_SHARED);
	s = handle_stats(self->fd);
	EXPECT_EQ(self->eager ? NPAGES : 0ull, s.pages);
	EXPECT_EQ(0ull, s.faults_read + s.faults_write);

	EXPECT_LE(0, vt_read(p));
	s = handle_stats(self->fd);
	EXPECT_EQ(self->eager ? 0ull : 1ull, s.faults_read);
	EXPECT_EQ(0ull, s.faults_write);
	if (variant->strategy == VMADEV_STRATEGY_PAGE) {
		EXPECT_EQ(1ull, s.pages);
	}

	for (int i = 0; i < NPAGES; i++)
		ASSERT_EQ(0, vt_write(p + i * self->page, i));
	s = handle_stats(self->fd);
	EXPECT_EQ(0ull, s.faults_failed);
	EXPECT_EQ(0ull, s.faults_cow);
	if (self->eager) {
		EXPECT_EQ(0ull, s.faults_read + s.faults_write);
	}
	if (variant->strategy == VMADEV_STRATEGY_PAGE) {
		EXPECT_EQ(1ull, s.faults_read);
		EXPECT_EQ(s.faults_read + s.faults_write, s.pages);
		/* One a page, unless the kernel mapped the whole folio at the first. */
		if (!s.faults_write) {
			EXPECT_TRUE(VT_MAPS_FOLIOS(variant->backing));
		} else {
			EXPECT_EQ(NPAGES - 1ull, s.faults_write);
		}
	} else {
		EXPECT_EQ((__u64)NPAGES, s.pages);
	}
	if (vt_maps_window(variant->strategy)) {
		EXPECT_EQ(vt_page() < PFN_FAULT_AROUND, s.faults_read + s.faults_write < NPAGES);
	}
}

TEST_F(entries, write_faults_are_told_from_read_faults)
{
	struct vmadev_stats s;
	char *p = map(self->fd, MAP_SHARED);

	ASSERT_EQ(0, vt_write(p + 5 * self->page, 1));
	s = handle_stats(self->fd);
	EXPECT_EQ(self->eager ? 0ull : 1ull, s.faults_write);
	EXPECT_EQ(0ull, s.faults_read + s.faults_cow + s.faults_failed);
}

/* Strategies that counted pages stand behind: private mappings, MADV_DONTNEED. */
FIXTURE(counted)
{
	size_t page;
	int fd;
};

FIXTURE_VARIANT(counted)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODE(counted, page_pages, PAGE, PAGES, true);
VT_MODE(counted, page_contig, PAGE, CONTIG, true);
VT_MODE(counted, insert_pages, INSERT, PAGES, true);
VT_MODE(counted, insert_contig, INSERT, CONTIG, true);

FIXTURE_SETUP(counted)
{
	self->page = vt_page();
	CREATE_MODE(NPAGES * self->page, "stats");
}

FIXTURE_TEARDOWN(counted)
{
	close(self->fd);
}

/* A page that is mapped already is copied by the kernel alone: no fault here. */
TEST_F(counted, private_writes_count_as_cow)
{
	int lazy = variant->strategy == VMADEV_STRATEGY_PAGE;
	struct vmadev_stats s;
	char *p = map(self->fd, MAP_PRIVATE);

	ASSERT_EQ(0, vt_write(p, 1));
	EXPECT_LE(0, vt_read(p + self->page));
	ASSERT_EQ(0, vt_write(p + self->page, 1));
	s = handle_stats(self->fd);
	EXPECT_EQ(lazy ? 1ull : 0ull, s.faults_cow);
	EXPECT_EQ(lazy ? 1ull : 0ull, s.faults_read);
	EXPECT_EQ(0ull, s.faults_write);
}

TEST_F(counted, dropped_entries_come_back_by_faults)
{
	struct vmadev_stats before, s;
	char *p = map(self->fd, MAP_SHARED);

	ASSERT_EQ(0, vt_write(p + 3 * self->page, 42));
	before = handle_stats(self->fd);
	ASSERT_EQ(0, madvise(p + 3 * self->page, self->page, MADV_DONTNEED));
	EXPECT_EQ(42, vt_read(p + 3 * self->page));
	s = handle_stats(self->fd);
	EXPECT_EQ(before.faults_read + 1, s.faults_read);
	EXPECT_EQ(before.pages + 1, s.pages);
}

/*
 *    |region..........|past|  the last page is behind the end of the region
 */
TEST(touch_past_the_end_counts_as_failed)
{
	int fd = vt_create(VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE, NPAGES * vt_page(), NULL);
	size_t page = vt_page(), bytes = NPAGES * page;
	struct vmadev_stats s;
	char *p = mremap(map(fd, MAP_SHARED), bytes, bytes + page, MREMAP_MAYMOVE);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(-SIGBUS, vt_read(p + bytes));
	s = handle_stats(fd);
	EXPECT_EQ(1ull, s.faults_failed);
	EXPECT_EQ(0ull, s.faults_read + s.faults_write + s.pages);
	EXPECT_LE(0, vt_read(p + bytes - page));
	EXPECT_EQ(1ull, handle_stats(fd).faults_read);
	close(fd);
}

TEST_HARNESS_MAIN

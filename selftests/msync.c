// SPDX-License-Identifier: GPL-2.0-or-later
/* msync, fsync and fdatasync: what they answer, and the byte range that reaches the module. */
#include "vmadev_test.h"
#include "mode.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>

#define NPAGES 8

FIXTURE(msync)
{
	size_t page;
	size_t bytes;
	__u64 region;
	int fd;
	char *p;
};

FIXTURE_VARIANT(msync)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(msync);

FIXTURE_SETUP(msync)
{
	struct vmadev_info info;

	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	CREATE_MODE(self->bytes, "msync");
	ASSERT_EQ(0, vt_info(self->fd, &info));
	self->region = info.region;
	self->p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(msync)
{
	close(self->fd);
}

TEST_F(msync, every_mode_works)
{
	static const int modes[] = {
		0, MS_SYNC, MS_ASYNC, MS_INVALIDATE,
		MS_SYNC | MS_INVALIDATE, MS_ASYNC | MS_INVALIDATE,
	};

	vt_pattern(self->p, self->bytes, 3);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		EXPECT_EQ(0, msync(self->p, self->bytes, modes[i])) {
			TH_LOG("flags %x: %s", modes[i], strerror(errno));
		}
	}
	EXPECT_TRUE(vt_is_pattern(self->p, self->bytes, 3));
}

TEST_F(msync, bytes_are_in_the_region_afterwards)
{
	char *copy = malloc(self->bytes);

	ASSERT_NE(NULL, copy);
	vt_pattern(self->p, self->bytes, 4);
	ASSERT_EQ(0, msync(self->p, self->bytes, MS_SYNC));
	ASSERT_EQ((ssize_t)self->bytes, pread(self->fd, copy, self->bytes, 0));
	if (variant->backing == VMADEV_BACKING_NONE) {
		EXPECT_TRUE(vt_is_zero(copy, self->bytes));
	} else {
		EXPECT_TRUE(vt_is_pattern(copy, self->bytes, 4));
	}
	free(copy);
}

TEST_F(msync, contradicting_and_unknown_flags_are_EINVAL)
{
	static const int bad[] = { MS_SYNC | MS_ASYNC, MS_SYNC | MS_ASYNC | MS_INVALIDATE, 8, -1 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-1, msync(self->p, self->page, bad[i]));
		EXPECT_EQ(EINVAL, errno);
	}
}

TEST_F(msync, unaligned_address_is_EINVAL)
{
	EXPECT_EQ(-1, msync(self->p + 1, self->page, MS_SYNC));
	EXPECT_EQ(EINVAL, errno);
}

/*
 *    AAAA  AA    ENOMEM, and what is mapped is synced all the same
 */
TEST_F(msync, hole_is_ENOMEM)
{
	ASSERT_EQ(0, munmap(self->p + 4 * self->page, 2 * self->page));
	EXPECT_EQ(-1, msync(self->p, self->bytes, MS_SYNC));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(-1, msync(self->p + 4 * self->page, self->page, MS_ASYNC));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(0, msync(self->p, 4 * self->page, MS_SYNC));
}

TEST_F(msync, fsync_and_fdatasync_work)
{
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, fdatasync(self->fd));
}

TEST_F(msync, read_only_descriptor_may_sync)
{
	int readonly = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);
	char *q;

	ASSERT_LE(0, readonly);
	q = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, readonly, 0);
	ASSERT_NE(MAP_FAILED, q);
	EXPECT_EQ(0, msync(q, self->bytes, MS_SYNC));
	EXPECT_EQ(0, fsync(readonly));
	close(readonly);
}

/* How often the module was asked for these bytes, @end being the last one. */
static int asked(const char *text, __u64 region, long long start, long long end, int datasync)
{
	char needle[160];

	snprintf(needle, sizeof(needle),
		 " vmadev_fsync: region=%llu start=%lld end=%lld datasync=%d\n",
		 (unsigned long long)region, start, end, datasync);
	return vt_trace_count(text, needle);
}

TEST_F(msync, fsync_reaches_the_module_as_the_whole_file)
{
	char *text;

	ASSERT_EQ(0, vt_trace_start("fsync"));
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_EQ(0, fdatasync(self->fd));
	text = vt_trace_stop();
	ASSERT_NE(NULL, text);
	EXPECT_EQ(1, asked(text, self->region, 0, LLONG_MAX, 0));
	EXPECT_EQ(1, asked(text, self->region, 0, LLONG_MAX, 1));
	EXPECT_EQ(2, vt_trace_count(text, " vmadev_fsync: ")) {
		TH_LOG("%s", text);
	}
	free(text);
}

/* The strategies whose VMAs carry the device's own file, not one of tmpfs. */
FIXTURE(range)
{
	size_t page;
	size_t bytes;
	__u64 region;
	int fd;
	char *p;
};

FIXTURE_VARIANT(range)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODE(range, remap_contig, REMAP, CONTIG, false);
VT_MODE(range, pfn_pages, PFN, PAGES, false);
VT_MODE(range, pfn_contig, PFN, CONTIG, false);
VT_MODE(range, page_pages, PAGE, PAGES, true);
VT_MODE(range, page_contig, PAGE, CONTIG, true);
VT_MODE(range, insert_pages, INSERT, PAGES, true);
VT_MODE(range, insert_contig, INSERT, CONTIG, true);
VT_MODE(range, filemap_media, FILEMAP, MEDIA, true);

FIXTURE_SETUP(range)
{
	struct vmadev_info info;

	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	CREATE_MODE(self->bytes, "range");
	ASSERT_EQ(0, vt_info(self->fd, &info));
	self->region = info.region;
	/* p's first page is page 2 of the region, so that offsets differ from distances. */
	self->p = mmap(NULL, self->bytes - 2 * self->page, PROT_READ | PROT_WRITE, MAP_SHARED,
		       self->fd, 2 * self->page);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(range)
{
	close(self->fd);
}

/* msync() while tracing; the text of the trace. */
static char *traced_msync(struct __test_metadata *_metadata, void *p, size_t n, int flags)
{
	char *text;

	ASSERT_EQ(0, vt_trace_start("fsync"));
	msync(p, n, flags);
	text = vt_trace_stop();
	ASSERT_NE(NULL, text);
	return text;
}

/*
 *    region  |0 |1 |2 |3 |4 |5 |6 |7 |
 *    p             |0 |1 |2 |3 |4 |5 |
 *    msync            |xx|xx|
 */
TEST_F(range, of_msync_reaches_the_module)
{
	char *text = traced_msync(_metadata, self->p + self->page, 2 * self->page, MS_SYNC);

	EXPECT_EQ(1, asked(text, self->region, 3 * self->page, 5 * self->page - 1, 1)) {
		TH_LOG("%s", text);
	}
	EXPECT_EQ(1, vt_trace_count(text, " vmadev_fsync: "));
	free(text);
}

TEST_F(range, is_rounded_up_to_pages)
{
	char *text = traced_msync(_metadata, self->p, self->page + 1, MS_SYNC);

	EXPECT_EQ(1, asked(text, self->region, 2 * self->page, 4 * self->page - 1, 1)) {
		TH_LOG("%s", text);
	}
	free(text);
}

/*
 *    p  |0 |1 |2 |    |4 |5 |    two VMAs, two ranges
 */
TEST_F(range, comes_once_for_each_vma)
{
	char *text;

	ASSERT_EQ(0, munmap(self->p + 3 * self->page, self->page));
	text = traced_msync(_metadata, self->p, 6 * self->page, MS_SYNC);
	EXPECT_EQ(1, asked(text, self->region, 2 * self->page, 5 * self->page - 1, 1)) {
		TH_LOG("%s", text);
	}
	EXPECT_EQ(1, asked(text, self->region, 6 * self->page, 8 * self->page - 1, 1));
	EXPECT_EQ(2, vt_trace_count(text, " vmadev_fsync: "));
	free(text);
}

TEST_F(range, of_the_other_modes_stays_in_the_kernel)
{
	static const int modes[] = { 0, MS_ASYNC, MS_INVALIDATE, MS_ASYNC | MS_INVALIDATE };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		char *text = traced_msync(_metadata, self->p, self->page, modes[i]);

		EXPECT_EQ(0, vt_trace_count(text, " vmadev_fsync: ")) {
			TH_LOG("flags %x: %s", modes[i], text);
		}
		free(text);
	}
}

/* Copies on write are nobody else's. */
TEST_F(range, of_a_private_mapping_stays_in_the_kernel)
{
	char *text, *q;

	q = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd, 0);
	ASSERT_EQ(variant->private_ok, q != MAP_FAILED);
	if (q == MAP_FAILED)
		return;
	ASSERT_EQ(0, vt_write(q, 1));
	text = traced_msync(_metadata, q, self->page, MS_SYNC);
	EXPECT_EQ(0, vt_trace_count(text, " vmadev_fsync: ")) {
		TH_LOG("%s", text);
	}
	free(text);
}

/* What mlock() holds cannot be invalidated; special mappings are never locked. */
TEST_F(range, invalidate_of_a_locked_mapping_is_EBUSY)
{
	bool locked;

	ASSERT_EQ(0, mlock(self->p, self->page));
	locked = vt_has_flag(self->p, "lo");
	EXPECT_EQ(variant->strategy == VMADEV_STRATEGY_PAGE ||
		  variant->strategy == VMADEV_STRATEGY_FILEMAP, locked);
	EXPECT_EQ(locked ? -1 : 0, msync(self->p, self->page, MS_SYNC | MS_INVALIDATE));
	if (locked) {
		EXPECT_EQ(EBUSY, errno);
	}
}

TEST_HARNESS_MAIN

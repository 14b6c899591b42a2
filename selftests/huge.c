// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Strategy huge: an entry of a PMD where one fits, and what the kernel does to it.
 *
 *	region	|H       |H       |p      |	of HUGE_PAGES huge pages and one page less
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "vmadev_test.h"

#define HUGE_PAGES	2

FIXTURE(huge)
{
	size_t page, entry;	/* bytes that a PTE and that a PMD maps */
	size_t bytes;
	int fd;
	char *p;		/* all of it, shared */
};

static __u64 pages_made(int fd)
{
	struct vmadev_stats s;

	return vt_stats(fd, VMADEV_SCOPE_REGION, &s) ? 0 : s.pages;
}

static __u64 faults(int fd)
{
	struct vmadev_stats s;

	if (vt_stats(fd, VMADEV_SCOPE_REGION, &s))
		return 0;
	return s.faults_read + s.faults_write + s.faults_cow + s.faults_failed;
}

FIXTURE_SETUP(huge)
{
	VT_NEEDS(VMADEV_STRATEGY_HUGE);
	self->page = vt_page();
	self->entry = vt_huge_bytes();
	ASSERT_LT(self->page, self->entry);
	self->bytes = (HUGE_PAGES + 1) * self->entry - self->page;
	self->fd = vt_create(VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_HUGE,
			     self->bytes, "huge");
	ASSERT_LE(0, self->fd);
	self->p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(huge)
{
	munmap(self->p, self->bytes);
	close(self->fd);
}

typedef FIXTURE_DATA(huge) fixture;

static bool fill(const fixture *h)
{
	char page[h->page];

	for (size_t at = 0; at < h->bytes; at += h->page) {
		vt_pattern(page, h->page, at / h->page);
		if (pwrite(h->fd, page, h->page, at) != (ssize_t)h->page)
			return false;
	}
	return true;
}

/* Pages @from to @to (excluded) of the region, as they are seen at @map. */
static bool is_filled(const fixture *h, const char *map, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (!vt_is_pattern(map + (i - from) * h->page, h->page, i))
			return false;
	return true;
}

/* Where the kernel chooses, the address is as aligned as the offset. */
TEST_F(huge, kernel_maps_it_aligned)
{
	char *q;

	EXPECT_EQ(0, (uintptr_t)self->p % self->entry);
	q = mmap(NULL, 2 * self->entry - self->page, PROT_READ, MAP_SHARED, self->fd, self->page);
	ASSERT_NE(MAP_FAILED, q);
	EXPECT_EQ(self->page, (uintptr_t)q % self->entry);
}

TEST_F(huge, one_fault_maps_all_that_an_entry_has)
{
	size_t n = self->entry / self->page;

	ASSERT_EQ(0, vt_write(self->p + self->entry - 1, 7));
	EXPECT_EQ(1, faults(self->fd));
	EXPECT_EQ(n, pages_made(self->fd));
	for (size_t i = 0; i < n; i++)
		ASSERT_LE(0, vt_read(self->p + i * self->page));
	EXPECT_EQ(1, faults(self->fd));
	ASSERT_LE(0, vt_read(self->p + self->entry));
	EXPECT_EQ(2, faults(self->fd));
	EXPECT_EQ(2 * n, pages_made(self->fd));
}

/* An entry that is there and only not writable is made so: no page is made. */
TEST_F(huge, entry_that_becomes_writable_counts_no_page_again)
{
	size_t n = self->entry / self->page;

	ASSERT_LE(0, vt_read(self->p));
	ASSERT_EQ(0, mprotect(self->p, self->entry, PROT_READ));
	ASSERT_EQ(0, mprotect(self->p, self->entry, PROT_READ | PROT_WRITE));
	ASSERT_EQ(0, vt_write(self->p + self->entry - 1, 7));
	EXPECT_EQ(n, pages_made(self->fd));
}

TEST_F(huge, mapping_of_one_entry_takes_one_fault)
{
	char *q = mmap(NULL, self->entry, PROT_READ, MAP_SHARED, self->fd, self->entry);

	ASSERT_NE(MAP_FAILED, q);
	ASSERT_LE(0, vt_read(q + self->page));
	ASSERT_LE(0, vt_read(q + self->entry - 1));
	EXPECT_EQ(1, faults(self->fd));
	EXPECT_EQ(self->entry / self->page, pages_made(self->fd));
}

/* Memory failure, as in poison.c, of one page of a region that is one entry. */
static int poison(int fd, off_t at, size_t bytes)
{
	int own = vt_reopen(fd, 0, VMADEV_STRATEGY_PAGE), err;
	char *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, own, at);

	if (map == MAP_FAILED)
		return errno;
	vt_read(map);
	err = madvise(map, bytes, MADV_HWPOISON) ? errno : 0;
	munmap(map, bytes);
	close(own);
	return err == EBUSY || err == EHWPOISON ? 0 : err;
}

/* Wherever in it the page is; what is beside it is mapped by pages. */
TEST_F(huge, page_that_is_poisoned_is_in_no_entry)
{
	const size_t n = self->entry / self->page;
	const size_t bad[] = { 0, 4, n / 2 + 7, n - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int fd = vt_create(VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_HUGE, self->entry, NULL);
		char *map = mmap(NULL, self->entry, PROT_READ, MAP_SHARED, fd, 0);

		ASSERT_NE(MAP_FAILED, map);
		ASSERT_LE(0, vt_read(map));
		EXPECT_EQ(n, pages_made(fd));
		ASSERT_EQ(0, poison(fd, bad[i] * self->page, self->page));
		ASSERT_EQ(0, vt_zap(fd, 0, self->entry));
		EXPECT_EQ(0, vt_read(map + (bad[i] ^ 1) * self->page));
		EXPECT_EQ(-SIGBUS, vt_read(map + bad[i] * self->page));
		EXPECT_GT(2 * n, pages_made(fd));
		munmap(map, self->entry);
		close(fd);
	}
}

/* The tail has no room for an entry: PTEs, as of pfn. */
TEST_F(huge, what_is_less_than_an_entry_is_mapped_by_pages)
{
	ASSERT_EQ(0, vt_write(self->p + HUGE_PAGES * self->entry, 1));
	EXPECT_EQ(1, faults(self->fd));
	EXPECT_EQ(PFN_FAULT_AROUND / self->page, pages_made(self->fd));
}

TEST_F(huge, bytes_are_the_regions_at_every_offset)
{
	size_t n = self->bytes / self->page;
	char *q;

	ASSERT_TRUE(fill(self));
	EXPECT_TRUE(is_filled(self, self->p, 0, n));
	q = mmap(NULL, self->bytes - self->page, PROT_READ, MAP_SHARED, self->fd, self->page);
	ASSERT_NE(MAP_FAILED, q);
	EXPECT_TRUE(is_filled(self, q, 1, n));
	munmap(q, self->bytes - self->page);
	q = mmap(NULL, self->entry, PROT_READ, MAP_SHARED, self->fd, self->entry);
	ASSERT_NE(MAP_FAILED, q);
	EXPECT_TRUE(is_filled(self, q, self->entry / self->page, 2 * self->entry / self->page));
	munmap(q, self->entry);
}

/*
 *	|.x......|........|.	address and offset do not go together: pages
 */
TEST_F(huge, misaligned_mapping_shows_the_right_bytes)
{
	size_t n = 2 * self->entry / self->page, room_bytes = 4 * self->entry;
	char *room = mmap(NULL, room_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((uintptr_t)room + self->entry - 1) & -self->entry) + self->page;

	ASSERT_NE(MAP_FAILED, room);
	ASSERT_TRUE(fill(self));
	ASSERT_EQ(at, mmap(at, n * self->page, PROT_READ, MAP_SHARED | MAP_FIXED, self->fd, 0));
	EXPECT_TRUE(is_filled(self, at, 0, n));
	munmap(room, room_bytes);
}

/* What the kernel does to a part drops the entry; all of it shows the same bytes after. */
TEST_F(huge, part_unmapped_leaves_the_rest)
{
	size_t n = self->entry / self->page;

	ASSERT_TRUE(fill(self));
	ASSERT_TRUE(is_filled(self, self->p, 0, n));
	ASSERT_EQ(0, munmap(self->p + self->page, self->page));
	EXPECT_TRUE(is_filled(self, self->p, 0, 1));
	EXPECT_TRUE(is_filled(self, self->p + 2 * self->page, 2, n));
	EXPECT_EQ(SIGSEGV, -vt_read(self->p + self->page));
}

TEST_F(huge, part_protected_is_protected_alone)
{
	size_t n = self->entry / self->page;

	ASSERT_TRUE(fill(self));
	ASSERT_EQ(0, vt_write(self->p + 2 * self->page, vt_read(self->p + 2 * self->page)));
	ASSERT_EQ(0, mprotect(self->p + self->page, self->page, PROT_READ));
	EXPECT_TRUE(is_filled(self, self->p, 0, n));
	EXPECT_EQ(SIGSEGV, -vt_write(self->p + self->page, 1));
	EXPECT_EQ(0, vt_write(self->p, 1));
	EXPECT_EQ(0, vt_write(self->p + 2 * self->page, 1));
}

/* The whole entry loses and gets back what a write needs. */
TEST_F(huge, whole_protected_and_back_is_written_again)
{
	ASSERT_EQ(0, vt_write(self->p, 1));
	ASSERT_EQ(0, mprotect(self->p, self->entry, PROT_READ));
	EXPECT_EQ(1, vt_read(self->p));
	EXPECT_EQ(SIGSEGV, -vt_write(self->p, 2));
	ASSERT_EQ(0, mprotect(self->p, self->entry, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, vt_write(self->p, 3));
	EXPECT_EQ(3, vt_read(self->p));
	EXPECT_EQ(self->entry / self->page, pages_made(self->fd));
}

TEST_F(huge, moved_to_where_no_entry_fits)
{
	size_t n = self->entry / self->page;
	char *room = mmap(NULL, 3 * self->entry, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((uintptr_t)room + self->entry - 1) & -self->entry) + self->page;

	ASSERT_NE(MAP_FAILED, room);
	ASSERT_TRUE(fill(self));
	ASSERT_TRUE(is_filled(self, self->p, 0, n));
	ASSERT_EQ(at, mremap(self->p, self->entry, self->entry, MREMAP_MAYMOVE | MREMAP_FIXED, at));
	EXPECT_TRUE(is_filled(self, at, 0, n));
	munmap(room, 3 * self->entry);
}

TEST_F(huge, child_sees_and_writes_the_same)
{
	pid_t child;
	int status;

	ASSERT_EQ(0, vt_write(self->p, 1));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(vt_read(self->p) != 1 || vt_write(self->p + self->entry - 1, 9));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(9, vt_read(self->p + self->entry - 1));
}

/* A zap of one page takes the entry, in every mapping; no other page loses its bytes. */
TEST_F(huge, zap_of_a_part_drops_the_entry)
{
	size_t n = self->entry / self->page;

	ASSERT_TRUE(fill(self));
	ASSERT_TRUE(is_filled(self, self->p, 0, 2 * n));
	ASSERT_EQ(0, vt_zap(self->fd, 3 * self->page, self->page));
	EXPECT_FALSE(vt_is_mapped(self->fd, self->p + 3 * self->page));
	EXPECT_TRUE(vt_is_mapped(self->fd, self->p + self->entry));
	EXPECT_TRUE(is_filled(self, self->p, 0, 2 * n));
}

/* Who wants no huge pages gets none, and the same bytes. */
TEST_F(huge, who_wants_none_gets_pages)
{
	size_t around = PFN_FAULT_AROUND / self->page;

	ASSERT_TRUE(fill(self));
	ASSERT_EQ(0, madvise(self->p, self->entry, MADV_NOHUGEPAGE));
	ASSERT_LE(0, vt_read(self->p));
	EXPECT_EQ(around, pages_made(self->fd));
	ASSERT_EQ(0, prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	ASSERT_LE(0, vt_read(self->p + self->entry));
	ASSERT_EQ(0, prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0));
	EXPECT_EQ(2 * around, pages_made(self->fd));
	EXPECT_TRUE(is_filled(self, self->p, 0, self->bytes / self->page));
}

TEST_F(huge, private_mapping_is_einval)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->entry, PROT_READ, MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
}

/* A debugger reads and writes through ->access, across the border of two entries. */
TEST_F(huge, proc_mem_crosses_entries)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char *border = self->p + self->entry;
	char seen[64];

	ASSERT_LE(0, mem);
	for (int i = 0; i < 64; i++)
		ASSERT_EQ(0, vt_write(border - 32 + i, i));
	EXPECT_EQ(64, pread(mem, seen, 64, (off_t)(uintptr_t)(border - 32)));
	for (int i = 0; i < 64; i++)
		EXPECT_EQ(i, seen[i]);
	EXPECT_EQ(1, pwrite(mem, "x", 1, (off_t)(uintptr_t)border));
	EXPECT_EQ('x', vt_read(border));
	close(mem);
}

TEST_HARNESS_MAIN

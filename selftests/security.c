// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ways in which mmap handlers have gone wrong, a test each, called after the
 * way; the comment above it names who went it. Over every strategy and backing.
 *
 * Three more stand where their means are:
 *
 *	flags_lost		smaps.c, where flags are read
 *	half_made_mapping	faults_map.c, where allocations fail
 *	memory_not_zeroed	zero.c, where free memory is dirty
 */
#include <sys/syscall.h>

#include "mapping.h"

/* errno of mapping @len bytes from @off, as the variant maps; 0: it is mapped at *@at. */
static int map_errno(const mapping *m, const mapping_kind *k, char **at, size_t len, off_t off)
{
	*at = mmap(NULL, len, PROT_READ | PROT_WRITE, k->flags, m->fd, off);
	return *at == MAP_FAILED ? errno : 0;
}

/*
 *	region	 |AAAAAAA|
 *	refused	     |-------|		and no mapping is left of it
 *	refused	         |---|
 *
 * CVE-2013-6763 (uio) and CVE-2025-38088 (powerpc memtrace) mapped as much as
 * was asked for.
 */
TEST_F(mapping, size_not_checked)
{
	const struct {
		size_t len;
		off_t off;
	} bad[] = {
		{ self->bytes + 1, 0 },
		{ self->bytes + self->page, 0 },
		{ 2 * self->bytes, 0 },
		{ self->page, self->bytes },
		{ self->page, self->bytes + self->page },
		{ 2 * self->page, self->bytes - self->page },
		{ self->bytes, self->page },
	};
	char *at;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(EINVAL, map_errno(self, variant, &at, bad[i].len, bad[i].off)) {
			TH_LOG("row %zu", i);
		}
	}
	EXPECT_TRUE(counts_vmas(self, 0));
	EXPECT_EQ(0, map_errno(self, variant, &at, self->bytes, 0));
}

/* mmap with the offset in units that reach past any off_t. */
static long map_high(int fd, size_t len)
{
	unsigned long top = ~0ul;

#ifdef __NR_mmap2
	return syscall(__NR_mmap2, NULL, len, PROT_READ, MAP_SHARED, fd, top);
#elif defined(__s390x__)
	const unsigned long args[] = { 0, len, PROT_READ, MAP_SHARED, fd, top - vt_page() + 1 };

	return syscall(__NR_mmap, args);
#else
	return syscall(__NR_mmap, NULL, len, PROT_READ, MAP_SHARED, fd, top - vt_page() + 1);
#endif
}

/*
 * Offsets that only a narrow or a signed comparison would let pass, or a sum
 * that wraps: CVE-2018-8781 (drm udl), CVE-2013-2596 (fbmem).
 */
TEST_F(mapping, pgoff_overflow)
{
	char *at;

	for (int bit = 31; bit < 63; bit++) {
		int err = map_errno(self, variant, &at, self->page, (off_t)1 << bit);

		EXPECT_TRUE(err == EINVAL || err == EOVERFLOW) {
			TH_LOG("offset 1 << %d: errno %d", bit, err);
		}
	}
	EXPECT_EQ(-1, map_high(self->fd, 2 * self->page));
	EXPECT_EQ(EOVERFLOW, errno);
	EXPECT_EQ(-1, map_high(self->fd, self->bytes));
	EXPECT_EQ(EOVERFLOW, errno);
}

/*
 *	region	|AAAAAAA|
 *	mapping	      |A|??????|	grown by mremap: the fault has an index that
 *					mmap did not see
 *
 * CVE-2023-2008 (udmabuf) took it as it came. Here it shows no other memory, nor
 * the region that was made next.
 */
TEST_F(mapping, fault_index_unchecked)
{
	const bool memory = is_anon(variant) && !is_shared(variant);
	char next[self->bytes], *map;
	int fd;

	fd = vt_create(variant->backing, variant->strategy, self->bytes, "next");
	ASSERT_LE(0, fd);
	memset(next, 0x99, self->bytes);
	ASSERT_EQ((ssize_t)self->bytes, pwrite(fd, next, self->bytes, 0));
	ASSERT_EQ(0, map_errno(self, variant, &map, self->page, self->bytes - self->page));
	map = mremap(map, self->page, self->bytes, MREMAP_MAYMOVE);
	if (is_special(variant)) {
		EXPECT_EQ(MAP_FAILED, map);
		EXPECT_EQ(EFAULT, errno);
		return;
	}
	ASSERT_NE(MAP_FAILED, map);
	for (int i = 1; i < NPAGES; i++) {
		EXPECT_EQ(memory ? 0 : -SIGBUS, vt_read(map + i * self->page));
		EXPECT_EQ(memory ? 0 : -SIGBUS, vt_write(map + i * self->page, 1));
	}
	ASSERT_EQ((ssize_t)self->bytes, pread(fd, next, self->bytes, 0));
	if (variant->backing != VMADEV_BACKING_NONE) {
		EXPECT_TRUE(next[0] == (char)0x99 && !memcmp(next, next + 1, self->bytes - 1));
	}
}

/*
 * CVE-2022-43750 (usbmon): what was mapped through a read-only descriptor could
 * be made writable.
 */
TEST_F(mapping, mprotect_makes_read_only_writable)
{
	struct vt_vma v;
	char *map;
	int fd;

	ASSERT_EQ(0, fill_region(self));
	fd = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);
	map = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, self->bytes, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(map + self->page, self->page, PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	ASSERT_EQ(0, vt_vma_at(map, &v));
	EXPECT_STREQ("r--s", v.perms);
	EXPECT_FALSE(vt_has_flag(map, "mw"));
	EXPECT_EQ(-SIGSEGV, vt_write(map, 1));
	if (!is_anon(variant)) {
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	}
}

/* Two processes in turn: a child stops itself when it is the parent's. */
static bool has_stopped(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status);
}

static bool goes_on_and_ends_well(pid_t pid)
{
	int status;

	return !kill(pid, SIGCONT) && waitpid(pid, &status, 0) == pid && !status;
}

/*
 *	parent	|AAAAAAA|	|AAAAAAA|  |A| |AAA|
 *	child	|AAAAAAA|	|A|  |AA|   -
 *
 * CVE-2025-38563 and CVE-2020-14351 (perf): a split, or a fork, made a mapping
 * that nobody had counted, and its end was counted.
 */
TEST_F(mapping, split_and_fork_counted)
{
	char *map = map_filled(self, variant);
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	pid = fork();
	if (!pid) {
		EXPECT_EQ(0, munmap(map + 2 * self->page, 3 * self->page));
		EXPECT_EQ(2, vt_vmas_in(map, self->bytes));
		raise(SIGSTOP);
		_exit(_metadata->exit_code);
	}
	ASSERT_TRUE(has_stopped(pid));
	EXPECT_EQ(1, vt_vmas_in(map, self->bytes));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	EXPECT_TRUE(counts_vmas(self, 3));
	EXPECT_TRUE(goes_on_and_ends_well(pid));
	EXPECT_TRUE(counts_vmas(self, 1));

	ASSERT_EQ(0, munmap(map + 2 * self->page, self->page));
	EXPECT_TRUE(counts_vmas(self, 2));
	EXPECT_TRUE(pages_are_filled(self, map, 0, 2));
	EXPECT_TRUE(pages_are_filled(self, map + 3 * self->page, 3, NPAGES));
	ASSERT_EQ(0, munmap(map, self->bytes));
	EXPECT_TRUE(counts_vmas(self, 0));
}

/*
 *	fd ----> region <--- mapping, mapping	close(fd), munmap: one is left
 *	other -/				and holds the region
 *
 * CVE-2024-0582 (io_uring), CVE-2026-98116 (ALSA): the pages went with the
 * object, though they were mapped.
 */
TEST_F(mapping, freed_while_mapped)
{
	char *map = map_region(self, variant), *gone = map_region(self, variant);
	char others[self->bytes];
	int fd = vt_reopen(self->fd, 0, variant->strategy);

	ASSERT_LE(0, fd);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, gone);
	EXPECT_EQ(0, vt_write(map, 0x31));
	EXPECT_EQ(0, vt_read(map + self->page));
	EXPECT_EQ(0, vt_read(gone + self->page));
	EXPECT_EQ(0, munmap(gone, self->bytes));
	EXPECT_EQ(0, close(self->fd));
	EXPECT_EQ(0, close(fd));

	/* Other regions would take the pages, had they been freed. */
	memset(others, 0xee, self->bytes);
	for (int i = 0; i < 16; i++) {
		fd = vt_create(variant->backing, variant->strategy, self->bytes, "other");
		ASSERT_LE(0, fd);
		EXPECT_EQ((ssize_t)self->bytes, pwrite(fd, others, self->bytes, 0));
	}
	EXPECT_EQ(0x31, vt_read(map));
	EXPECT_TRUE(vt_is_zero(map + 1, self->bytes - 1));
	/* Pages first touched now are the region's, too. */
	EXPECT_EQ(0, vt_write(map + self->bytes - 1, 0x32));
	EXPECT_EQ(0x32, vt_read(map + self->bytes - 1));
	EXPECT_EQ(0, munmap(map, self->bytes));
}

/*
 *	parent	|AAAAAAA|  ZAP
 *	child	|AAAAAAA|	.......	  its page 5 is not mapped any more
 *
 * CVE-2020-12888 (vfio): memory was taken away, and its mappings stayed. What a
 * process has copied is its own.
 */
TEST_F(mapping, revoke)
{
	char *map = map_filled(self, variant);
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	if (variant->backing == VMADEV_BACKING_NONE) {
		EXPECT_EQ(-1, vt_zap(self->fd, 0, self->bytes));
		EXPECT_EQ(EOPNOTSUPP, errno);
		return;
	}
	pid = fork();
	if (!pid) {
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
		EXPECT_TRUE(vt_is_mapped(self->fd, map + 4 * self->page));
		raise(SIGSTOP);
		EXPECT_FALSE(vt_is_mapped(self->fd, map + 4 * self->page));
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
		_exit(_metadata->exit_code);
	}
	ASSERT_TRUE(has_stopped(pid));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	EXPECT_TRUE(vt_is_mapped(self->fd, map + 4 * self->page));
	EXPECT_EQ(0, vt_zap(self->fd, 0, self->bytes));
	EXPECT_FALSE(vt_is_mapped(self->fd, map + 4 * self->page));
	EXPECT_TRUE(goes_on_and_ends_well(pid));
}

/*
 * CVE-2024-39497 (drm shmem): frame numbers behind a copy-on-write mapping. Even
 * one for reading alone, or for nothing, could be made writable later.
 */
TEST_F(mapping, cow_of_pfns)
{
	const int prots[] = { PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE };

	for (size_t i = 0; i < ARRAY_SIZE(prots); i++) {
		char *map = mmap(NULL, self->bytes, prots[i], MAP_PRIVATE, self->fd, 0);

		if (is_pfnmap(variant)) {
			EXPECT_EQ(MAP_FAILED, map);
			EXPECT_EQ(EINVAL, errno);
			EXPECT_TRUE(counts_vmas(self, 0));
		} else {
			EXPECT_NE(MAP_FAILED, map);
		}
	}
}

/*
 *	before   aaaaaaaaaaaaaaaa     anonymous
 *	after    aaaa33445566aaaa     pages 3 to 6 of the region in the middle
 *
 * CVE-2024-42259 (i915): entries were made past the end of the VMA.
 */
TEST_F(mapping, runs_past_the_vma)
{
	char *low = mmap(NULL, 12 * self->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *map = low + 4 * self->page, *high = map + 4 * self->page;

	ASSERT_NE(MAP_FAILED, low);
	ASSERT_EQ(0, fill_region(self));
	memset(low, 0x33, 12 * self->page);
	ASSERT_EQ(map, mmap(map, 4 * self->page, PROT_READ | PROT_WRITE,
			    variant->flags | MAP_FIXED, self->fd, 3 * self->page));
	if (is_anon(variant)) {
		EXPECT_TRUE(vt_is_zero(map, 4 * self->page));
	} else {
		EXPECT_TRUE(pages_are_filled(self, map, 3, 7));
	}
	memset(map, 0x44, 4 * self->page);
	for (size_t at = 0; at < 4 * self->page; at++) {
		ASSERT_EQ(0x33, low[at]);
		ASSERT_EQ(0x33, high[at]);
	}
	ASSERT_EQ(0, munmap(low, 12 * self->page));
	EXPECT_TRUE(counts_vmas(self, 0));
}

/*
 * The buffer is a mapping of the same bytes, not touched yet: the copy has to
 * fault it in without a lock that a fault takes. The kernel's hwrng slept for
 * ever ("hwrng: core - Fix page fault dead lock on mmap-ed hwrng").
 */
TEST_F(mapping, lock_inversion_with_fault)
{
	char *map = map_region(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill_region(self));
	ASSERT_EQ((ssize_t)self->bytes, pread(self->fd, map, self->bytes, 0));
	if (is_anon(variant)) {
		EXPECT_TRUE(vt_is_zero(map, self->bytes));
	} else {
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	}
	ASSERT_EQ(0, munmap(map, self->bytes));
	map = map_region(self, variant);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ((ssize_t)self->page, pwrite(self->fd, map + self->page, self->page, 0));
	if (!is_anon(variant)) {
		EXPECT_TRUE(page_is(self, map, 0, 2));
	}
}

TEST_HARNESS_MAIN

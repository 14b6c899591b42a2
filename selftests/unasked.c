// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel does with a mapping without asking the module: it maps the
 * VMA's file once more, opens it by /proc/PID/map_files, merges a new VMA with
 * its neighbour.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include "mapping.h"

/* Page @page of the mapping's object in place of the first page that it shows. */
static int remap_first(char *map, int page)
{
	return syscall(__NR_remap_file_pages, map, vt_page(), 0, page, 0);
}

/* No way to execute what is at @map: not its VMA, and no mprotect. */
static bool never_executable(char *map)
{
	return !vt_has_flag(map, "ex") && !vt_has_flag(map, "me") &&
	       mprotect(map, vt_page(), PROT_READ | PROT_EXEC) == -1 && errno == EACCES;
}

/*
 *	|ABCDEFGH|	remap_file_pages
 *	|FBCDEFGH|
 *
 * CVE-2024-47745 (mm): the call maps the VMA's file anew, past whoever said no to
 * PROT_EXEC at the first mmap.
 */
TEST_F(mapping, remap_file_pages_gives_no_exec)
{
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(never_executable(map));
	if (!is_shared(variant)) {
		EXPECT_EQ(-1, remap_first(map, 5));
		EXPECT_EQ(EINVAL, errno);
		return;
	}
	ASSERT_EQ(0, remap_first(map, 5));
	EXPECT_TRUE(page_is(self, map, 0, 6));
	EXPECT_TRUE(pages_are_filled(self, map + self->page, 1, NPAGES));
	EXPECT_TRUE(never_executable(map));
}

struct remap {
	const mapping *m;
	const mapping_kind *k;
};

static int remap_under_read_implies_exec(void *arg)
{
	const struct remap *r = arg;
	char *map;

	if (personality(READ_IMPLIES_EXEC) == -1)
		return 1;
	map = map_filled(r->m, r->k);
	if (map == MAP_FAILED || !never_executable(map))
		return 2;
	if (!is_shared(r->k))
		return 0;
	if (remap_first(map, 5) || !page_is(r->m, map, 0, 6))
		return 3;
	return never_executable(map) ? 0 : 4;
}

TEST_F(mapping, remap_file_pages_gives_no_exec_under_read_implies_exec)
{
	struct remap r = { self, variant };

	EXPECT_EQ(0, vt_in_child(remap_under_read_implies_exec, &r));
}

/*
 * Root opens the file of a VMA by its link. Through the link of a reader's
 * mapping, too, nobody gets more than the mapping has: no writing, no other
 * size or mode, no execution.
 */
TEST_F(mapping, map_files_opens_nothing_for_writing)
{
	const bool tmpfs = variant->strategy == VMADEV_STRATEGY_CACHE || is_anon(variant);
	char *map, *whole = map_filled(self, variant), link[80];
	struct vt_vma v;
	int ro, fd;

	ASSERT_NE(MAP_FAILED, whole);
	ro = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);
	ASSERT_LE(0, ro);
	map = mmap(NULL, self->bytes, PROT_READ, variant->flags, ro, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, vt_vma_at(map, &v));
	snprintf(link, sizeof(link), "/proc/self/map_files/%lx-%lx", v.start, v.end);

	EXPECT_EQ(-1, truncate(link, 0));
	EXPECT_EQ(tmpfs ? EROFS : EPERM, errno);
	EXPECT_EQ(-1, chmod(link, 0777));
	EXPECT_EQ(tmpfs ? EROFS : EPERM, errno);
	EXPECT_EQ(-1, open(link, O_RDWR | O_CLOEXEC));
	EXPECT_EQ(tmpfs ? EROFS : ENXIO, errno);
	EXPECT_EQ(-1, open(link, O_WRONLY | O_TRUNC | O_CLOEXEC));
	EXPECT_EQ(tmpfs ? EROFS : ENXIO, errno);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	if (!tmpfs) {
		EXPECT_EQ(-1, fd);
		EXPECT_EQ(ENXIO, errno);
	} else {
		ASSERT_LE(0, fd);
		EXPECT_EQ(-1, ftruncate(fd, 0));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_EXEC, MAP_PRIVATE,
					   fd, 0));
		EXPECT_EQ(EPERM, errno);
		close(fd);
	}
	EXPECT_TRUE(pages_are_filled(self, whole, 0, NPAGES));
}

/* The node, on a file system that is mounted noexec. */
FIXTURE(noexec) {
	int fd;
	size_t page;
	__u64 bytes;
};

FIXTURE_VARIANT(noexec) {
	__u32 strategy;
	int flags;
};

FIXTURE_VARIANT_ADD(noexec, page_shared) {
	.strategy = VMADEV_STRATEGY_PAGE,
	.flags = MAP_SHARED,
};

FIXTURE_VARIANT_ADD(noexec, page_private) {
	.strategy = VMADEV_STRATEGY_PAGE,
	.flags = MAP_PRIVATE,
};

FIXTURE_VARIANT_ADD(noexec, insert_shared) {
	.strategy = VMADEV_STRATEGY_INSERT,
	.flags = MAP_SHARED,
};

FIXTURE_VARIANT_ADD(noexec, pfn_shared) {
	.strategy = VMADEV_STRATEGY_PFN,
	.flags = MAP_SHARED,
};

#define NOEXEC_DIR "/tmp/vmadev-noexec"

FIXTURE_SETUP(noexec)
{
	struct vmadev_info info;
	struct stat node;

	self->page = vt_page();
	ASSERT_EQ(0, stat("/dev/vmadev", &node));
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_TRUE(!mkdir(NOEXEC_DIR, 0700) || errno == EEXIST);
	ASSERT_EQ(0, mount("none", NOEXEC_DIR, "tmpfs", MS_NOEXEC, NULL));
	ASSERT_EQ(0, mknod(NOEXEC_DIR "/node", S_IFCHR | 0600, node.st_rdev));
	self->fd = open(NOEXEC_DIR "/node", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vt_set_strategy(self->fd, variant->strategy));
	ASSERT_EQ(0, vt_info(self->fd, &info));
	self->bytes = info.bytes;
}

FIXTURE_TEARDOWN(noexec)
{
	close(self->fd);
	umount(NOEXEC_DIR);
	rmdir(NOEXEC_DIR);
}

/*
 *	region	|...AA|
 *	map	    |AA|	the last page
 *	map	       |??|	the page after it
 *
 * Where the kernel asks ->mmap it merges before it does, as soon as flags and file
 * agree, which they do once noexec has taken VM_MAYEXEC: the range check of the
 * fault is the one that holds.
 */
TEST_F(noexec, past_the_end_is_einval_or_merged_and_sigbus)
{
	const bool merges = variant->strategy == VMADEV_STRATEGY_PAGE && !vt_kernel_at_least(7, 0);
	char *map = mmap(NULL, 4 * self->page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *past = map + self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, munmap(map, 4 * self->page));
	ASSERT_EQ(map, mmap(map, self->page, PROT_READ | PROT_WRITE, variant->flags | MAP_FIXED,
			    self->fd, self->bytes - self->page));
	ASSERT_LE(0, vt_read(map));
	if (merges) {
		EXPECT_EQ(past, mmap(past, self->page, PROT_READ | PROT_WRITE,
				     variant->flags | MAP_FIXED, self->fd, self->bytes));
		EXPECT_EQ(1, vt_vmas_in(map, 2 * self->page));
		EXPECT_EQ(-SIGBUS, vt_read(past));
		EXPECT_EQ(-SIGBUS, vt_write(past, 1));
	} else {
		EXPECT_EQ(MAP_FAILED, mmap(past, self->page, PROT_READ | PROT_WRITE,
					   variant->flags | MAP_FIXED, self->fd, self->bytes));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(0, vt_vmas_in(past, self->page));
	}
	EXPECT_LE(0, vt_read(map));
	EXPECT_FALSE(vt_has_flag(map, "me"));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The drivers of module/examples: what must hold of any driver that has an mmap hook.
 * What their strategies promise beyond that is in examples_strategy.c.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>

#include "example.h"

/* The node is root's, since nothing asked for more. */
TEST_F(example, node_is_for_root_only)
{
	struct stat st;

	ASSERT_EQ(0, stat(variant->node, &st));
	EXPECT_EQ((mode_t)(S_IFCHR | 0600), st.st_mode);
}

#define DIRTY_BYTES	(128ul << 20)

/* So that what the kernel hands out next was written to. */
static int dirty_free_memory(void)
{
	void *p = mmap(NULL, DIRTY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED)
		return -1;
	memset(p, 0xd1, DIRTY_BYTES);
	return munmap(p, DIRTY_BYTES);
}

/* What the last owner of the memory wrote would show. */
TEST_F(example, memory_of_each_load_is_zeroed)
{
	char *map = map_all(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(vt_is_zero(map, self->bytes));
	ASSERT_EQ(0, fill_memory(self, 1));
	ASSERT_EQ(0, munmap(map, self->bytes));
	ASSERT_EQ(0, close(self->fd));
	ASSERT_EQ(0, vt_unload_beside(variant->module));
	ASSERT_EQ(0, dirty_free_memory());
	ASSERT_EQ(0, vt_load_beside(variant->module));
	self->fd = open(variant->node, O_RDWR | O_CLOEXEC);
	map = map_all(self, variant);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(vt_is_zero(map, self->bytes));
}

/* Shared: one memory, at two places. Private: it shows until it is written to. */
TEST_F(example, two_mappings_show_one_memory)
{
	char *map = map_filled(self, variant, 1);
	char *other = map_all(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, other);
	EXPECT_TRUE(is_filled(self, map, 1));
	if (is_anon(variant)) {
		EXPECT_TRUE(vt_is_zero(other, self->bytes));
		return;
	}
	EXPECT_TRUE(is_filled(self, other, 1));
	fill(self, map, 50);
	EXPECT_TRUE(is_filled(self, map, 50));
	EXPECT_TRUE(is_filled(self, other, is_shared(variant) ? 50 : 1));
}

TEST_F(example, offset_is_that_of_the_memory)
{
	struct vt_vma v;
	char *map;

	ASSERT_EQ(0, fill_memory(self, 1));
	map = map_at(self, variant, 0, 5 * self->page);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, vt_vma_at(map, &v));
	/* What a shared mapping of anon is one of begins with it. */
	EXPECT_EQ(is_anon(variant) && is_shared(variant) ? 0 : 5 * self->page, v.offset);
	if (is_anon(variant)) {
		EXPECT_TRUE(vt_is_zero(map, self->bytes - 5 * self->page));
		return;
	}
	for (int i = 5; i < NPAGES; i++)
		EXPECT_TRUE(page_is(self, map - 5 * self->page, i, 1));
}

struct side {
	const example *self;
	char *map;
};

static int child_reads_and_writes(void *arg)
{
	const struct side *s = arg;
	bool seen = is_filled(s->self, s->map, 1);

	fill(s->self, s->map, 50);
	return !(seen && is_filled(s->self, s->map, 50));
}

TEST_F(example, fork_shares_or_copies)
{
	struct side side = { self, map_filled(self, variant, 1) };

	ASSERT_NE(MAP_FAILED, side.map);
	EXPECT_EQ(0, vt_in_child(child_reads_and_writes, &side));
	EXPECT_TRUE(is_filled(self, side.map, is_shared(variant) ? 50 : 1));
}

/* errno of mapping @len bytes from @off at @at, or 0 */
static int map_errno(const example *e, const example_how *how, char *at, size_t len, size_t off)
{
	char *map = mmap(at, len, PROT_READ | PROT_WRITE, how->flags | MAP_FIXED_NOREPLACE, e->fd,
			 off);

	return map == MAP_FAILED ? errno : 0;
}

/*
 *	memory	0 |-------| NPAGES
 *	refused	      |-------|
 *	refused		  |-|		and offsets whose sum with the length overflows
 */
TEST_F(example, past_the_end_is_einval)
{
	const size_t page = self->page, bytes = self->bytes, far = -2 * page;
	char *hole = mmap(NULL, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, hole);
	ASSERT_EQ(0, munmap(hole, 2 * bytes));
	if (is_anon(variant)) {		/* has no end */
		EXPECT_EQ(0, map_errno(self, variant, hole, page, bytes));
		return;
	}
	EXPECT_EQ(EINVAL, map_errno(self, variant, hole, bytes + page, 0));
	EXPECT_EQ(EINVAL, map_errno(self, variant, hole, bytes, page));
	EXPECT_EQ(EINVAL, map_errno(self, variant, hole, page, bytes));
	EXPECT_EQ(EINVAL, map_errno(self, variant, hole, 2 * page, bytes - page));
	EXPECT_EQ(EINVAL, map_errno(self, variant, hole, page, far / 2 / page * page));
	EXPECT_EQ(EINVAL, map_errno(self, variant, hole, page, far));
	EXPECT_EQ(EOVERFLOW, map_errno(self, variant, hole, 4 * page, far));
	EXPECT_EQ(0, vt_vmas_in(hole, 2 * bytes));
	EXPECT_EQ(0, map_errno(self, variant, hole, bytes, 0));
	EXPECT_EQ(-SIGSEGV, vt_read(hole + bytes));
}

/* A mapping grows without the driver being asked, unless it said VM_DONTEXPAND. */
TEST_F(example, page_past_the_end_after_mremap_is_sigbus_or_refused)
{
	char *map = map_filled(self, variant, 1);
	char *grown;

	ASSERT_NE(MAP_FAILED, map);
	grown = mremap(map, self->bytes, self->bytes + self->page, MREMAP_MAYMOVE);
	if (is_special(variant)) {
		EXPECT_EQ(MAP_FAILED, grown);
		EXPECT_EQ(EFAULT, errno);
		return;
	}
	ASSERT_NE(MAP_FAILED, grown);
	EXPECT_TRUE(is_filled(self, grown, 1));
	EXPECT_EQ(is_anon(variant) && !is_shared(variant) ? 0 : -SIGBUS,
		  vt_read(grown + self->bytes));
}

static int make_dev_noexec(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -1;
	return mount(NULL, "/dev", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL);
}

/*
 *	memory	|AAAAAAA|
 *	mapped	|AAAAAAA|B|	where /dev is noexec, B may merge before anybody asks
 */
TEST_F(example, neighbour_past_the_end_is_no_memory_where_dev_is_noexec)
{
	char *map, *next;

	ASSERT_EQ(0, make_dev_noexec());
	self->fd = open(variant->node, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	map = mmap(NULL, 2 * self->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, munmap(map, 2 * self->bytes));
	next = map + self->bytes;
	ASSERT_EQ(0, map_errno(self, variant, map, self->bytes, 0));
	if (map_errno(self, variant, next, self->page, self->bytes)) {
		EXPECT_EQ(-SIGSEGV, vt_read(next));
	} else {
		EXPECT_EQ(is_anon(variant) ? 0 : -SIGBUS, vt_read(next));
	}
}

/*
 *	|AAAAAAA|
 *	|AA| |AA|	the middle unmapped
 */
TEST_F(example, munmap_of_the_middle_leaves_both_ends)
{
	char *map = map_filled(self, variant, 1);
	const size_t page = self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, munmap(map + 5 * page, 3 * page));
	EXPECT_EQ(2, vt_vmas_in(map, self->bytes));
	EXPECT_EQ(-SIGSEGV, vt_read(map + 5 * page));
	EXPECT_EQ(-SIGSEGV, vt_read(map + 8 * page - 1));
	for (int i = 0; i < NPAGES; i++)
		if (i < 5 || i >= 8)
			EXPECT_TRUE(page_is(self, map, i, 1));
	EXPECT_EQ(0, vt_write(map + 8 * page, 9));
	EXPECT_EQ(9, vt_read(map + 8 * page));
}

/*
 *	|AAAAAAA|
 *	|AArrrAA|	and back: one VMA again unless special
 */
TEST_F(example, mprotect_of_the_middle_splits)
{
	char *map = map_filled(self, variant, 1);
	char *middle = map + 5 * self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mprotect(middle, self->page, PROT_READ));
	EXPECT_EQ(3, vt_vmas_in(map, self->bytes));
	EXPECT_EQ(-SIGSEGV, vt_write(middle, 1));
	EXPECT_EQ(0, vt_write(middle + self->page, 1));
	EXPECT_TRUE(page_is(self, map, 5, 1));
	ASSERT_EQ(0, mprotect(middle, self->page, PROT_READ | PROT_WRITE));
	EXPECT_EQ(is_special(variant) ? 3 : 1, vt_vmas_in(map, self->bytes));
	EXPECT_EQ(0, vt_write(middle, 1));
}

/* Not by mmap, mprotect, remap_file_pages or the process's own memory as a file. */
TEST_F(example, read_only_descriptor_gives_nothing_writable)
{
	int fd = open(variant->node, O_RDONLY | O_CLOEXEC);
	const size_t page = self->page;
	char *map;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fill_memory(self, 1));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	EXPECT_EQ(EACCES, errno);
	map = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, page, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_FALSE(vt_has_flag(map, "mw"));
	EXPECT_EQ(-1, own_memory(map, "xyz", 3, true));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, remap_file_pages(map, page, 0, 1, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-SIGSEGV, vt_write(map, 1));
	if (is_anon(variant)) {
		EXPECT_TRUE(vt_is_zero(map, self->bytes));
	} else {
		EXPECT_TRUE(is_filled(self, map, 1));
	}
}

static bool any_executable(char *at, size_t len, size_t page)
{
	struct vt_vma v;

	for (size_t i = 0; i < len; i += page)
		if (!vt_vma_at(at + i, &v) && (v.perms[2] == 'x' || vt_has_flag(at + i, "me")))
			return true;
	return false;
}

/* Not by mprotect either, nor by remap_file_pages, which maps again what is mapped. */
TEST_F(example, executable_is_refused)
{
	const size_t page = self->page;
	char *map = map_all(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, page, PROT_READ | PROT_EXEC, variant->flags, self->fd, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, mprotect(map, page, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	remap_file_pages(map, page, 0, 1, 0);
	EXPECT_FALSE(any_executable(map, self->bytes, page));
	ASSERT_LE(0, personality(READ_IMPLIES_EXEC));
	remap_file_pages(map + 2 * page, page, 0, 3, 0);
	EXPECT_FALSE(any_executable(map, self->bytes, page));
	EXPECT_NE(0, mprotect(map, page, PROT_READ | PROT_EXEC));
}

/* Memory stays while it is open or mapped: the module does, or it is tmpfs's. */
TEST_F(example, memory_outlives_descriptor_and_rmmod)
{
	char *map = map_filled(self, variant, 1);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-EWOULDBLOCK, vt_unload_beside(variant->module));
	ASSERT_EQ(0, close(self->fd));
	EXPECT_EQ(is_shmem(variant) ? 0 : -EWOULDBLOCK, vt_unload_beside(variant->module));
	EXPECT_TRUE(is_filled(self, map, 1));
	fill(self, map, 50);
	EXPECT_TRUE(is_filled(self, map, 50));
	if (is_shmem(variant))
		EXPECT_EQ(0, vt_load_beside(variant->module));
	EXPECT_TRUE(is_filled(self, map, 50));
	ASSERT_EQ(0, munmap(map, self->bytes));
}

TEST_HARNESS_MAIN

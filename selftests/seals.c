// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Seals: what each forbids, and to whom. The rules are those of a memfd. seals_busy.c
 * tells when there can be none, race_seal.c what happens at the same time.
 */
#include "seals.h"

#include <signal.h>

#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define ALL	(VMADEV_SEAL_SEAL | VMADEV_SEAL_SHRINK | VMADEV_SEAL_GROW | VMADEV_SEAL_WRITE | \
		 VMADEV_SEAL_FUTURE_WRITE)

static int resize(const fixture *f, int pages)
{
	return ftruncate(f->fd, pages * f->page) ? errno : 0;
}

static int allocate(const fixture *f, int mode, int from, int pages)
{
	return fallocate(f->fd, mode, from * f->page, pages * f->page) ? errno : 0;
}

static bool abilities_tell(const fixture *f, bool can)
{
	struct vmadev_info info;

	return !vt_info(f->fd, &info) && can == !!(info.abilities & VMADEV_CAN_SEAL);
}

TEST_F(seals, only_a_region_made_for_it_can_be_sealed)
{
	struct vmadev_info info;
	int fd = vt_create(variant->backing, variant->strategy, self->bytes, "plain");

	ASSERT_LE(0, fd);
	EXPECT_EQ(VMADEV_SEAL_SEAL, (__u32)vt_get_seals(fd));
	for (__u32 bit = 0; bit < 5; bit++) {
		EXPECT_EQ(-1, vt_add_seals(fd, 1u << bit));
		EXPECT_EQ(EPERM, errno);
	}
	EXPECT_EQ(-1, vt_add_seals(fd, 0));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(0, vt_info(fd, &info));
	EXPECT_EQ(0u, info.abilities & VMADEV_CAN_SEAL);
	EXPECT_EQ(1, pwrite(fd, "x", 1, 0));
	close(fd);
	EXPECT_EQ(0, vt_get_seals(self->fd));
	EXPECT_TRUE(abilities_tell(self, true));
}

TEST(default_region_cannot_be_sealed)
{
	int node = vt_open(O_RDWR), fd = vt_reopen(node, 0, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(VMADEV_SEAL_SEAL, (__u32)vt_get_seals(node));
	EXPECT_EQ(-1, vt_add_seals(node, VMADEV_SEAL_WRITE));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, vt_add_seals(fd, VMADEV_SEAL_GROW));
	EXPECT_EQ(EPERM, errno);
	close(fd);
	close(node);
}

TEST_F(seals, are_added_and_bind_each_handle)
{
	int other = vt_reopen(self->fd, 0, variant->strategy);
	int reader = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);

	ASSERT_LE(0, other);
	ASSERT_LE(0, reader);
	EXPECT_EQ(-1, vt_add_seals(reader, VMADEV_SEAL_GROW));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(0, seal(self, VMADEV_SEAL_SHRINK));
	EXPECT_EQ(0, vt_add_seals(other, VMADEV_SEAL_GROW));
	EXPECT_EQ(0, seal(self, VMADEV_SEAL_GROW));
	EXPECT_EQ(EINVAL, seal(self, ALL + 1));
	EXPECT_EQ(EINVAL, seal(self, ~0u));
	EXPECT_EQ(VMADEV_SEAL_SHRINK | VMADEV_SEAL_GROW, (__u32)vt_get_seals(reader));
	EXPECT_EQ(0, seal(self, VMADEV_SEAL_SEAL | VMADEV_SEAL_WRITE));
	EXPECT_EQ(EPERM, seal(self, VMADEV_SEAL_SHRINK));
	EXPECT_EQ(ALL & ~VMADEV_SEAL_FUTURE_WRITE, (__u32)vt_get_seals(other));
	EXPECT_TRUE(abilities_tell(self, false));
	EXPECT_EQ(-1, pwrite(other, "x", 1, 0));
	EXPECT_EQ(EPERM, errno);
	close(other);
	close(reader);
	other = vt_reopen(self->fd, VMADEV_ACCESS_READ_WRITE, variant->strategy);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, RW, MAP_SHARED, other, 0));
	EXPECT_EQ(EPERM, errno);
	close(other);
	EXPECT_TRUE(unchanged(self));
}

TEST_F(seals, shrink_and_grow_keep_the_size)
{
	ASSERT_EQ(0, seal(self, VMADEV_SEAL_SHRINK));
	EXPECT_EQ(EPERM, resize(self, NPAGES - 1));
	EXPECT_EQ(EPERM, resize(self, 0));
	EXPECT_EQ(self->resizes ? 0 : EOPNOTSUPP, resize(self, NPAGES + 1));
	EXPECT_EQ(self->resizes ? EPERM : 0, resize(self, NPAGES));
	ASSERT_EQ(0, seal(self, VMADEV_SEAL_GROW));
	EXPECT_EQ(EPERM, resize(self, NPAGES + 2));
	EXPECT_EQ(EPERM, allocate(self, 0, NPAGES, 2));
	EXPECT_EQ(EPERM, allocate(self, FALLOC_FL_KEEP_SIZE, NPAGES, 2));
	EXPECT_EQ(EPERM, allocate(self, FALLOC_FL_ZERO_RANGE, NPAGES, 2));
	EXPECT_EQ(0, resize(self, NPAGES + self->resizes));
	EXPECT_EQ(0, allocate(self, 0, 0, NPAGES));
	EXPECT_EQ(0, put(self, 1, 0));
	EXPECT_EQ(0, allocate(self, PUNCH, 1, 1));
}

TEST_F(seals, grow_alone_lets_it_shrink)
{
	ASSERT_EQ(0, seal(self, VMADEV_SEAL_GROW));
	EXPECT_EQ(EPERM, resize(self, NPAGES + 1));
	EXPECT_EQ(self->resizes ? 0 : EOPNOTSUPP, resize(self, NPAGES - 1));
	EXPECT_EQ(self->resizes ? EPERM : 0, resize(self, NPAGES));
}

/* By a call, whatever it is. */
static void expect_no_write(struct __test_metadata *_metadata, const fixture *f)
{
	int ends[2];

	EXPECT_EQ(EPERM, put(f, 1, 0));
	EXPECT_EQ(EPERM, put(f, 1, f->bytes - 1));
	EXPECT_EQ(EPERM, put(f, 1, f->bytes));
	EXPECT_EQ(0, put(f, 0, 0));
	EXPECT_EQ(EPERM, allocate(f, PUNCH, 1, 2));
	EXPECT_EQ(EPERM, allocate(f, PUNCH, NPAGES, 2));
	EXPECT_EQ(EPERM, allocate(f, FALLOC_FL_ZERO_RANGE, 1, 2));
	EXPECT_EQ(0, allocate(f, 0, 0, NPAGES));
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(1, write(ends[1], "x", 1));
	EXPECT_EQ(-1, splice(ends[0], NULL, f->fd, &(loff_t){ 0 }, 1, 0));
	EXPECT_EQ(EPERM, errno);
	close(ends[0]);
	close(ends[1]);
	EXPECT_TRUE(unchanged(f));
}

/* A mapping anew: not to write to, nor made so, nor by whoever traces it. */
static void expect_no_writable_map(struct __test_metadata *_metadata, const fixture *f)
{
	char *p = map(f, PROT_READ, MAP_SHARED), *at;
	char byte = 'x';

	EXPECT_EQ(MAP_FAILED, map(f, RW, MAP_SHARED));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(MAP_FAILED, map(f, PROT_WRITE, MAP_SHARED_VALIDATE));
	EXPECT_EQ(EPERM, errno);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_TRUE(f->own ? vt_is_pattern(p, f->bytes, 1) : vt_is_zero(p, f->bytes));
	EXPECT_EQ(-1, mprotect(p, f->bytes, RW));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-SIGSEGV, vt_write(p, 1));
	EXPECT_GT(0, pwrite(f->mem, &byte, 1, (off_t)(unsigned long)p));
	EXPECT_EQ(-1, madvise(p, f->page, MADV_REMOVE));
	/* The kernel makes it anew, of the VMA's file: page 1 stands where page 0 was. */
	if (!remap_file_pages(p, f->page, 0, 1, 0)) {
		EXPECT_EQ(-1, mprotect(p, f->page, RW));
		EXPECT_EQ(-SIGSEGV, vt_write(p, 1));
	}
	at = mremap(p + f->page, f->page, f->page, MREMAP_MAYMOVE | MREMAP_FIXED, p);
	EXPECT_EQ(p, at);
	EXPECT_EQ(-1, mprotect(at, f->page, RW));
	munmap(p, f->bytes);
	EXPECT_TRUE(unchanged(f));
}

TEST_F(seals, write_stops_all_writes)
{
	ASSERT_EQ(0, seal(self, VMADEV_SEAL_WRITE));
	expect_no_write(_metadata, self);
	expect_no_writable_map(_metadata, self);
}

TEST_F(seals, future_write_stops_all_but_mappings)
{
	ASSERT_EQ(0, seal(self, VMADEV_SEAL_FUTURE_WRITE));
	expect_no_write(_metadata, self);
	expect_no_writable_map(_metadata, self);
	EXPECT_EQ(0, seal(self, VMADEV_SEAL_WRITE));
	expect_no_write(_metadata, self);
	expect_no_writable_map(_metadata, self);
}

TEST_F(seals, private_mappings_are_as_before)
{
	char *before, *after;

	if (!variant->private_ok)
		return;
	before = map(self, RW, MAP_PRIVATE);
	ASSERT_NE(MAP_FAILED, before);
	EXPECT_EQ(0, vt_write(before, 'b'));
	ASSERT_EQ(0, seal(self, VMADEV_SEAL_WRITE));
	after = map(self, RW, MAP_PRIVATE);
	ASSERT_NE(MAP_FAILED, after);
	EXPECT_EQ(0, vt_write(before + self->page, 'c'));
	EXPECT_EQ(0, vt_write(after, 'd'));
	EXPECT_EQ('b', vt_read(before));
	EXPECT_EQ('d', vt_read(after));
	EXPECT_TRUE(unchanged(self));
}

static int writes_in_child(void *arg)
{
	return vt_write(arg, 'f');
}

/* |WWWWWWWW| split, moved and inherited, it can be written to, until it goes */
TEST_F(seals, future_write_leaves_a_mapping_writable)
{
	char *p = map(self, RW, MAP_SHARED), *at, byte = 0;

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, seal(self, VMADEV_SEAL_FUTURE_WRITE));
	EXPECT_EQ(0, vt_write(p, 'm'));
	EXPECT_EQ(1, pread(self->fd, &byte, 1, 0));
	EXPECT_EQ(self->own ? 'm' : 0, byte);
	EXPECT_EQ(0, mprotect(p + self->page, self->page, PROT_READ));
	EXPECT_EQ(0, mprotect(p + self->page, self->page, RW));
	EXPECT_EQ(0, munmap(p + 2 * self->page, self->page));
	at = mremap(p + 3 * self->page, self->page, self->page, MREMAP_MAYMOVE | MREMAP_FIXED,
		    p + 2 * self->page);
	EXPECT_EQ(p + 2 * self->page, at);
	EXPECT_EQ(0, vt_write(at, 'n'));
	EXPECT_EQ(0, vt_in_child(writes_in_child, p));
	EXPECT_EQ('f', vt_read(p));
	EXPECT_EQ(EPERM, put(self, 1, 0));
	if (self->own) {
		EXPECT_EQ(-1, madvise(p, self->page, MADV_REMOVE));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(EBUSY, seal(self, VMADEV_SEAL_WRITE));
	}
	EXPECT_EQ(0, munmap(p, self->bytes));
	EXPECT_EQ(0, seal(self, VMADEV_SEAL_WRITE));
}

/* To append to a mapping that writes is to map anew. */
TEST_F(seals, future_write_gives_no_neighbour_of_a_mapping)
{
	char *p = mmap(NULL, self->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(p, mmap(p, self->page, RW, MAP_SHARED | MAP_FIXED, self->fd, 0));
	EXPECT_EQ(0, vt_write(p, 'a'));
	ASSERT_EQ(0, seal(self, VMADEV_SEAL_FUTURE_WRITE));
	EXPECT_EQ(MAP_FAILED, mmap(p + self->page, self->page, RW, MAP_SHARED | MAP_FIXED,
				   self->fd, self->page));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(p + self->page, mmap(p + self->page, self->page, PROT_READ,
				       MAP_SHARED | MAP_FIXED, self->fd, self->page));
	EXPECT_EQ(-1, mprotect(p + self->page, self->page, RW));
	EXPECT_EQ(-SIGSEGV, vt_write(p + self->page, 'b'));
	EXPECT_EQ(0, vt_write(p, 'c'));
}

/* A hole is read, filled and mapped as zeros, as before. */
TEST_F(seals, holes_of_what_is_sealed_are_zeros)
{
	char *p, byte = 1;

	ASSERT_EQ(0, allocate(self, PUNCH, 2, 3));
	ASSERT_EQ(0, seal(self, VMADEV_SEAL_WRITE));
	p = map(self, PROT_READ, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, vt_read(p + 2 * self->page));
	EXPECT_EQ(1, pread(self->fd, &byte, 1, 3 * self->page));
	EXPECT_EQ(0, byte);
	EXPECT_EQ(0, allocate(self, 0, 0, NPAGES));
	EXPECT_EQ(0, vt_read(p + 4 * self->page));
	EXPECT_EQ(self->own ? vt_read(self->buf) : 0, vt_read(p));
}

/* What is cut off is gone, sealed or not, as of a memfd. */
TEST_F(seals, write_does_not_keep_the_size)
{
	ASSERT_EQ(0, seal(self, VMADEV_SEAL_WRITE));
	EXPECT_EQ(self->resizes ? 0 : EOPNOTSUPP, resize(self, NPAGES - 1));
	EXPECT_EQ(self->resizes ? 0 : EOPNOTSUPP, resize(self, NPAGES + 1));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMADEV_IOC_EXPORT: a dma-buf of some pages of a region, as its descriptor shows it.
 * What drivers do with one is in import.c; what becomes of it when the region is revoked, in
 * export_revoke.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer.h"

TEST_F(buffer, mapping_is_one_of_the_region)
{
	struct vt_vma v;

	EXPECT_TRUE(is_filled(self, self->map));
	vt_pattern(self->map + self->page, self->page, 77);
	EXPECT_TRUE(page_is(self, FIRST + 1, 77));
	ASSERT_TRUE(write_page(self, FIRST + 2, 78));
	EXPECT_TRUE(vt_is_pattern(self->map + 2 * self->page, self->page, 78));

	ASSERT_EQ(0, vt_vma_at(self->map, &v));
	EXPECT_STREQ("/vmadev:mine (deleted)", v.name);
	EXPECT_EQ(FIRST * self->page, (ssize_t)v.offset);
	EXPECT_STREQ("rw-s", v.perms);
}

TEST_F(buffer, part_of_it_can_be_mapped)
{
	char *map = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->buffer, 3 * self->page);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(vt_is_pattern(map, self->page, FIRST + 3 + 1));
	munmap(map, self->page);
	EXPECT_EQ(self->bytes, lseek(self->buffer, 0, SEEK_END));
}

/* The mapping's file is of the whole region; what makes more of it is refused. */
TEST_F(buffer, nothing_outside_is_reached)
{
	const off_t outside[] = { 0, FIRST - 1, FIRST + COUNT, NPAGES };
	char *map;

	for (int i = 0; i <= COUNT; i++) {
		map = mmap(NULL, (COUNT - i + 1) * self->page, PROT_READ, MAP_SHARED,
			   self->buffer, i * self->page);
		EXPECT_EQ(MAP_FAILED, map);
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(MAP_FAILED, mremap(self->map, self->bytes, self->bytes + self->page,
				     MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
		map = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->buffer, 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(-1, remap_file_pages(map, self->page, 0, outside[i], 0));
		EXPECT_EQ(EINVAL, errno);
		munmap(map, self->page);
	}
	map = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->buffer, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, remap_file_pages(map, self->page, 0, FIRST + 3, 0));
	EXPECT_TRUE(vt_is_pattern(map, self->page, FIRST + 3 + 1));
	EXPECT_EQ(MAP_FAILED, mremap(map, self->page, 2 * self->page, MREMAP_MAYMOVE));
	munmap(map, self->page);
	EXPECT_TRUE(is_filled(self, self->map));
}

TEST_F(buffer, zap_reaches_the_mapping)
{
	EXPECT_TRUE(is_filled(self, self->map));
	ASSERT_EQ(0, vt_zap(self->region, (FIRST + 1) * self->page, self->page));
	if (!vt_has_flag(self->map, "pf")) {
		EXPECT_TRUE(vt_is_mapped(self->region, self->map));
		EXPECT_FALSE(vt_is_mapped(self->region, self->map + self->page));
	} else {
		struct vmadev_stats before, after;

		ASSERT_EQ(0, vt_stats(self->region, VMADEV_SCOPE_REGION, &before));
		EXPECT_LE(0, vt_read(self->map + self->page));
		ASSERT_EQ(0, vt_stats(self->region, VMADEV_SCOPE_REGION, &after));
		EXPECT_EQ(before.faults_read + 1, after.faults_read);
	}
	EXPECT_TRUE(is_filled(self, self->map));
}

/*
 *	|AAAA	 |	EBUSY: a page of the buffer would go
 *	|A....AAA|	EBUSY, and nothing is done
 */
TEST_F(buffer, pages_stay_as_long_as_it_does)
{
	bool goes = variant->backing == VMADEV_BACKING_PAGES;
	const int busy = goes ? EBUSY : 0, cut = goes ? EBUSY : EOPNOTSUPP;
	int other = vt_export(self->region, VMADEV_ACCESS_READ, 0, FIRST * self->page, self->page);

	ASSERT_LE(0, other);
	EXPECT_EQ(-1, ftruncate(self->region, 0));
	EXPECT_EQ(cut, errno);
	EXPECT_EQ(-1, ftruncate(self->region, (FIRST + COUNT - 1) * self->page));
	EXPECT_EQ(cut, errno);
	if (goes) {
		EXPECT_EQ(EBUSY, punch(self, self->page - 1, self->bytes));
		EXPECT_TRUE(page_is(self, 0, 1));
		EXPECT_EQ(EBUSY, punch(self, (FIRST + COUNT - 1) * self->page, 3 * self->page));
		EXPECT_TRUE(page_is(self, FIRST + COUNT, FIRST + COUNT + 1));
		/* Its neighbours may go, and the region may grow, for which its pages move. */
		EXPECT_EQ(0, ftruncate(self->region, 100 * self->page));
		EXPECT_EQ(0, ftruncate(self->region, (FIRST + COUNT) * self->page));
		EXPECT_EQ(0, punch(self, 0, FIRST * self->page));
	}
	EXPECT_TRUE(is_filled(self, self->map));
	/* Bytes become zeros where they are. */
	EXPECT_EQ(0, fallocate(self->region, FALLOC_FL_ZERO_RANGE, FIRST * self->page, self->page));
	EXPECT_EQ(0, punch(self, (FIRST + 1) * self->page, 10));
	EXPECT_TRUE(vt_is_zero(self->map, self->page + 10));

	close(self->buffer);
	EXPECT_EQ(busy, punch(self, FIRST * self->page, self->page));
	EXPECT_EQ(0, punch(self, (FIRST + 1) * self->page, self->page));
	close(other);
	self->buffer = -1;
	EXPECT_EQ(0, punch(self, FIRST * self->page, self->page));
	EXPECT_EQ(goes ? 0 : -1, ftruncate(self->region, self->page));
	EXPECT_EQ(goes ? -SIGBUS : 0, vt_read(self->map));
}

/* Neither a descriptor nor a mapping of the region is left; then a mapping alone. */
TEST_F(buffer, bytes_outlive_the_region_s_descriptors)
{
	int dev = vt_open(O_RDWR);
	__u64 room = vt_room(dev), all = NPAGES * self->page;

	close(dev);
	munmap(self->map, self->bytes);
	close(self->region);
	EXPECT_EQ(-EWOULDBLOCK, vt_unload());
	dev = vt_open(O_RDWR);
	EXPECT_EQ(room, vt_room(dev));
	self->map = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->buffer, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	close(self->buffer);
	EXPECT_TRUE(is_filled(self, self->map));
	EXPECT_EQ(room, vt_room(dev));
	munmap(self->map, self->bytes);
	EXPECT_EQ(room + all, vt_room(dev));
	close(dev);
	self->region = -1;
	self->buffer = -1;
}

TEST_F(buffer, reader_s_buffer_is_not_written)
{
	int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	int reader = vt_export(self->region, VMADEV_ACCESS_READ, variant->strategy,
			       FIRST * self->page, self->bytes);
	char *map;

	ASSERT_LE(0, memory);
	ASSERT_LE(0, reader);
	EXPECT_EQ(O_RDONLY, fcntl(reader, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(FD_CLOEXEC, fcntl(reader, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(self->buffer, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->buffer, F_GETFD));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
				   reader, 0));
	EXPECT_EQ(EACCES, errno);
	map = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, reader, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(is_filled(self, map));
	EXPECT_EQ(-1, mprotect(map, self->bytes, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, pwrite(memory, "x", 1, (uintptr_t)map));
	munmap(map, self->bytes);

	/* What a private mapping is written is its own. */
	map = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0);
	if (variant->private_ok) {
		ASSERT_NE(MAP_FAILED, map);
		vt_pattern(map, self->page, 99);
		munmap(map, self->bytes);
	} else {
		EXPECT_EQ(MAP_FAILED, map);
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_TRUE(is_filled(self, self->map));
	close(reader);
	close(memory);
}

TEST_F(buffer, executes_nothing)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->bytes, PROT_READ | PROT_EXEC, MAP_SHARED,
				   self->buffer, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, mprotect(self->map, self->bytes, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
}

static int write_in_child(void *map)
{
	vt_pattern(map, vt_page(), 55);
	return 0;
}

TEST_F(buffer, child_has_it_too)
{
	EXPECT_EQ(0, vt_in_child(write_in_child, self->map));
	EXPECT_TRUE(page_is(self, FIRST, 55));
	EXPECT_TRUE(vt_is_pattern(self->map, self->page, 55));
}

TEST_F(buffer, sync_is_there_for_the_cpu)
{
	const __u64 ways[] = { DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct dma_buf_sync begin = { DMA_BUF_SYNC_START | ways[i] };
		struct dma_buf_sync end = { DMA_BUF_SYNC_END | ways[i] };

		EXPECT_EQ(0, ioctl(self->buffer, DMA_BUF_IOCTL_SYNC, &begin));
		EXPECT_TRUE(is_filled(self, self->map));
		EXPECT_EQ(0, ioctl(self->buffer, DMA_BUF_IOCTL_SYNC, &end));
	}
}

/* A call that fails holds nothing and leaves no descriptor. */
TEST_F(buffer, range_is_whole_pages_inside)
{
	const __u64 page = self->page, ranges[][2] = {
		{ 0, 0 }, { 1, page }, { 0, 1 }, { 0, page + 1 }, { page / 2, page / 2 },
		{ 0, (NPAGES + 1) * page }, { NPAGES * page, page },
		{ (NPAGES - 1) * page, 2 * page },
		{ -page, page }, { -page, 2 * page }, { page, -page }, { 0, -page },
		{ 1ull << 63, 1ull << 63 }, { 1ull << 44, page },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		EXPECT_EQ(-1, vt_export(self->region, 0, 0, ranges[i][0], ranges[i][1]));
		EXPECT_EQ(EINVAL, errno) {
			TH_LOG("%#llx bytes at %#llx", ranges[i][1], ranges[i][0]);
		}
	}
	EXPECT_EQ(0, punch(self, 0, self->page));
	EXPECT_EQ(0, punch(self, (NPAGES - 1) * self->page, self->page));
}

/* As OPEN, and it has to be a writer: what it exports stays as long as somebody likes. */
TEST_F(buffer, descriptor_gives_no_more_than_it_has)
{
	const __u32 all[] = { 0, VMADEV_ACCESS_READ, VMADEV_ACCESS_READ_WRITE };
	int reader = vt_reopen(self->region, VMADEV_ACCESS_READ, variant->strategy);
	int node = vt_open(O_WRONLY);

	ASSERT_LE(0, reader);
	ASSERT_LE(0, node);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		EXPECT_EQ(-1, vt_export(reader, all[i], 0, 0, self->page));
		EXPECT_EQ(EBADF, errno);
		EXPECT_EQ(-1, vt_export(node, all[i], 0, 0, self->page));
		EXPECT_EQ(EACCES, errno);
	}
	close(node);
	close(reader);
}

/* Who may write is not given one that nobody may write any more; who has one is a writer. */
TEST(seals_are_kept)
{
	ssize_t page = vt_page();
	int fd = vt_create_flags(VMADEV_BACKING_PAGES, 0, page, "sealed",
				 VMADEV_CREATE_ALLOW_SEALING);
	int buffer, reader;

	VT_NEEDS_EXPORT();
	ASSERT_LE(0, fd);
	buffer = vt_export(fd, 0, 0, 0, page);
	ASSERT_LE(0, buffer);
	EXPECT_EQ(-1, vt_add_seals(fd, VMADEV_SEAL_WRITE));
	EXPECT_EQ(EBUSY, errno);
	close(buffer);
	ASSERT_EQ(0, vt_add_seals(fd, VMADEV_SEAL_WRITE));
	EXPECT_EQ(-1, vt_export(fd, VMADEV_ACCESS_READ_WRITE, 0, 0, page));
	EXPECT_EQ(EPERM, errno);
	reader = vt_export(fd, VMADEV_ACCESS_READ, 0, 0, page);
	EXPECT_LE(0, reader);
	close(reader);
	close(fd);
}

/* Holes of the range get memory, which is the region's as well. */
TEST(buffer_of_holes_has_memory)
{
	ssize_t page = vt_page();
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, NPAGES * page, "holes"), buffer;
	char *map, bytes[page];

	VT_NEEDS_EXPORT();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fallocate(fd, PUNCH, 0, NPAGES * page));
	buffer = vt_export(fd, 0, 0, FIRST * page, COUNT * page);
	ASSERT_LE(0, buffer);
	EXPECT_EQ(FIRST * page, lseek(fd, 0, SEEK_DATA));
	EXPECT_EQ((FIRST + COUNT) * page, lseek(fd, FIRST * page, SEEK_HOLE));
	map = mmap(NULL, COUNT * page, PROT_READ | PROT_WRITE, MAP_SHARED, buffer, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(vt_is_zero(map, COUNT * page));
	vt_pattern(map, page, 5);
	ASSERT_EQ(page, pread(fd, bytes, page, FIRST * page));
	EXPECT_TRUE(vt_is_pattern(bytes, page, 5));
	munmap(map, COUNT * page);
	close(buffer);
	close(fd);
}

static int refusal_of(__u32 backing, __u32 strategy)
{
	int fd = vt_create(backing, 0, vt_page(), "refused");
	int err = vt_export(fd, 0, strategy, 0, vt_page()) < 0 ? errno : 0;

	close(fd);
	return err;
}

/* Page cache moves its pages, and none has none. A kernel without dma-bufs refuses all. */
TEST(what_cannot_be_exported_is_refused)
{
	const struct {
		__u32 backing, strategy;
		bool by_all;
	} tries[] = {
		{ VMADEV_BACKING_SHMEM, 0, true }, { VMADEV_BACKING_NONE, 0, true },
		{ VMADEV_BACKING_MEDIA, 0, true },
		{ VMADEV_BACKING_PAGES, VMADEV_STRATEGY_CACHE, true },
		{ VMADEV_BACKING_PAGES, VMADEV_STRATEGY_REMAP, true },
		{ VMADEV_BACKING_PAGES, 0, false }, { VMADEV_BACKING_CONTIG, 0, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
		EXPECT_EQ(tries[i].by_all || !vt_has_export() ? EOPNOTSUPP : 0,
			  refusal_of(tries[i].backing, tries[i].strategy));
}

TEST(default_region_is_exported_too)
{
	int node = vt_open(O_RDWR), buffer = vt_export(node, 0, 0, vt_page(), vt_page());
	char *map, was[8], is[8];

	VT_NEEDS_EXPORT();
	ASSERT_LE(0, buffer);
	map = mmap(NULL, vt_page(), PROT_READ | PROT_WRITE, MAP_SHARED, buffer, 0);
	ASSERT_NE(MAP_FAILED, map);
	memcpy(was, map, sizeof(was));
	map[0] ^= 1;
	ASSERT_EQ((ssize_t)sizeof(is), pread(node, is, sizeof(is), vt_page()));
	EXPECT_EQ(0, memcmp(map, is, sizeof(is)));
	map[0] ^= 1;
	EXPECT_EQ(0, memcmp(map, was, sizeof(was)));
	munmap(map, vt_page());
	close(buffer);
	close(node);
}

TEST_HARNESS_MAIN

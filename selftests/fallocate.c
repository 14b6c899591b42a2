// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fallocate with mode 0: there is memory for all bytes, and none of them changes. A
 * file without it would have glibc write a byte of each block back as it was read, over
 * what others stored meanwhile. punch.c has the other modes.
 */
#include "vmadev_test.h"
#include "mode.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGES	256

FIXTURE(fallocate) {
	ssize_t page, size;
	int fd;
	char *buf;
};

FIXTURE_VARIANT(fallocate) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(fallocate);

FIXTURE_SETUP(fallocate)
{
	self->page = vt_page();
	self->size = PAGES * self->page;
	CREATE_MODE(self->size, "fallocate");
	self->buf = malloc(self->size);
	ASSERT_NE(NULL, self->buf);
	vt_pattern(self->buf, self->size, 1);
	ASSERT_EQ(self->size, pwrite(self->fd, self->buf, self->size, 0));
}

FIXTURE_TEARDOWN(fallocate)
{
	free(self->buf);
	close(self->fd);
}

/* 0 or errno */
static int allocate(int fd, int mode, off_t off, off_t len)
{
	return fallocate(fd, mode, off, len) ? errno : 0;
}

/* The bytes as they were written, and the size. */
static void unchanged(struct __test_metadata *_metadata, int fd, char *buf, ssize_t size,
		      __u32 backing)
{
	struct stat st;

	ASSERT_EQ(size, pread(fd, buf, size, 0));
	EXPECT_TRUE(backing == VMADEV_BACKING_NONE ? vt_is_zero(buf, size) :
		    vt_is_pattern(buf, size, 1));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(size, st.st_size);
	EXPECT_EQ(size, lseek(fd, 0, SEEK_END));
}

#define UNCHANGED() unchanged(_metadata, self->fd, self->buf, self->size, variant->backing)

TEST_F(fallocate, inside_succeeds_and_changes_nothing)
{
	EXPECT_EQ(0, allocate(self->fd, 0, 0, self->size));
	EXPECT_EQ(0, allocate(self->fd, 0, 0, 1));
	EXPECT_EQ(0, allocate(self->fd, 0, 1, self->page));
	EXPECT_EQ(0, allocate(self->fd, 0, self->size - 1, 1));
	EXPECT_EQ(0, posix_fallocate(self->fd, 0, self->size));
	UNCHANGED();
}

/*
 *	region  ------------------|
 *	                      [---|---]	  nothing of it is there afterwards
 */
TEST_F(fallocate, past_the_end_is_enospc_where_it_shall_not_grow)
{
	const int keep = FALLOC_FL_KEEP_SIZE;

	EXPECT_EQ(ENOSPC, allocate(self->fd, keep, 0, self->size + 1));
	EXPECT_EQ(ENOSPC, allocate(self->fd, keep, self->size - 1, 2));
	EXPECT_EQ(ENOSPC, allocate(self->fd, keep, self->size, 1));
	EXPECT_EQ(ENOSPC, allocate(self->fd, keep, (off_t)1 << 40, self->page));
	EXPECT_EQ(0, allocate(self->fd, keep, 0, self->size));
	UNCHANGED();
}

TEST_F(fallocate, bad_ranges_are_einval_and_efbig)
{
	const off_t most = ((__u64)1 << 63) - 1;

	EXPECT_EQ(EINVAL, allocate(self->fd, 0, 0, 0));
	EXPECT_EQ(EINVAL, allocate(self->fd, 0, self->size, 0));
	EXPECT_EQ(EINVAL, allocate(self->fd, 0, -1, self->page));
	EXPECT_EQ(EINVAL, allocate(self->fd, 0, 0, -1));
	EXPECT_EQ(EFBIG, allocate(self->fd, 0, most, 1));
	EXPECT_EQ(EFBIG, allocate(self->fd, 0, 1, most));
	UNCHANGED();
}

TEST_F(fallocate, needs_a_descriptor_that_writes)
{
	int reader = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);

	ASSERT_LE(0, reader);
	EXPECT_EQ(EBADF, allocate(reader, 0, 0, self->page));
	EXPECT_EQ(EBADF, posix_fallocate(reader, 0, self->page));
	close(reader);
}

struct writer {
	volatile char *map;
	size_t page;
	volatile int round;
};

/* A store into each page, every round another. */
static void *store(void *arg)
{
	struct writer *w = arg;

	for (int i = 0; i < PAGES; i++)
		w->map[(i + 1) * w->page - 1] = w->round;
	return NULL;
}

TEST_F(fallocate, loses_no_store_of_another_thread)
{
	struct writer w = { .page = self->page };
	pthread_t thread;

	w.map = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, w.map);
	for (w.round = 1; w.round <= 20; w.round++) {
		ASSERT_EQ(0, pthread_create(&thread, NULL, store, &w));
		EXPECT_EQ(0, posix_fallocate(self->fd, 0, self->size));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		for (int i = 0; i < PAGES; i++)
			ASSERT_EQ(w.round, w.map[(i + 1) * self->page - 1]);
	}
}

/* Of the default region nothing grows, shrinks, moves or is punched out. */
TEST(default_region_keeps_its_bytes_and_its_size)
{
	const int modes[] = {
		FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE,
		FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
	};
	int node = vt_open(O_RDWR), fd = vt_reopen(node, 0, 0);
	struct vmadev_info info;
	char byte = 0;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &info));
	ASSERT_EQ(1, pwrite(fd, "x", 1, 0));
	EXPECT_EQ(0, allocate(fd, 0, 0, info.bytes));
	EXPECT_EQ(ENOSPC, allocate(fd, 0, 0, info.bytes + 1));
	EXPECT_EQ(ENOSPC, allocate(fd, 0, info.bytes, 1));
	EXPECT_EQ(ENOSPC, posix_fallocate(fd, 0, 2 * info.bytes));
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		EXPECT_EQ(EOPNOTSUPP, allocate(fd, modes[i], 0, vt_page()));
		EXPECT_EQ(EOPNOTSUPP, allocate(fd, modes[i], info.bytes, vt_page()));
	}
	EXPECT_EQ(0, lseek(fd, 0, SEEK_DATA));
	EXPECT_EQ((off_t)info.bytes, lseek(fd, 0, SEEK_HOLE));
	EXPECT_EQ((off_t)info.bytes, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(1, pread(fd, &byte, 1, 0));
	EXPECT_EQ('x', byte);
	EXPECT_EQ(1, pwrite(fd, "", 1, 0));
	close(fd);
	close(node);
}

/* The kernel does not ask a character device; nor does glibc then write to it. */
TEST(node_is_enodev)
{
	char before[64], after[64];
	int fd = vt_open(O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ((ssize_t)sizeof(before), pread(fd, before, sizeof(before), 0));
	EXPECT_EQ(ENODEV, allocate(fd, 0, 0, vt_page()));
	EXPECT_EQ(ENODEV, posix_fallocate(fd, 0, vt_page()));
	ASSERT_EQ((ssize_t)sizeof(after), pread(fd, after, sizeof(after), 0));
	EXPECT_EQ(0, memcmp(before, after, sizeof(before)));
	close(fd);
}

TEST_HARNESS_MAIN

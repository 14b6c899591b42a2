// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regions larger than 2 and 4 GiB: every call sees the same bytes at every
 * offset. Built twice: large_32 is the same source for a 32-bit caller. Only
 * regions that take no memory before an access can be that large here; the
 * others are asked at offsets that are past their end, which is all they may say.
 */
#include "vmadev_test.h"
#include "mode.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define GIB	((off_t)1 << 30)
#define BYTES	(4 * GIB + (1 << 20))

/* Where something is to be done, and with how many bytes: odd ones across a limit. */
static const struct range {
	off_t at;
	ssize_t n;
} ranges[] = {
	{ 2 * GIB - 4096, 4096 },
	{ 2 * GIB - 5, 11 },
	{ 2 * GIB - 1, 1 },
	{ 2 * GIB, 8 },
	{ 3 * GIB + 123, 4000 },
	{ 4 * GIB - 3, 7 },
	{ 4 * GIB, 9 },
	{ BYTES - 8, 8 },
};

FIXTURE(large) {
	int fd;
	char out[4096], in[4096];
};

FIXTURE_VARIANT(large) {
	__u32 backing;
	bool opened;	/* by VMADEV_IOC_OPEN */
};

#define LARGE(name, b, o) \
	FIXTURE_VARIANT_ADD(large, name) { .backing = VMADEV_BACKING_##b, .opened = o }

LARGE(shmem_created, SHMEM, false);
LARGE(shmem_opened, SHMEM, true);
LARGE(none_created, NONE, false);
LARGE(none_opened, NONE, true);

static int create(__u64 bytes, __u32 backing)
{
	struct vmadev_create c = { .bytes = bytes, .backing = backing };
	int dev = vt_open(O_RDWR);
	int fd = vt_create_raw(dev, &c);

	close(dev);
	return fd;
}

FIXTURE_SETUP(large)
{
	int fd = create(BYTES, variant->backing);

	ASSERT_LE(0, fd);
	self->fd = fd;
	if (variant->opened) {
		self->fd = vt_reopen(fd, 0, 0);
		ASSERT_LE(0, self->fd);
		close(fd);
	}
}

FIXTURE_TEARDOWN(large)
{
	close(self->fd);
}

#define RANGES_END	(ranges + ARRAY_SIZE(ranges))

/* The pattern, or zeros where writes vanish. */
static bool is_there(__u32 backing, const void *p, size_t n, unsigned int seed)
{
	return backing == VMADEV_BACKING_NONE ? vt_is_zero(p, n) : vt_is_pattern(p, n, seed);
}

/* What @call put there. */
static void shows(struct __test_metadata *_metadata, int fd, __u32 backing, const struct range *r,
		  unsigned int seed, const char *call)
{
	char bytes[4096];

	EXPECT_EQ(r->n, pread(fd, bytes, r->n, r->at));
	EXPECT_TRUE(is_there(backing, bytes, r->n, seed)) {
		TH_LOG("%s at %#llx", call, (unsigned long long)r->at);
	}
}

#define SHOWS(r, seed, call) shows(_metadata, self->fd, variant->backing, r, seed, call)

TEST_F(large, pwrite_and_pread)
{
	for (const struct range *r = ranges; r < RANGES_END; r++) {
		vt_pattern(self->out, r->n, 8);
		EXPECT_EQ(r->n, pwrite(self->fd, self->out, r->n, r->at));
		SHOWS(r, 8, "pwrite");
	}
}

TEST_F(large, write_and_read_at_the_position)
{
	for (const struct range *r = ranges; r < RANGES_END; r++) {
		vt_pattern(self->out, r->n, 1);
		EXPECT_EQ(r->at, lseek(self->fd, r->at, SEEK_SET));
		EXPECT_EQ(r->n, write(self->fd, self->out, r->n));
		EXPECT_EQ(r->at + r->n, lseek(self->fd, 0, SEEK_CUR));
		SHOWS(r, 1, "write");
		EXPECT_EQ(r->at, lseek(self->fd, r->at - BYTES, SEEK_END));
		EXPECT_EQ(r->n, read(self->fd, self->in, r->n));
		EXPECT_EQ(r->at + r->n, lseek(self->fd, 0, SEEK_CUR));
	}
}

TEST_F(large, vectors)
{
	for (const struct range *r = ranges; r < RANGES_END; r++) {
		struct iovec iov[] = {
			{ self->out, r->n / 2 },
			{ self->out + r->n / 2, r->n - r->n / 2 },
		};

		vt_pattern(self->out, r->n, 2);
		EXPECT_EQ(r->n, pwritev(self->fd, iov, 2, r->at));
		SHOWS(r, 2, "pwritev");
		EXPECT_EQ(r->at, lseek(self->fd, r->at, SEEK_SET));
		EXPECT_EQ(r->n, writev(self->fd, iov, 2));
		EXPECT_EQ(r->n, preadv(self->fd, iov, 2, r->at));
		EXPECT_EQ(r->at, lseek(self->fd, r->at, SEEK_SET));
		EXPECT_EQ(r->n, readv(self->fd, iov, 2));
	}
}

TEST_F(large, splice_both_ways)
{
	int p[2];

	ASSERT_EQ(0, pipe(p));
	for (const struct range *r = ranges; r < RANGES_END; r++) {
		off_t at = r->at;

		vt_pattern(self->out, r->n, 3);
		ASSERT_EQ(r->n, write(p[1], self->out, r->n));
		EXPECT_EQ(r->n, splice(p[0], NULL, self->fd, &at, r->n, 0));
		EXPECT_EQ(r->at + r->n, at);
		SHOWS(r, 3, "splice");
		at = r->at;
		/* By pages: what is left in the second is a second call's. */
		while (at < r->at + r->n)
			ASSERT_LT(0, splice(self->fd, &at, p[1], NULL, r->at + r->n - at, 0));
		ASSERT_EQ(r->n, read(p[0], self->in, r->n));
		EXPECT_TRUE(is_there(variant->backing, self->in, r->n, 3));
	}
}

TEST_F(large, sendfile_both_ways)
{
	int mem = memfd_create("sendfile", MFD_CLOEXEC);

	ASSERT_LE(0, mem);
	for (const struct range *r = ranges; r < RANGES_END; r++) {
		off_t at = 0;

		vt_pattern(self->out, r->n, 4);
		ASSERT_EQ(r->n, pwrite(mem, self->out, r->n, 0));
		EXPECT_EQ(r->at, lseek(self->fd, r->at, SEEK_SET));
		EXPECT_EQ(r->n, sendfile(self->fd, mem, &at, r->n));
		EXPECT_EQ(r->at + r->n, lseek(self->fd, 0, SEEK_CUR));
		SHOWS(r, 4, "sendfile");
		at = r->at;
		EXPECT_EQ(0, lseek(mem, 0, SEEK_SET));
		EXPECT_EQ(r->n, sendfile(mem, self->fd, &at, r->n));
		EXPECT_EQ(r->at + r->n, at);
		ASSERT_EQ(r->n, pread(mem, self->in, r->n, 0));
		EXPECT_TRUE(is_there(variant->backing, self->in, r->n, 4));
	}
}

TEST_F(large, copy_file_range_both_ways)
{
	int other = create(1 << 20, variant->backing);

	ASSERT_LE(0, other);
	for (const struct range *r = ranges; r < RANGES_END; r++) {
		off_t from = 1, to = r->at;

		vt_pattern(self->out, r->n, 5);
		ASSERT_EQ(r->n, pwrite(other, self->out, r->n, 1));
		EXPECT_EQ(r->n, copy_file_range(other, &from, self->fd, &to, r->n, 0));
		EXPECT_EQ(r->at + r->n, to);
		SHOWS(r, 5, "copy_file_range");
		from = r->at;
		to = 8192;
		EXPECT_EQ(r->n, copy_file_range(self->fd, &from, other, &to, r->n, 0));
		ASSERT_EQ(r->n, pread(other, self->in, r->n, 8192));
		EXPECT_TRUE(is_there(variant->backing, self->in, r->n, 5));
	}
	close(other);
}

TEST_F(large, mappings_show_what_is_written_and_write_what_is_shown)
{
	/* Shared memory of none is an object of its own. */
	bool shared_alone = variant->backing == VMADEV_BACKING_NONE;
	ssize_t page = vt_page();

	for (const struct range *r = ranges; r < RANGES_END; r++) {
		off_t start = r->at & -page;
		off_t off = r->at - start;
		size_t len = (off + r->n + page - 1) & -page;
		char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, start);

		ASSERT_NE(MAP_FAILED, p);
		vt_pattern(p + off, r->n, 6);
		SHOWS(r, 6, "a store");
		vt_pattern(self->out, r->n, 7);
		ASSERT_EQ(r->n, pwrite(self->fd, self->out, r->n, r->at));
		EXPECT_TRUE(vt_is_pattern(p + off, r->n, shared_alone ? 6 : 7));
		EXPECT_EQ(0, msync(p, len, MS_SYNC));
		munmap(p, len);
	}
	EXPECT_EQ(MAP_FAILED, mmap(NULL, page, PROT_READ, MAP_SHARED, self->fd, BYTES));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(large, calls_end_where_the_region_ends)
{
	struct stat st;

	vt_pattern(self->out, 16, 1);
	EXPECT_EQ(5, pwrite(self->fd, self->out, 16, BYTES - 5));
	EXPECT_EQ(5, pread(self->fd, self->in, 16, BYTES - 5));
	EXPECT_EQ(-1, pwrite(self->fd, self->out, 1, BYTES));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(0, pread(self->fd, self->in, 1, BYTES));
	EXPECT_EQ(BYTES, lseek(self->fd, 0, SEEK_END));
	/* What was never written to is a hole of shmem, and data of none. */
	EXPECT_EQ(BYTES, lseek(self->fd, BYTES - 1, SEEK_HOLE));
	EXPECT_EQ(variant->backing == VMADEV_BACKING_NONE ? 3 * GIB :
		  BYTES - sysconf(_SC_PAGESIZE), lseek(self->fd, 3 * GIB, SEEK_DATA));
	EXPECT_EQ(0, posix_fallocate(self->fd, 4 * GIB - 1, 2));
	EXPECT_EQ(EINVAL, posix_fallocate(self->fd, BYTES - 1, 2));
	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ(BYTES, st.st_size);
}

/* A 32-bit offset would take one for another. */
TEST_F(large, zap_tells_4_GiB_from_0)
{
	const off_t offsets[] = { 0, 2 * GIB, 4 * GIB };
	size_t page = vt_page();
	char *p[3];

	if (variant->backing == VMADEV_BACKING_NONE) {
		EXPECT_EQ(-1, vt_zap(self->fd, 4 * GIB, page));
		EXPECT_EQ(EOPNOTSUPP, errno);
		return;
	}
	for (int i = 0; i < 3; i++) {
		p[i] = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, offsets[i]);
		ASSERT_NE(MAP_FAILED, p[i]);
	}
	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 3; j++)
			*p[j] = j + 1;
		ASSERT_EQ(0, vt_zap(self->fd, offsets[i], page));
		for (int j = 0; j < 3; j++) {
			EXPECT_EQ(j != i, vt_pagemap(p[j]) >> 63) {
				TH_LOG("zap at %#llx, page at %#llx",
				       (unsigned long long)offsets[i],
				       (unsigned long long)offsets[j]);
			}
			EXPECT_EQ(j + 1, vt_read(p[j]));
		}
	}
	/* From below to above. */
	for (int j = 0; j < 3; j++)
		*p[j] = j + 4;
	ASSERT_EQ(0, vt_zap(self->fd, page, BYTES - page));
	EXPECT_EQ(1ull, vt_pagemap(p[0]) >> 63);
	EXPECT_EQ(0ull, vt_pagemap(p[1]) >> 63);
	EXPECT_EQ(0ull, vt_pagemap(p[2]) >> 63);
	EXPECT_EQ(-1, vt_zap(self->fd, BYTES, page));
	EXPECT_EQ(EINVAL, errno);
}

/* Of every backing: offsets that large are past the end, and nothing else. */
FIXTURE(small) {
	int fd;
};

FIXTURE_VARIANT(small) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(small);

FIXTURE_SETUP(small)
{
	CREATE_MODE(vt_page(), "small");
}

FIXTURE_TEARDOWN(small)
{
	close(self->fd);
}

TEST_F(small, large_offsets_are_past_the_end)
{
	int other = create(vt_page(), variant->backing);
	char byte = 1;
	int p[2];

	ASSERT_LE(0, other);
	ASSERT_EQ(0, pipe(p));
	ASSERT_EQ(1, write(p[1], &byte, 1));
	for (const struct range *r = ranges; r < RANGES_END; r++) {
		off_t to = r->at, from = 0;

		EXPECT_EQ(0, pread(self->fd, &byte, 1, r->at));
		EXPECT_EQ(-1, pwrite(self->fd, &byte, 1, r->at));
		EXPECT_EQ(ENOSPC, errno);
		EXPECT_EQ(-1, splice(p[0], NULL, self->fd, &to, 1, 0));
		EXPECT_EQ(ENOSPC, errno);
		EXPECT_EQ(-1, copy_file_range(other, &from, self->fd, &to, 1, 0));
		EXPECT_EQ(ENOSPC, errno);
		EXPECT_EQ(-1, vt_zap(self->fd, r->at & -(off_t)vt_page(), vt_page()));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(MAP_FAILED, mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, self->fd,
					   r->at & -(off_t)vt_page()));
		EXPECT_EQ(EINVAL, errno);
	}
	close(p[0]);
	close(p[1]);
	close(other);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults by script, of calls: read, write, mmap, msync and their kin, on every backing. */
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "mapping.h"

static struct vmadev_rule fails(__u32 accesses, int error)
{
	return (struct vmadev_rule) {
		.accesses = accesses, .action = VMADEV_ACTION_ERRNO, .value = error,
	};
}

static struct vmadev_rule rule_now(struct __test_metadata *_metadata, const mapping *m)
{
	struct vmadev_rule rule;

	ASSERT_EQ(0, vt_rule(m->fd, 0, &rule));
	return rule;
}

#define EXPECT_SEEN(seen_, hits_) do {						\
	struct vmadev_rule now_ = rule_now(_metadata, self);			\
										\
	EXPECT_EQ((__u64)(seen_), now_.seen);					\
	EXPECT_EQ((__u64)(hits_), now_.hits);					\
} while (0)

#define EXPECT_FAILS(error, call) do {		\
	errno = 0;				\
	EXPECT_EQ(-1, (long)(call));		\
	EXPECT_EQ(error, errno);		\
} while (0)

static const int errors[] = { EIO, ENOMEM, ENOSPC, EINTR };

TEST_F(mapping, read_and_write_fail_as_they_are_told)
{
	struct iovec two[2];
	char bytes[8];

	two[0] = (struct iovec) { bytes, 4 };
	two[1] = (struct iovec) { bytes + 4, 4 };
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		ASSERT_EQ(0, vt_inject(self->fd, fails(VMADEV_ON_READ_CALL, errors[i])));
		EXPECT_FAILS(errors[i], read(self->fd, bytes, 8));
		EXPECT_FAILS(errors[i], pread(self->fd, bytes, 8, 5));
		EXPECT_FAILS(errors[i], preadv(self->fd, two, 2, 5));
		EXPECT_EQ(8, pwrite(self->fd, bytes, 8, 0));
		EXPECT_SEEN(3, 3);
		ASSERT_EQ(0, vt_inject(self->fd, fails(VMADEV_ON_WRITE_CALL, errors[i])));
		EXPECT_FAILS(errors[i], write(self->fd, bytes, 8));
		EXPECT_FAILS(errors[i], pwritev(self->fd, two, 2, 5));
		EXPECT_EQ(8, pread(self->fd, bytes, 8, 0));
		EXPECT_SEEN(2, 2);
	}
	/* Nothing moved, nor did the position. */
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_CUR));
	ASSERT_EQ(0, vt_inject_clear(self->fd));
	EXPECT_EQ(8, read(self->fd, bytes, 8));
}

/* A call that has a byte in the range is a match, and no other. */
TEST_F(mapping, calls_are_matched_by_their_bytes)
{
	struct vmadev_rule rule = fails(VMADEV_ON_READ_CALL | VMADEV_ON_WRITE_CALL, EIO);
	char bytes[16];

	rule.offset = 100;
	rule.length = 10;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_EQ(10, pread(self->fd, bytes, 10, 90));
	EXPECT_EQ(10, pwrite(self->fd, bytes, 10, 110));
	EXPECT_FAILS(EIO, pread(self->fd, bytes, 11, 90));
	EXPECT_FAILS(EIO, pwrite(self->fd, bytes, 1, 109));
	/* What asks for nothing, or past the end, is none. */
	EXPECT_EQ(0, pread(self->fd, bytes, 0, 100));
	EXPECT_EQ(0, pread(self->fd, bytes, 1, self->bytes));
	EXPECT_SEEN(2, 2);
}

TEST_F(mapping, reads_and_writes_come_short)
{
	struct vmadev_rule rule = {
		.accesses = VMADEV_ON_READ_CALL | VMADEV_ON_WRITE_CALL,
		.action = VMADEV_ACTION_SHORT, .value = 100,
	};
	char bytes[self->page];

	ASSERT_EQ(0, fill_region(self));
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_EQ((ssize_t)self->page - 100, pread(self->fd, bytes, self->page, 0));
	EXPECT_EQ(1, pread(self->fd, bytes, 101, 0));
	EXPECT_EQ(1, pread(self->fd, bytes, 50, 0));
	EXPECT_EQ(1, pwrite(self->fd, bytes, 1, 0));
	EXPECT_EQ(900, pwrite(self->fd, bytes, 1000, 0));
	/* Less than what is inside, at the end too. */
	EXPECT_EQ(100, pread(self->fd, bytes, self->page, self->bytes - 200));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	EXPECT_EQ(400, read(self->fd, bytes, 500));
	EXPECT_EQ(400, lseek(self->fd, 0, SEEK_CUR));
}

TEST_F(mapping, mmap_fails_as_it_is_told)
{
	char *map = map_region(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct vmadev_rule rule = fails(VMADEV_ON_MMAP, errors[i]);

		rule.offset = self->page;
		rule.length = self->page;
		ASSERT_EQ(0, vt_inject(self->fd, rule));
		EXPECT_FAILS(errors[i], map_region(self, variant));
		EXPECT_SEEN(1, 1);
		/* Beside it, and what is there: */
		EXPECT_NE(MAP_FAILED, mmap(NULL, self->page, PROT_READ, variant->flags, self->fd,
					   2 * self->page));
		EXPECT_LE(0, vt_read(map + self->page));
		EXPECT_SEEN(1, 1);
	}
	ASSERT_EQ(0, vt_inject_clear(self->fd));
	EXPECT_NE(MAP_FAILED, map_region(self, variant));
}

/* What the kernel's own vm_ops serve has a file of tmpfs, which syncs as tmpfs does. */
TEST_F(mapping, syncs_fail_as_they_are_told)
{
	bool asked = variant->strategy != VMADEV_STRATEGY_CACHE && !is_anon(variant);
	char *map = map_region(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct vmadev_rule rule = fails(VMADEV_ON_SYNC, errors[i]);
		int error = asked && is_shared(variant) ? errors[i] : 0;

		rule.offset = self->page;
		rule.length = self->page;
		ASSERT_EQ(0, vt_inject(self->fd, rule));
		errno = 0;
		EXPECT_EQ(error ? -1 : 0, msync(map, self->bytes, MS_SYNC));
		EXPECT_EQ(error, errno);
		EXPECT_EQ(0, msync(map, self->page, MS_SYNC));
		EXPECT_EQ(0, msync(map, self->bytes, MS_ASYNC));
		EXPECT_FAILS(errors[i], fsync(self->fd));
		EXPECT_FAILS(errors[i], fdatasync(self->fd));
		EXPECT_SEEN(2 + !!error, 2 + !!error);
	}
}

/* Of calls it is who makes them that counts. */
static int reads(void *arg)
{
	char byte;

	return pread(*(int *)arg, &byte, 1, 0) == 1 ? 0 : errno;
}

TEST_F(mapping, calls_are_of_whom_makes_them)
{
	struct vmadev_rule rule = fails(VMADEV_ON_READ_CALL, EIO);
	char byte;

	rule.whose = VMADEV_WHOSE_PID;
	rule.id = getpid();
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_FAILS(EIO, pread(self->fd, &byte, 1, 0));
	EXPECT_EQ(0, vt_in_child(reads, &self->fd));
	rule.whose = VMADEV_WHOSE_TID;
	rule.id = gettid();
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_FAILS(EIO, pread(self->fd, &byte, 1, 0));
	EXPECT_EQ(0, vt_in_child(reads, &self->fd));
	rule.whose = VMADEV_WHOSE_UID;
	rule.id = geteuid();
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_EQ(EIO, vt_in_child(reads, &self->fd));
	rule.id = geteuid() + 1;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_EQ(0, vt_in_child(reads, &self->fd));
}

/* splice and sendfile read as read does. */
TEST_F(mapping, splices_are_calls_too)
{
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, vt_inject(self->fd, fails(VMADEV_ON_READ_CALL, EIO)));
	EXPECT_FAILS(EIO, splice(self->fd, &(loff_t){ 0 }, ends[1], NULL, 16, 0));
	EXPECT_FAILS(EIO, sendfile(ends[1], self->fd, &(off_t){ 0 }, 16));
	ASSERT_EQ(0, vt_inject(self->fd, fails(VMADEV_ON_WRITE_CALL, ENOSPC)));
	ASSERT_EQ(3, write(ends[1], "abc", 3));
	EXPECT_FAILS(ENOSPC, splice(ends[0], NULL, self->fd, &(loff_t){ 0 }, 3, 0));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Backing media: which pages are dirty after each kind of store, and durable after each
 * kind of sync, exactly. A set of pages is written as "D..D....", a letter a page.
 */
#include "vmadev_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define NPAGES	8
#define NONE	"........"
#define ALL	"DDDDDDDD"
#define DISK	"/dev/ram0"

FIXTURE(media)
{
	size_t page, bytes;
	int fd;
	char *p;
	char set[NPAGES + 1];
};

FIXTURE_SETUP(media)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	self->fd = vt_create(VMADEV_BACKING_MEDIA, 0, self->bytes, "media");
	ASSERT_LE(0, self->fd);
	self->p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(media)
{
	munmap(self->p, self->bytes);
	close(self->fd);
}

typedef FIXTURE_DATA(media) media;

static const char *set_of(media *m, int fd)
{
	__u64 word = ~0ull;
	long n = vt_unsynced(fd, 0, 0, &word);

	for (int i = 0; i < NPAGES; i++)
		m->set[i] = word >> i & 1 ? 'D' : '.';
	m->set[NPAGES] = '\0';
	return n == __builtin_popcountll(word) ? m->set : "the count is another";
}

#define EXPECT_SET(set)	EXPECT_STREQ(set, set_of(self, self->fd))

static char *at(const media *m, int page)
{
	return m->p + page * m->page;
}

/* A state that a crash leaves: the first byte of each page, a zero as a digit. */
static const char *state_of(const media *m, int fd, char *bytes)
{
	int n = 0;

	while (n < NPAGES && pread(fd, bytes + n, 1, n * m->page) == 1) {
		if (!bytes[n])
			bytes[n] = '0';
		n++;
	}
	bytes[n] = '\0';
	return bytes;
}

#define EXPECT_STATE(text, state) do {						\
	char bytes_[NPAGES + 1] = "";						\
	int fd_ = (state);							\
										\
	ASSERT_LE(0, fd_);							\
	EXPECT_STREQ(text, state_of(self, fd_, bytes_));			\
	if (fd_ != self->fd)							\
		close(fd_);							\
} while (0)

/* All of it @durable, then the pages of @dirty @live. */
static bool prepare(const media *m, char durable, const char *dirty, char live)
{
	for (int i = 0; i < NPAGES; i++)
		*at(m, i) = durable;
	if (fsync(m->fd))
		return false;
	for (int i = 0; i < NPAGES; i++)
		if (dirty[i] == 'D')
			*at(m, i) = live;
	return true;
}

TEST_F(media, new_region_is_clean_and_zero)
{
	EXPECT_SET(NONE);
	EXPECT_TRUE(vt_is_zero(self->p, self->bytes));
	EXPECT_SET(NONE);
}

/* Those that are read before too: the write fault of a mapped page is another one. */
TEST_F(media, stores_through_a_mapping_dirty_their_pages)
{
	ASSERT_EQ(0, vt_read(at(self, 1)));
	ASSERT_EQ(0, vt_write(at(self, 1) + 5, 1));
	ASSERT_EQ(0, vt_write(at(self, 4), 1));
	EXPECT_SET(".D..D...");
	ASSERT_EQ(0, vt_write(at(self, 7) + self->page - 1, 1));
	EXPECT_SET(".D..D..D");
}

TEST_F(media, write_dirties_its_pages)
{
	char buffer[2 * self->page];

	memset(buffer, 1, sizeof(buffer));
	ASSERT_EQ(10, pwrite(self->fd, buffer, 10, 3 * self->page - 5));
	EXPECT_SET("..DD....");
	ASSERT_EQ((ssize_t)(2 * self->page), pwrite(self->fd, buffer, 2 * self->page,
						    5 * self->page));
	EXPECT_SET("..DD.DD.");
	EXPECT_EQ(1, vt_read(at(self, 5)));
}

/* The buffer is the page that is written. */
TEST_F(media, write_from_its_own_mapping_works)
{
	*at(self, 2) = 7;
	ASSERT_EQ((ssize_t)self->page, pwrite(self->fd, at(self, 2), self->page, 2 * self->page));
	ASSERT_EQ((ssize_t)self->page, pwrite(self->fd, at(self, 2), self->page, 3 * self->page));
	EXPECT_EQ(7, vt_read(at(self, 3)));
	EXPECT_SET("..DD....");
}

TEST_F(media, durable_writes_are_durable)
{
	struct iovec iov = { "x", 1 };

	ASSERT_EQ(1, pwritev2(self->fd, &iov, 1, self->page, RWF_DSYNC));
	EXPECT_SET(NONE);
	EXPECT_STATE("0x000000", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
}

TEST_F(media, private_stores_dirty_nothing)
{
	char *q = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd, 0);

	ASSERT_NE(MAP_FAILED, q);
	for (int i = 0; i < NPAGES; i++)
		ASSERT_EQ(0, vt_write(q + i * self->page, 1));
	EXPECT_SET(NONE);
	munmap(q, self->bytes);
}

static int write_as_child(void *arg)
{
	media *m = arg;

	*at(m, 3) = 1;
	return 0;
}

TEST_F(media, stores_of_a_child_count)
{
	ASSERT_EQ(0, vt_write(at(self, 3), 2));
	ASSERT_EQ(0, fsync(self->fd));
	ASSERT_EQ(0, vt_in_child(write_as_child, self));
	EXPECT_SET("...D....");
}

TEST_F(media, stores_of_a_child_with_inherited_entries_count)
{
	ASSERT_EQ(0, vt_write(at(self, 3), 2));
	ASSERT_EQ(0, vt_in_child(write_as_child, self));
	EXPECT_SET("...D....");
	ASSERT_EQ(0, msync(self->p, self->bytes, MS_SYNC));
	EXPECT_SET(NONE);
	ASSERT_EQ(0, vt_in_child(write_as_child, self));
	EXPECT_SET("...D....");
}

TEST_F(media, process_vm_writev_dirties)
{
	struct iovec from = { "xy", 2 }, to = { at(self, 6) - 1, 2 };

	ASSERT_EQ(2, process_vm_writev(getpid(), &from, 1, &to, 1, 0));
	EXPECT_SET(".....DD.");
}

TEST_F(media, ptrace_dirties)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, ptrace(PTRACE_POKEDATA, pid, at(self, 2), (void *)1));
	EXPECT_SET("..D.....");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	EXPECT_EQ(1, vt_read(at(self, 2)));
}

TEST_F(media, direct_io_into_a_mapping_dirties)
{
	int disk = open(DISK, O_RDWR | O_DIRECT | O_CLOEXEC);

	ASSERT_LE(0, disk);
	ASSERT_EQ((ssize_t)(2 * self->page), pread(disk, at(self, 4), 2 * self->page, 0));
	EXPECT_SET("....DD..");
	close(disk);
}

TEST_F(media, direct_io_of_the_region_is_refused)
{
	EXPECT_EQ(-1, fcntl(self->fd, F_SETFL, O_DIRECT));
	EXPECT_EQ(EINVAL, errno);
}

/*
 *	msync    |xxxxx|
 *	dirty  DDDDDDDD
 *	then   DD.....D
 */
TEST_F(media, msync_cleans_its_range)
{
	ASSERT_TRUE(prepare(self, 'a', ALL, 'b'));
	ASSERT_EQ(0, msync(at(self, 2), 5 * self->page, MS_SYNC));
	EXPECT_SET("DD.....D");
	EXPECT_STATE("aabbbbba", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
	EXPECT_STATE("bbbbbbbb", self->fd);
}

TEST_F(media, async_msync_promises_nothing)
{
	ASSERT_TRUE(prepare(self, 'a', ALL, 'b'));
	ASSERT_EQ(0, msync(self->p, self->bytes, MS_ASYNC));
	ASSERT_EQ(0, msync(self->p, self->bytes, MS_INVALIDATE));
	EXPECT_SET(ALL);
	sync();
	ASSERT_EQ(0, sync_file_range(self->fd, 0, 0, SYNC_FILE_RANGE_WRITE |
				     SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WAIT_AFTER));
	EXPECT_SET(ALL);
}

TEST_F(media, fsync_and_fdatasync_clean_all)
{
	ASSERT_TRUE(prepare(self, 'a', "D.D.....", 'b'));
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_SET(NONE);
	*at(self, 4) = 'c';
	ASSERT_EQ(0, fdatasync(self->fd));
	EXPECT_SET(NONE);
	EXPECT_STATE("babacaaa", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
}

/* A store after a sync is seen again, by entries that were there before. */
TEST_F(media, store_after_a_sync_dirties_again)
{
	for (int round = 0; round < 3; round++) {
		*at(self, 2) = 'a' + round;
		EXPECT_SET("..D.....");
		ASSERT_EQ(0, msync(self->p, self->bytes, MS_SYNC));
		EXPECT_SET(NONE);
	}
	EXPECT_EQ('c', vt_read(at(self, 2)));
}

TEST_F(media, zap_and_unmap_keep_dirty_pages)
{
	ASSERT_TRUE(prepare(self, 'a', ".D......", 'b'));
	ASSERT_EQ(0, vt_zap(self->fd, 0, self->bytes));
	EXPECT_SET(".D......");
	EXPECT_EQ('b', vt_read(at(self, 1)));
	ASSERT_EQ(0, munmap(at(self, 4), self->page));
	*at(self, 5) = 'b';
	ASSERT_EQ(0, munmap(at(self, 5), self->page));
	EXPECT_SET(".D...D..");
	EXPECT_STATE("abaaabaa", self->fd);
}

TEST_F(media, memory_pressure_takes_clean_pages_only)
{
	int drop = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	ASSERT_LE(0, drop);
	ASSERT_TRUE(prepare(self, 'a', ".D......", 'b'));
	ASSERT_EQ(0, madvise(self->p, self->bytes, MADV_DONTNEED));
	ASSERT_EQ(1, write(drop, "1", 1));
	EXPECT_STATE("abaaaaaa", self->fd);
	EXPECT_SET(".D......");
	close(drop);
}

TEST_F(media, unsynced_tells_of_a_range)
{
	__u64 word = 0;

	ASSERT_TRUE(prepare(self, 'a', "D.D..D.D", 'b'));
	EXPECT_EQ(2, vt_unsynced(self->fd, 2 * self->page, 4 * self->page, &word));
	EXPECT_EQ(9ull, word);
	EXPECT_EQ(4, vt_unsynced(self->fd, 0, 0, NULL));
	EXPECT_EQ(0, vt_unsynced(self->fd, self->bytes, 0, &word));
}

TEST_F(media, unsynced_refuses_what_is_not_inside)
{
	const __u64 wrong[][2] = {
		{ 1, 0 }, { 0, 1 }, { self->bytes + self->page, 0 },
		{ self->page, self->bytes }, { -self->page, 2 * self->page },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(-1, vt_unsynced(self->fd, wrong[i][0], wrong[i][1], NULL));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(-1, vt_unsynced(self->fd, 0, 0, (__u64 *)1));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(media, crash_keeps_what_is_asked_for)
{
	const __u64 list = 0x0f;

	ASSERT_TRUE(prepare(self, 'a', "D.D.D.DD", 'b'));
	EXPECT_STATE("aaaaaaaa", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
	EXPECT_STATE("babababb", vt_crash_fork(self->fd, VMADEV_KEEP_ALL, 0, NULL));
	EXPECT_STATE("babaaaaa", vt_crash_fork(self->fd, VMADEV_KEEP_LIST, NPAGES, &list));
	EXPECT_STATE("baaaaaaa", vt_crash_fork(self->fd, VMADEV_KEEP_LIST, 2, &list));
	EXPECT_STATE("aaaaaaaa", vt_crash_fork(self->fd, VMADEV_KEEP_LIST, 0, NULL));
	/* The region itself goes on as it was. */
	EXPECT_STATE("babababb", self->fd);
	EXPECT_SET("D.D.D.DD");
	*at(self, 1) = 'b';
	EXPECT_SET("DDD.D.DD");
}

/* Each page of a random crash is one of the two, both come, and a seed says the same again. */
TEST_F_TIMEOUT(media, random_crashes_are_legal_and_repeat, 120)
{
	char first[NPAGES + 1] = "", again[NPAGES + 1] = "";
	unsigned int seen = 0;

	ASSERT_TRUE(prepare(self, 'a', "DDDDDDD.", 'b'));
	for (int seed = 0; seed < 64; seed++) {
		int one = vt_crash_fork(self->fd, VMADEV_KEEP_RANDOM, seed, NULL);
		int other = vt_crash_fork(self->fd, VMADEV_KEEP_RANDOM, seed, NULL);
		unsigned int kept = 0;

		ASSERT_LE(0, one);
		ASSERT_LE(0, other);
		EXPECT_STREQ(state_of(self, one, first), state_of(self, other, again));
		for (int i = 0; i < NPAGES; i++) {
			EXPECT_TRUE(first[i] == 'a' || (i < 7 && first[i] == 'b'));
			kept |= (first[i] == 'b') << i;
		}
		seen |= 1u << kept % 32;
		close(one);
		close(other);
	}
	EXPECT_LT(16, __builtin_popcount(seen));
}

/* The numbers are the contract's: seed 1 keeps these on every machine. */
TEST_F(media, seed_is_the_same_everywhere)
{
	ASSERT_TRUE(prepare(self, 'a', ALL, 'b'));
	EXPECT_STATE("bbbaabbb", vt_crash_fork(self->fd, VMADEV_KEEP_RANDOM, 1, NULL));
}

TEST_F(media, torn_pages_are_torn_at_sectors)
{
	struct vmadev_crash c = {
		.size = sizeof(c), .mode = VMADEV_KEEP_ALL, .tear = 512, .seed = 3,
	};
	char page[self->page];
	int fd, live = 0;

	memset(self->p, 'a', self->page);
	ASSERT_EQ(0, fsync(self->fd));
	memset(self->p, 'b', self->page);
	fd = ioctl(self->fd, VMADEV_IOC_CRASH_FORK, &c);
	ASSERT_LE(0, fd);
	ASSERT_EQ((ssize_t)self->page, pread(fd, page, self->page, 0));
	for (size_t i = 0; i < self->page; i += 512) {
		live += page[i] == 'b';
		EXPECT_TRUE(page[i] == 'a' || page[i] == 'b');
		EXPECT_EQ(0, memcmp(page + i, page + i + 1, 511));
	}
	EXPECT_LT(0, live);
	EXPECT_GT((int)(self->page / 512), live);
	close(fd);
}

TEST_F(media, fork_is_durable_and_apart)
{
	int fd;

	ASSERT_TRUE(prepare(self, 'a', ALL, 'b'));
	fd = vt_crash_fork(self->fd, VMADEV_KEEP_ALL, 0, NULL);
	ASSERT_LE(0, fd);
	EXPECT_STREQ(NONE, set_of(self, fd));
	ASSERT_EQ(1, pwrite(fd, "x", 1, 0));
	EXPECT_STREQ("D.......", set_of(self, fd));
	EXPECT_EQ('b', vt_read(self->p));
	ASSERT_EQ(1, pwrite(self->fd, "y", 1, self->page));
	EXPECT_STATE("xbbbbbbb", fd);
}

/* Both copies, of which crashes can be tried while the region goes on. */
TEST_F(media, live_fork_has_both_copies)
{
	struct vmadev_crash c = {
		.size = sizeof(c), .mode = VMADEV_KEEP_ALL, .flags = VMADEV_CRASH_LIVE,
	};
	int fd;

	ASSERT_TRUE(prepare(self, 'a', "D..D....", 'b'));
	fd = ioctl(self->fd, VMADEV_IOC_CRASH_FORK, &c);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fsync(self->fd));
	EXPECT_STREQ("D..D....", set_of(self, fd));
	EXPECT_STATE("aaaaaaaa", vt_crash_fork(fd, VMADEV_KEEP_NONE, 0, NULL));
	EXPECT_STATE("baabaaaa", vt_crash_fork(fd, VMADEV_KEEP_ALL, 0, NULL));
	close(fd);
	c.tear = 512;
	EXPECT_EQ(-1, ioctl(self->fd, VMADEV_IOC_CRASH_FORK, &c));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(media, revert_shows_what_a_crash_left)
{
	const __u64 list = 1;
	char *q = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd, 0);

	ASSERT_NE(MAP_FAILED, q);
	ASSERT_TRUE(prepare(self, 'a', "DD......", 'b'));
	*(q + 3 * self->page) = 'q';
	ASSERT_EQ(0, vt_crash_revert(self->fd, VMADEV_KEEP_LIST, NPAGES, &list, 0));
	EXPECT_EQ('b', vt_read(at(self, 0)));
	EXPECT_EQ('a', vt_read(at(self, 1)));
	EXPECT_EQ('q', vt_read(q + 3 * self->page));
	EXPECT_SET(NONE);
	*at(self, 1) = 'c';
	EXPECT_SET(".D......");
	EXPECT_STATE("bcaaaaaa", self->fd);
	munmap(q, self->bytes);
}

TEST_F(media, revert_ends_mappings_if_asked)
{
	char *q = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd, 0);
	char *r;
	int fd;

	ASSERT_NE(MAP_FAILED, q);
	ASSERT_TRUE(prepare(self, 'a', "DD......", 'b'));
	*q = 'q';
	ASSERT_EQ(0, vt_crash_revert(self->fd, VMADEV_KEEP_NONE, 0, NULL, VMADEV_CRASH_SIGBUS));
	for (int i = 0; i < NPAGES; i++) {
		EXPECT_EQ(-SIGBUS, vt_read(at(self, i)));
		EXPECT_EQ(-SIGBUS, vt_write(at(self, i), 1));
	}
	EXPECT_EQ(-SIGBUS, vt_read(q));
	EXPECT_STATE("aaaaaaaa", self->fd);
	r = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, self->fd, 0);
	EXPECT_EQ(MAP_FAILED, r);
	EXPECT_EQ(ESTALE, errno);

	fd = vt_reopen(self->fd, 0, 0);
	ASSERT_LE(0, fd);
	r = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, r);
	EXPECT_EQ('a', vt_read(r));
	EXPECT_EQ(0, vt_write(r, 'c'));
	EXPECT_SET("D.......");
	EXPECT_EQ(-SIGBUS, vt_read(at(self, 0)));
	munmap(r, self->bytes);
	munmap(q, self->bytes);
	close(fd);
}

TEST_F(media, writeback_makes_some_durable)
{
	const __u64 list = 0x05;

	ASSERT_TRUE(prepare(self, 'a', "DDDD....", 'b'));
	ASSERT_EQ(0, vt_writeback(self->fd, VMADEV_KEEP_LIST, NPAGES, &list));
	EXPECT_SET(".D.D....");
	ASSERT_EQ(0, vt_writeback(self->fd, VMADEV_KEEP_NONE, 0, NULL));
	EXPECT_SET(".D.D....");
	EXPECT_STATE("babaaaaa", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
	ASSERT_EQ(0, vt_writeback(self->fd, 0, 0, NULL));
	EXPECT_SET(NONE);
	ASSERT_TRUE(prepare(self, 'a', ALL, 'b'));
	ASSERT_EQ(0, vt_writeback(self->fd, VMADEV_KEEP_RANDOM, 1, NULL));
	EXPECT_SET("...DD...");
}

/* Sizes and holes are durable at once; parts of pages are stores. */
TEST_F(media, punched_pages_are_durable_zeros)
{
	ASSERT_TRUE(prepare(self, 'a', ALL, 'b'));
	ASSERT_EQ(0, fallocate(self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			       2 * self->page, 2 * self->page));
	EXPECT_SET("DD..DDDD");
	EXPECT_STATE("aa00aaaa", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
}

TEST_F(media, cut_and_grown_pages_are_durable_zeros)
{
	ASSERT_TRUE(prepare(self, 'a', ALL, 'b'));
	ASSERT_EQ(0, ftruncate(self->fd, 3 * self->page));
	ASSERT_EQ(0, ftruncate(self->fd, self->bytes));
	EXPECT_SET("DDD.....");
	EXPECT_EQ(0, vt_read(at(self, 3)));
	EXPECT_STATE("aaa00000", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
}

TEST_F(media, calls_refuse_what_they_do_not_know)
{
	const struct vmadev_crash wrong[] = {
		{ .mode = VMADEV_KEEP_LIST + 1 },
		{ .mode = VMADEV_KEEP_ALL, .tear = 1024 },
		{ .mode = VMADEV_KEEP_ALL, .list = 1 },
		{ .mode = VMADEV_KEEP_ALL, .nr_pages = 1 },
		{ .mode = VMADEV_KEEP_LIST, .nr_pages = NPAGES + 1 },
		{ .flags = 1u << 31 },
	};

	ASSERT_TRUE(prepare(self, 'a', ALL, 'b'));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct vmadev_crash c = wrong[i];
		struct vmadev_writeback w = { .size = sizeof(w), .mode = c.mode, .list = c.list,
					      .nr_pages = c.nr_pages };

		c.size = sizeof(c);
		EXPECT_EQ(-1, ioctl(self->fd, VMADEV_IOC_CRASH_FORK, &c));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, ioctl(self->fd, VMADEV_IOC_CRASH_REVERT, &c));
		EXPECT_EQ(EINVAL, errno);
		if (c.tear || c.flags)
			continue;
		EXPECT_EQ(-1, ioctl(self->fd, VMADEV_IOC_WRITEBACK, &w));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(-1, vt_crash_fork(self->fd, VMADEV_KEEP_LIST, NPAGES, (__u64 *)1));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_SET(ALL);
}

TEST_F(media, readers_crash_nothing)
{
	int fd = vt_reopen(self->fd, VMADEV_ACCESS_READ, 0);

	ASSERT_LE(0, fd);
	ASSERT_TRUE(prepare(self, 'a', ALL, 'b'));
	EXPECT_EQ(-1, vt_crash_fork(fd, 0, 0, NULL));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, vt_crash_revert(fd, 0, 0, NULL, 0));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, vt_writeback(fd, 0, 0, NULL));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(NPAGES, vt_unsynced(fd, 0, 0, NULL));
	close(fd);
}

/* Whoever has less than both copies has none to crash. */
TEST(other_backings_are_EOPNOTSUPP)
{
	struct vmadev_info info;

	for (__u32 b = VMADEV_BACKING_PAGES; b <= VMADEV_BACKING_NONE; b++) {
		int fd = vt_create(b, 0, vt_page(), "other");

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, vt_info(fd, &info));
		EXPECT_EQ(0u, info.abilities & VMADEV_CAN_CRASH);
		EXPECT_EQ(-1, vt_crash_fork(fd, 0, 0, NULL));
		EXPECT_EQ(EOPNOTSUPP, errno);
		EXPECT_EQ(-1, vt_crash_revert(fd, 0, 0, NULL, 0));
		EXPECT_EQ(EOPNOTSUPP, errno);
		EXPECT_EQ(-1, vt_writeback(fd, 0, 0, NULL));
		EXPECT_EQ(EOPNOTSUPP, errno);
		EXPECT_EQ(-1, vt_unsynced(fd, 0, 0, NULL));
		EXPECT_EQ(EOPNOTSUPP, errno);
		close(fd);
	}
}

static int refuse_syncs(int fd, int error, unsigned int times)
{
	return vt_inject(fd, (struct vmadev_rule) {
		.accesses = VMADEV_ON_SYNC, .action = VMADEV_ACTION_ERRNO, .value = error,
		.times = times,
	});
}

#define EXPECT_FAILS(error, call) do {		\
	errno = 0;				\
	EXPECT_EQ(-1, (long)(call));		\
	EXPECT_EQ(error, errno);		\
} while (0)

/*
 * As file systems do: Rebello and others, "Can Applications Recover from fsync
 * Failures?", ATC 2020.
 *
 *	dirty       DD.DD...
 *	msync, EIO |xxxx|
 *	then        ....D...
 *	a store     .D..D...
 */
TEST_F(media, failed_sync_marks_pages_clean)
{
	ASSERT_TRUE(prepare(self, 'a', "DD.DD...", 'b'));
	ASSERT_EQ(0, refuse_syncs(self->fd, EIO, 1));
	EXPECT_FAILS(EIO, msync(self->p, 4 * self->page, MS_SYNC));
	EXPECT_SET("....D...");
	EXPECT_STATE("bbabbaaa", self->fd);
	EXPECT_STATE("aaaaaaaa", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
	EXPECT_STATE("aaaabaaa", vt_crash_fork(self->fd, VMADEV_KEEP_ALL, 0, NULL));
	/* It has nothing to write, and says so. */
	EXPECT_EQ(0, msync(self->p, 4 * self->page, MS_SYNC));
	EXPECT_STATE("aaaaaaaa", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
	EXPECT_EQ('b', vt_read(at(self, 1)));

	*(at(self, 1) + 1) = 'c';
	EXPECT_SET(".D..D...");
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_SET(NONE);
	EXPECT_STATE("abaabaaa", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
	ASSERT_EQ(0, vt_crash_revert(self->fd, VMADEV_KEEP_NONE, 0, NULL, 0));
	EXPECT_EQ('a', vt_read(at(self, 0)));
	EXPECT_EQ('b', vt_read(at(self, 1)));
}

/*
 *	dirty       DDDDDDDD
 *	msync, EIO    |xxx|
 *	then        DD...DDD
 */
TEST_F(media, failed_msync_loses_its_range)
{
	ASSERT_TRUE(prepare(self, 'a', ALL, 'b'));
	ASSERT_EQ(0, refuse_syncs(self->fd, EIO, 1));
	EXPECT_FAILS(EIO, msync(at(self, 2), 3 * self->page, MS_SYNC));
	EXPECT_SET("DD...DDD");
	EXPECT_STATE("bbaaabbb", vt_crash_fork(self->fd, VMADEV_KEEP_ALL, 0, NULL));
}

/* By stores through entries that were there before, too; and the page goes as it came. */
TEST_F(media, lost_pages_are_clean_pages)
{
	int drop = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	ASSERT_LE(0, drop);
	ASSERT_TRUE(prepare(self, 'a', "DD......", 'b'));
	ASSERT_EQ(0, refuse_syncs(self->fd, EIO, 1));
	EXPECT_FAILS(EIO, fsync(self->fd));
	EXPECT_SET(NONE);
	*at(self, 1) = 'c';
	EXPECT_SET(".D......");
	ASSERT_EQ(0, madvise(self->p, self->bytes, MADV_DONTNEED));
	ASSERT_EQ(1, write(drop, "1", 1));
	EXPECT_STATE("acaaaaaa", self->fd);
	close(drop);
}

/* What begins nothing loses nothing, nor is it told twice. */
TEST_F(media, sync_without_memory_or_interrupted_keeps_pages_dirty)
{
	const int kept[] = { ENOMEM, EINTR }, lost[] = { EIO, ENOSPC };

	ASSERT_TRUE(prepare(self, 'a', "D.D.....", 'b'));
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		ASSERT_EQ(0, refuse_syncs(self->fd, kept[i], 1));
		EXPECT_FAILS(kept[i], fsync(self->fd));
		EXPECT_SET("D.D.....");
	}
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_STATE("babaaaaa", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
		struct iovec iov = { "c", 1 };

		ASSERT_EQ(0, refuse_syncs(self->fd, lost[i], 1));
		EXPECT_FAILS(lost[i], pwritev2(self->fd, &iov, 1, self->page, RWF_DSYNC));
		EXPECT_SET(NONE);
		EXPECT_STATE("babaaaaa", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
	}
}

TEST_F(media, lost_pages_are_told_to_each_descriptor_once)
{
	int other = vt_reopen(self->fd, 0, 0), later;
	char *q;

	ASSERT_LE(0, other);
	q = mmap(NULL, self->page, PROT_READ, MAP_SHARED, other, 0);
	ASSERT_NE(MAP_FAILED, q);
	ASSERT_TRUE(prepare(self, 'a', "D.......", 'b'));
	ASSERT_EQ(0, refuse_syncs(self->fd, EIO, 1));
	EXPECT_FAILS(EIO, fsync(self->fd));
	later = vt_reopen(self->fd, 0, 0);
	ASSERT_LE(0, later);
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, fsync(later));
	/* By msync or fsync, of whatever range. */
	EXPECT_FAILS(EIO, msync(q, self->page, MS_SYNC));
	EXPECT_EQ(0, fsync(other));
	ASSERT_EQ(0, refuse_syncs(self->fd, ENOSPC, 1));
	EXPECT_FAILS(ENOSPC, fsync(later));
	EXPECT_FAILS(ENOSPC, fsync(other));
	EXPECT_EQ(0, msync(q, self->page, MS_SYNC));
	/* It is told of what is lost, and makes the rest durable. */
	*at(self, 2) = 'b';
	EXPECT_FAILS(ENOSPC, msync(self->p, self->bytes, MS_SYNC));
	EXPECT_STATE("aabaaaaa", vt_crash_fork(self->fd, VMADEV_KEEP_NONE, 0, NULL));
	munmap(q, self->page);
	close(later);
	close(other);
}

/* A page that the medium never had is not one of zeros for that. */
TEST_F(media, lost_page_is_punched_in_part)
{
	memset(self->p, 'b', self->page);
	ASSERT_EQ(0, refuse_syncs(self->fd, EIO, 1));
	EXPECT_FAILS(EIO, fsync(self->fd));
	ASSERT_EQ(0, fallocate(self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 10));
	EXPECT_EQ(0, vt_read(self->p));
	EXPECT_EQ('b', vt_read(self->p + 10));
	EXPECT_SET("D.......");
}

TEST_F(media, event_tells_of_lost_pages)
{
	struct vmadev_info info;
	char needle[128], *text;

	ASSERT_EQ(0, vt_info(self->fd, &info));
	ASSERT_TRUE(prepare(self, 'a', "DD.D....", 'b'));
	ASSERT_EQ(0, refuse_syncs(self->fd, EIO, 1));
	ASSERT_EQ(0, vt_trace_start(NULL));
	EXPECT_FAILS(EIO, msync(self->p, 3 * self->page, MS_SYNC));
	text = vt_trace_stop();
	ASSERT_NE(NULL, text);
	snprintf(needle, sizeof(needle),
		 "vmadev_lost: region=%llu pgoff=0 last=2 pages=2 result=-5\n", info.region);
	EXPECT_EQ(1, vt_trace_count(text, needle)) {
		TH_LOG("%s in\n%s", needle, text);
	}
	EXPECT_EQ(0, vt_trace_count(text, "vmadev_durable: "));
	free(text);
}

/* The events of one page's way: dirty once, durable, a crash. */
TEST_F(media, events_tell_of_dirty_durable_and_crash)
{
	struct vmadev_info info, fork;
	char needle[4][128], *text;
	int fd;

	ASSERT_EQ(0, vt_info(self->fd, &info));
	ASSERT_EQ(0, vt_trace_start(NULL));
	*at(self, 2) = 'a';
	*at(self, 2) = 'b';
	ASSERT_EQ(0, msync(self->p, 4 * self->page, MS_SYNC));
	*at(self, 5) = 'a';
	fd = vt_crash_fork(self->fd, VMADEV_KEEP_RANDOM, 1, NULL);
	text = vt_trace_stop();
	ASSERT_LE(0, fd);
	ASSERT_NE(NULL, text);
	ASSERT_EQ(0, vt_info(fd, &fork));

	snprintf(needle[0], 128, "vmadev_dirty: region=%llu pgoff=2\n", info.region);
	snprintf(needle[1], 128, "vmadev_dirty: region=%llu pgoff=5\n", info.region);
	snprintf(needle[2], 128, "vmadev_durable: region=%llu pgoff=0 last=3 pages=1 result=0\n",
		 info.region);
	snprintf(needle[3], 128, "vmadev_crash: region=%llu fork=%llu mode=3 seed=1 pages=1 ",
		 info.region, fork.region);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(1, vt_trace_count(text, needle[i])) {
			TH_LOG("%s in\n%s", needle[i], text);
		}
	}
	EXPECT_EQ(2, vt_trace_count(text, "vmadev_dirty: "));
	free(text);
	close(fd);
}

TEST_HARNESS_MAIN

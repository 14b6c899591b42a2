// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a user without privileges can take through a node that is open to all:
 * no more than the limits that are set, and no line of the kernel's log.
 */
#include "vmadev_test.h"
#include "lib/klog.h"
#include "mode.h"
#include "user.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define NPAGES	16
#define TURNS	1000	/* of ten calls and more */

FIXTURE(limits)
{
	size_t page, bytes;
	int log;
	int fd;
};

FIXTURE_VARIANT(limits)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(limits);

FIXTURE_SETUP(limits)
{
	int dev;

	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	self->log = klog_open();
	ASSERT_LE(0, self->log);
	ASSERT_EQ(0, become_user(ALICE));
	dev = vt_open(O_RDWR);
	if (dev < 0 && errno == EACCES)
		SKIP(return, NODE_IS_CLOSED);
	close(dev);
	CREATE_MODE(self->bytes, "limits");
}

FIXTURE_TEARDOWN(limits)
{
	EXPECT_EQ(0, klog_count(self->log, "vmadev", NULL, 0));
	close(self->log);
	close(self->fd);
}

/* Every kind of call that fails, over and over. */
TEST_F(limits, user_cannot_fill_the_log)
{
	struct vmadev_create huge = { .bytes = 1ull << 60, .backing = VMADEV_BACKING_PAGES };
	struct vmadev_create odd = { .bytes = 1, .name = "a b" };
	char c;

	for (int i = 0; i < TURNS; i++) {
		EXPECT_GT(0, vt_create_raw(self->fd, &huge));
		EXPECT_GT(0, vt_create_raw(self->fd, &odd));
		EXPECT_GT(0, vt_reopen(self->fd, 99, 99));
		EXPECT_GT(0, vt_set_strategy(self->fd, 99));
		EXPECT_GT(0, vt_zap(self->fd, 1, 1));
		EXPECT_GT(0, ioctl(self->fd, VMADEV_IOC_INFO, NULL));
		EXPECT_GT(0, ioctl(self->fd, _IO(VMADEV_IOC_MAGIC, 0x9f), NULL));
		EXPECT_GT(0, pwrite(self->fd, &c, 1, self->bytes));
		EXPECT_GT(0, pread(self->fd, (void *)self->page, 1, 0));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd,
					   self->bytes));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_EXEC, MAP_SHARED, self->fd, 0));
		if (_metadata->exit_code)
			break;
	}
}

/*
 *    |region|past|    mremap has grown the mapping: a touch there raises SIGBUS
 */
TEST_F(limits, failing_touches_leave_the_log_quiet)
{
	char *p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	p = mremap(p, self->bytes, 2 * self->bytes, MREMAP_MAYMOVE);
	if (p == MAP_FAILED)
		return;		/* it may not grow */
	for (int i = 0; i < TURNS; i++) {
		ASSERT_EQ(-SIGBUS, vt_read(p + self->bytes));
		ASSERT_EQ(-SIGBUS, vt_write(p + self->bytes, 1));
	}
}

static size_t address_space(void)
{
	size_t pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f || fscanf(f, "%zu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * vt_page();
}

/* RLIMIT_AS: eager strategies make no entry of what does not fit. */
TEST_F(limits, address_space)
{
	const rlim_t room = address_space() + self->bytes / 2;
	struct vmadev_stats s;
	char *p;

	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &(struct rlimit){ room, room }));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(ENOMEM, errno);
	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_REGION, &s));
	EXPECT_EQ(0u, s.mmaps);
	EXPECT_EQ(0u, s.pages);
	p = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(MAP_FAILED, mremap(p, self->page, self->bytes, MREMAP_MAYMOVE));
	EXPECT_EQ(0, vt_read(p));
}

/* RLIMIT_MEMLOCK: of mappings that cannot be locked, too. */
TEST_F(limits, locked_memory)
{
	const rlim_t room = self->bytes / 2;
	char *p = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ room, room }));
	EXPECT_EQ(-1, mlock(p, self->bytes));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_FALSE(vt_has_flag(p, "lo"));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->bytes, PROT_READ, MAP_SHARED | MAP_LOCKED,
				   self->fd, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, mlock(p, self->bytes / 2));
}

static __u64 max_bytes(void)
{
	unsigned long long bytes = 0;
	FILE *f = fopen("/sys/module/vmadev/parameters/max_bytes", "re");

	if (!f || fscanf(f, "%llu", &bytes) != 1)
		bytes = 0;
	fclose(f);
	return bytes;
}

/* Page cache takes no memory before a touch: even a large cap is soon reached. */
static int take(__u64 bytes)
{
	return vt_create(VMADEV_BACKING_SHMEM, 0, bytes, NULL);
}

/* Take all in quarters; the status tells what did not go as it should. */
static int take_all(void *arg)
{
	const __u64 quarter = *(__u64 *)arg / 4;

	for (int i = 0; i < 4; i++)
		if (take(quarter) < 0)
			return 1;
	for (__u32 b = VMADEV_BACKING_PAGES; b <= VMADEV_BACKING_SHMEM; b++)
		if (vt_create(b, 0, vt_page(), NULL) >= 0 || errno != ENOSPC)
			return 2;
	raise(SIGKILL);
	return 3;
}

/*
 * max_bytes holds for all users together: one may take what there is, no byte
 * more, and when killed has given all of it back.
 */
TEST(cap)
{
	struct vmadev_info i;
	__u64 room;
	int dev;

	ASSERT_EQ(0, become_user(ALICE));
	dev = vt_open(O_RDWR);
	if (dev < 0 && errno == EACCES)
		SKIP(return, NODE_IS_CLOSED);
	ASSERT_EQ(0, vt_info(dev, &i));
	room = (max_bytes() - i.bytes) / (4 * vt_page()) * (4 * vt_page());
	ASSERT_LT(0u, room);
	EXPECT_EQ(-SIGKILL, vt_in_child(take_all, &room));
	EXPECT_EQ(-SIGKILL, vt_in_child(take_all, &room));
	EXPECT_LE(0, take(room));
}

#define FILE_MAX	"/proc/sys/fs/file-max"

/* Set how many files users may have open all together; the old limit goes to @old. */
static bool limit_files(const char *limit, char *old, size_t room)
{
	int fd = open(FILE_MAX, O_RDWR | O_CLOEXEC);
	ssize_t got = old ? read(fd, old, room - 1) : 0;
	bool done = fd >= 0 && got >= 0 && pwrite(fd, limit, strlen(limit), 0) > 0;

	if (old)
		old[got < 0 ? 0 : got] = '\0';
	close(fd);
	return done;
}

struct attempt {
	int dev;
	struct vmadev_create c;
};

/* The lowest descriptor that is free. */
static int next_fd(int dev)
{
	int fd = dup(dev);

	close(fd);
	return fd;
}

/* CREATE and OPEN where no file is to be had: 0, if both are ENFILE and leave nothing. */
static int find_no_file(void *arg)
{
	struct attempt *a = arg;
	int next = next_fd(a->dev), wrong = 0;

	if (become_user(ALICE))
		return 99;
	wrong |= (vt_create_raw(a->dev, &a->c) != -1 || errno != ENFILE) << 0;
	wrong |= (vt_reopen(a->dev, 0, 0) != -1 || errno != ENFILE) << 1;
	wrong |= (next_fd(a->dev) != next) << 2;
	return wrong;
}

/*
 * When no file is left, nothing is made, and nothing stays: neither a descriptor
 * nor a reference on the region or on the module, which unloads after this test.
 */
TEST(no_file_left_is_enfile)
{
	struct attempt a = { .dev = vt_open(O_RDWR) };
	struct vmadev_stats before, after;
	char old[32];
	__u64 room;

	ASSERT_LE(0, a.dev);
	room = vt_room(a.dev);
	ASSERT_EQ(0, vt_stats(a.dev, VMADEV_SCOPE_REGION, &before));
	for (__u32 b = VMADEV_BACKING_PAGES; b <= VMADEV_BACKING_NONE; b++) {
		a.c = (struct vmadev_create) { .bytes = vt_page(), .backing = b };
		ASSERT_TRUE(limit_files("0", old, sizeof(old)));
		EXPECT_EQ(0, vt_in_child(find_no_file, &a)) {
			TH_LOG("backing %u", b);
		}
		ASSERT_TRUE(limit_files(old, NULL, 0));
	}
	EXPECT_EQ(room, vt_room(a.dev));
	ASSERT_EQ(0, vt_stats(a.dev, VMADEV_SCOPE_REGION, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

TEST_HARNESS_MAIN

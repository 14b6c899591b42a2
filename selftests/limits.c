// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A user without privileges who was given a descriptor: what such a user sees
 * of the kernel (no address), and can do to its log (nothing).
 */
#include "vmadev_test.h"
#include "lib/klog.h"
#include "mode.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define NPAGES	16
#define USER	1000
#define TURNS	1000	/* of ten calls and more */

static int become_user(void)
{
	if (setgroups(0, NULL) || setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		return -1;
	/* Or /proc/self would still belong to root. */
	return prctl(PR_SET_DUMPABLE, 1);
}

FIXTURE(limits)
{
	size_t page;
	int fd;
	int log;
	char *p;
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
	self->page = vt_page();
	self->log = klog_open();
	ASSERT_LE(0, self->log);
	CREATE_MODE(NPAGES * self->page, "limits");
	ASSERT_EQ(0, become_user());
	self->p = mmap(NULL, 8 * self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
		       4 * self->page);
	ASSERT_NE(MAP_FAILED, self->p);
	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, vt_write(self->p + i * self->page, i));
}

FIXTURE_TEARDOWN(limits)
{
	close(self->log);
	close(self->fd);
}

TEST_F(limits, fdinfo_prints_no_address)
{
	char path[64], text[4096];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	f = fopen(path, "r");
	ASSERT_NE(NULL, f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	EXPECT_NE(NULL, strstr(text, "vmadev-region:"));
	EXPECT_GT(12u, vt_longest_hex(text)) {
		TH_LOG("%s", text);
	}
	EXPECT_EQ(NULL, strstr(text, "0x"));
}

/*
 * A strategy that leaked a frame number would show it as the offset.
 * anon: the object behind is one of its own, and so is the offset.
 */
TEST_F(limits, maps_prints_the_offset_in_the_region)
{
	struct vt_vma v;

	ASSERT_EQ(0, vt_vma_at(self->p, &v));
	EXPECT_EQ(variant->backing == VMADEV_BACKING_NONE ? 0 : 4 * self->page, v.offset);
	EXPECT_NE(NULL, strstr(v.name, "vmadev")) {
		TH_LOG("%s", v.name);
	}
}

TEST_F(limits, pagemap_tells_no_frame_number)
{
	EXPECT_EQ(0ull, vt_pagemap(self->p) & ((1ull << 55) - 1));
}

TEST_F(limits, descriptor_is_enough_for_its_ioctls)
{
	struct vmadev_stats s;
	struct vmadev_info i;
	int fd;

	EXPECT_EQ(0, vt_info(self->fd, &i));
	EXPECT_EQ(0, vt_stats(self->fd, 0, &s));
	fd = vt_reopen(self->fd, 0, 0);
	EXPECT_LE(0, fd);
	close(fd);
	if (variant->backing != VMADEV_BACKING_NONE) {
		EXPECT_EQ(0, vt_zap(self->fd, 0, self->page));
	}
}

/* Every kind of call that fails, over and over. */
TEST_F(limits, user_cannot_fill_the_log)
{
	struct vmadev_create huge = { .bytes = 1ull << 60 };
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
		EXPECT_GT(0, pwrite(self->fd, &c, 1, NPAGES * self->page));
		EXPECT_GT(0, pread(self->fd, (void *)self->page, 1, 0));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd,
					   NPAGES * self->page));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_EXEC, MAP_SHARED, self->fd, 0));
		if (_metadata->exit_code)
			break;
	}
	EXPECT_EQ(0, klog_count(self->log, "vmadev", NULL, 0));
}

/*
 *    |region|past|    mremap has grown the mapping: a touch there raises SIGBUS
 */
TEST(failing_touches_leave_the_log_quiet)
{
	size_t page = vt_page();
	int log = klog_open();
	int fd = vt_create(VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE, page, NULL);
	char *p;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, become_user());
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	p = mremap(p, page, 2 * page, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, p);
	for (int i = 0; i < TURNS; i++) {
		ASSERT_EQ(-SIGBUS, vt_read(p + page));
		ASSERT_EQ(-SIGBUS, vt_write(p + page, 1));
	}
	EXPECT_EQ(0, klog_count(log, "vmadev", NULL, 0));
	close(fd);
}

TEST(node_is_closed_to_users_by_default)
{
	ASSERT_EQ(0, become_user());
	EXPECT_EQ(-1, vt_open(O_RDONLY));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, vt_open(O_RDWR));
	EXPECT_EQ(EACCES, errno);
}

TEST(list_and_tracepoints_are_closed_to_users)
{
	ASSERT_EQ(0, become_user());
	EXPECT_NE(0, access("/sys/kernel/debug/vmadev/regions", R_OK));
	EXPECT_NE(0, access("/sys/kernel/tracing/events/vmadev/fault/format", R_OK));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a user without privileges, alice, learns through a node that is open to
 * all: nothing of the kernel (no address, no frame number), and nothing of bob,
 * who has a region called "secret".
 */
#include "vmadev_test.h"
#include "mode.h"
#include "user.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define NPAGES	16
#define DIRT	0xa5

#ifndef __NR_pidfd_getfd
#define __NR_pidfd_getfd 438
#endif

struct secret {
	int fd;
	char *map;
	__u64 region;
};

FIXTURE(leak)
{
	size_t page, bytes;
	struct secret secret;
	int to_bob;	/* until this is closed, bob has his region */
	pid_t bob;
	int fd;
	char *p;	/* pages 4 to 11 */
};

FIXTURE_VARIANT(leak)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(leak);

typedef FIXTURE_DATA(leak) leak;
typedef FIXTURE_VARIANT(leak) leak_mode;

/* Whatever he does not get done is missed in what he tells. */
static void be_bob(const leak_mode *mode, size_t bytes, int in, int out)
{
	struct secret s = { .fd = -1, .map = MAP_FAILED };
	struct vmadev_info i = { 0 };
	char dirt[bytes];

	if (!become_user(BOB))
		s.fd = vt_create(mode->backing, mode->strategy, bytes, "secret");
	if (!vt_info(s.fd, &i))
		s.map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s.fd, 0);
	s.region = i.region;
	memset(dirt, DIRT, bytes);
	if (pwrite(s.fd, dirt, bytes, 0) != (ssize_t)bytes || vt_write(s.map, DIRT))
		s.fd = -1;
	if (write(out, &s, sizeof(s)) == sizeof(s))
		(void)!read(in, &s, 1);
	_exit(0);
}

static void dismiss_bob(leak *self)
{
	close(self->to_bob);
	waitpid(self->bob, NULL, 0);
}

FIXTURE_SETUP(leak)
{
	int in[2], out[2], dev;

	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(0, pipe(out));
	self->bob = fork();
	ASSERT_LE(0, self->bob);
	if (!self->bob) {
		close(in[1]);
		be_bob(variant, self->bytes, in[0], out[1]);
	}
	self->to_bob = in[1];
	ASSERT_EQ((ssize_t)sizeof(self->secret), read(out[0], &self->secret, sizeof(self->secret)));

	ASSERT_EQ(0, become_user(ALICE));
	dev = vt_open(O_RDWR);
	if (dev < 0 && errno == EACCES) {
		dismiss_bob(self);
		SKIP(return, NODE_IS_CLOSED);
	}
	close(dev);
	ASSERT_LE(0, self->secret.fd);
	CREATE_MODE(self->bytes, "mine");
	self->p = mmap(NULL, 8 * self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
		       4 * self->page);
	ASSERT_NE(MAP_FAILED, self->p);
	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, vt_write(self->p + i * self->page, i));
}

FIXTURE_TEARDOWN(leak)
{
	close(self->fd);
	dismiss_bob(self);
}

/* No word of the file looks like an address; that of a VMA, which begins its line, is alice's. */
static void expect_no_address(struct __test_metadata *_metadata, const char *path)
{
	char line[512], *rest;
	FILE *f = fopen(path, "re");

	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f)) {
		rest = line + strcspn(line, " \t");
		EXPECT_GT(12u, vt_longest_hex(rest)) {
			TH_LOG("%s: %s", path, line);
		}
		EXPECT_EQ(NULL, strstr(rest, "0x"));
	}
	fclose(f);
}

TEST_F(leak, proc_tells_no_address)
{
	char fdinfo[64];

	snprintf(fdinfo, sizeof(fdinfo), "/proc/self/fdinfo/%d", self->fd);
	expect_no_address(_metadata, fdinfo);
	expect_no_address(_metadata, "/proc/self/maps");
	expect_no_address(_metadata, "/proc/self/smaps");
	if (!access("/proc/self/numa_maps", F_OK))
		expect_no_address(_metadata, "/proc/self/numa_maps");
}

/*
 * A strategy that leaked a frame number would show it as the offset.
 * anon: the object behind is one of its own, and so is the offset.
 */
TEST_F(leak, maps_prints_the_offset_in_the_region)
{
	struct vt_vma v;

	ASSERT_EQ(0, vt_vma_at(self->p, &v));
	EXPECT_EQ(variant->backing == VMADEV_BACKING_NONE ? 0 : 4 * self->page, v.offset);
	EXPECT_STREQ("/vmadev:mine (deleted)", v.name);
}

TEST_F(leak, pagemap_tells_no_frame_number)
{
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(0ull, vt_pagemap(self->p + i * self->page) & ((1ull << 55) - 1));
}

/* Every byte that comes back is known beforehand, or a small number. */
TEST_F(leak, ioctls_tell_what_is_documented_alone)
{
	struct vmadev_info i, zero = { 0 };
	struct vmadev_stats s;

	memset(&i, 0xff, sizeof(i));
	i.size = sizeof(i);
	ASSERT_EQ(0, ioctl(self->fd, VMADEV_IOC_INFO, &i));
	EXPECT_EQ(self->secret.region + 1, i.region);
	EXPECT_EQ(self->bytes, i.bytes);
	EXPECT_GE(i.bytes, i.run_bytes);
	EXPECT_EQ(0u, i.abilities & ~(VMADEV_CAN_RESIZE | VMADEV_CAN_PUNCH | VMADEV_CAN_HOLES |
				     VMADEV_CAN_REVOKE | VMADEV_CAN_INJECT | VMADEV_CAN_CRASH |
				     VMADEV_CAN_EXPORT));
	EXPECT_STREQ("mine", i.name);
	EXPECT_EQ(0, memcmp(i.name + 4, zero.name, sizeof(i.name) - 4));
	EXPECT_EQ(0u, (i.strategies_shared | i.strategies_private) & ~i.strategies_known);

	memset(&s, 0xff, sizeof(s));
	s.size = sizeof(s);
	s.scope = VMADEV_SCOPE_REGION;
	ASSERT_EQ(0, ioctl(self->fd, VMADEV_IOC_STATS, &s));
	for (const __u64 *n = &s.mmaps; n <= &s.vmas; n++)
		EXPECT_GT(1000u, *n);
}

TEST_F(leak, call_that_fails_writes_nothing_back)
{
	struct vmadev_create c, before;

	memset(&c, 0xff, sizeof(c));
	c.size = sizeof(c);
	before = c;
	EXPECT_EQ(-1, vt_create_raw(self->fd, &c));
	EXPECT_EQ(0, memcmp(&c, &before, sizeof(c)));
}

TEST_F(leak, list_tracepoints_and_sections_are_closed)
{
	static const char *const closed[] = {
		"/sys/kernel/debug/vmadev/regions",
		"/sys/kernel/tracing/events/vmadev/vmadev_fault/format",
		"/sys/module/vmadev/sections/.text",
	};

	for (size_t i = 0; i < ARRAY_SIZE(closed); i++)
		EXPECT_EQ(-1, open(closed[i], O_RDONLY));
}

/* Bob's region is gone, full of dirt, a moment before alice has hers. */
TEST_F(leak, new_region_is_zero_though_another_users_was_not)
{
	char seen[self->bytes], *p;

	dismiss_bob(self);
	for (int i = 0; i < 8; i++) {
		int fd = vt_create(variant->backing, variant->strategy, self->bytes, NULL);

		ASSERT_LE(0, fd);
		p = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, fd, 0);
		ASSERT_NE(MAP_FAILED, p);
		EXPECT_TRUE(vt_is_zero(p, self->bytes));
		ASSERT_EQ((ssize_t)self->bytes, pread(fd, seen, self->bytes, 0));
		EXPECT_TRUE(vt_is_zero(seen, self->bytes));
	}
}

/* By its name: another region. By its process: as the kernel protects any. */
TEST_F(leak, region_of_another_user_is_out_of_reach)
{
	char byte, path[64];
	struct iovec here = { &byte, 1 }, there = { self->secret.map, 1 };
	struct vmadev_info i;
	int fd, bob;

	fd = vt_create(variant->backing, variant->strategy, self->bytes, "secret");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &i));
	EXPECT_NE(self->secret.region, i.region);
	EXPECT_EQ(1, pread(fd, &byte, 1, 0));
	EXPECT_EQ(0, byte);

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", self->bob, self->secret.fd);
	EXPECT_EQ(-1, open(path, O_RDONLY));
	snprintf(path, sizeof(path), "/proc/%d/mem", self->bob);
	EXPECT_EQ(-1, open(path, O_RDONLY));
	EXPECT_EQ(-1, process_vm_readv(self->bob, &here, 1, &there, 1, 0));
	EXPECT_EQ(EPERM, errno);
	bob = syscall(__NR_pidfd_open, self->bob, 0);
	ASSERT_LE(0, bob);
	EXPECT_EQ(-1, syscall(__NR_pidfd_getfd, bob, self->secret.fd, 0));
	EXPECT_EQ(EPERM, errno);
}

/* Regions made one after the other, whose pages may be neighbours. */
TEST_F(leak, nothing_is_past_the_end)
{
	const off_t ends[] = { self->bytes, self->bytes + self->page, (off_t)1 << 40 };
	char byte;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		EXPECT_EQ(0, pread(self->fd, &byte, 1, ends[i]));
		EXPECT_EQ(-1, pwrite(self->fd, &byte, 1, ends[i]));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd,
					   ends[i]));
		EXPECT_EQ(-1, vt_zap(self->fd, ends[i], self->page));
	}
}

TEST_HARNESS_MAIN

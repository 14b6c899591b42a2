// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several handles on one region: opened again, passed to another process,
 * through a second node; and how long the region lives.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "vmadev_test.h"
#include "user.h"

FIXTURE(handle) {
	int fd;
	ssize_t page, size;
	struct vmadev_info info;
	char *buf;
};

FIXTURE_VARIANT(handle) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_BYTE_MODES(handle);

FIXTURE_SETUP(handle)
{
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->size = 4 * self->page;
	self->buf = malloc(self->size);
	ASSERT_NE(NULL, self->buf);
	self->fd = vt_create(variant->backing, variant->strategy, self->size, "handle");
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vt_info(self->fd, &self->info));
}

FIXTURE_TEARDOWN(handle)
{
	free(self->buf);
	close(self->fd);
}

TEST_F(handle, open_gives_the_same_region)
{
	struct vmadev_info i;
	struct stat st;
	int fd;

	fd = vt_reopen(self->fd, VMADEV_ACCESS_READ_WRITE, variant->strategy);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	ASSERT_EQ(0, vt_info(fd, &i));
	EXPECT_EQ(self->info.region, i.region);
	EXPECT_EQ(variant->strategy, i.strategy);
	EXPECT_STREQ("handle", i.name);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(self->info.region, st.st_ino);
	EXPECT_EQ(self->size, st.st_size);

	vt_pattern(self->buf, self->size, 1);
	EXPECT_EQ(self->size, pwrite(self->fd, self->buf, self->size, 0));
	memset(self->buf, 0, self->size);
	EXPECT_EQ(self->size, pread(fd, self->buf, self->size, 0));
	EXPECT_TRUE(vt_is_pattern(self->buf, self->size, 1));
	/* Each handle has its own position. */
	EXPECT_EQ(5, lseek(fd, 5, SEEK_SET));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_CUR));
}

TEST_F(handle, open_with_0_takes_access_and_the_default_strategy)
{
	__u32 default_strategy =
		variant->backing == VMADEV_BACKING_SHMEM ? VMADEV_STRATEGY_CACHE :
		variant->backing == VMADEV_BACKING_MEDIA ? VMADEV_STRATEGY_FILEMAP :
							   VMADEV_STRATEGY_PAGE;
	struct vmadev_info i;
	int ro, fd;

	fd = vt_reopen(self->fd, 0, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
	ASSERT_EQ(0, vt_info(fd, &i));
	EXPECT_EQ(default_strategy, i.strategy);

	ro = vt_reopen(self->fd, VMADEV_ACCESS_READ, 0);
	ASSERT_LE(0, ro);
	EXPECT_EQ(O_RDONLY, fcntl(ro, F_GETFL) & O_ACCMODE);
	fd = vt_reopen(ro, 0, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(-1, pwrite(fd, "x", 1, 0));
	EXPECT_EQ(EBADF, errno);
}

TEST_F(handle, open_never_gives_more_access_than_it_has)
{
	int ro, fd;

	ro = vt_reopen(self->fd, VMADEV_ACCESS_READ, variant->strategy);
	ASSERT_LE(0, ro);
	EXPECT_EQ(-1, vt_reopen(ro, VMADEV_ACCESS_READ_WRITE, variant->strategy));
	EXPECT_EQ(EACCES, errno);
	fd = vt_reopen(ro, VMADEV_ACCESS_READ, variant->strategy);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, vt_reopen(fd, VMADEV_ACCESS_READ_WRITE, variant->strategy));
	EXPECT_EQ(EACCES, errno);
}

/* A strategy of one handle says nothing about the other's. */
TEST_F(handle, strategy_belongs_to_the_handle)
{
	int fd;

	ASSERT_NE(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(-1, vt_set_strategy(self->fd, 0));
	EXPECT_EQ(EBUSY, errno);
	fd = vt_reopen(self->fd, 0, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, vt_set_strategy(fd, variant->strategy));
}

/* What was written is there for the next handle, as long as one is open. */
TEST_F(handle, bytes_stay_while_a_handle_is_open)
{
	int fd;

	fd = vt_reopen(self->fd, 0, variant->strategy);
	ASSERT_LE(0, fd);
	vt_pattern(self->buf, self->size, 2);
	ASSERT_EQ(self->size, pwrite(self->fd, self->buf, self->size, 0));
	EXPECT_EQ(0, close(self->fd));
	memset(self->buf, 0, self->size);
	EXPECT_EQ(self->size, pread(fd, self->buf, self->size, 0));
	EXPECT_TRUE(vt_is_pattern(self->buf, self->size, 2));
}

static int send_fd(int sock, int fd)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -1;
}

static int receive_fd(int sock)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	int fd = -1;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* A process that has nothing of the region but the descriptor it gets. */
static int map_what_comes(int sock)
{
	struct vmadev_info i;
	char *p;
	int fd;

	fd = receive_fd(sock);
	if (fd < 0 || vt_info(fd, &i))
		return 1;
	p = mmap(NULL, i.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || !vt_is_pattern(p, i.bytes, 3))
		return 2;
	vt_pattern(p, i.bytes, 4);
	return 0;
}

TEST_F(handle, region_travels_to_another_process)
{
	int sock[2], status;
	pid_t pid;
	char *p;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	close(self->fd);
	pid = fork();
	if (pid == 0)
		_exit(map_what_comes(sock[0]));
	ASSERT_LT(0, pid);

	self->fd = vt_create(variant->backing, variant->strategy, self->size, "travels");
	ASSERT_LE(0, self->fd);
	p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	vt_pattern(p, self->size, 3);
	ASSERT_EQ(0, send_fd(sock[1], self->fd));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(vt_is_pattern(p, self->size, 4));
}

/* In flight between two processes, no descriptor table holds it. */
TEST_F(handle, region_lives_in_flight)
{
	int sock[2], fd;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	vt_pattern(self->buf, self->size, 5);
	ASSERT_EQ(self->size, pwrite(self->fd, self->buf, self->size, 0));
	ASSERT_EQ(0, send_fd(sock[1], self->fd));
	close(self->fd);
	fd = receive_fd(sock[0]);
	ASSERT_LE(0, fd);
	memset(self->buf, 0, self->size);
	EXPECT_EQ(self->size, pread(fd, self->buf, self->size, 0));
	EXPECT_TRUE(vt_is_pattern(self->buf, self->size, 5));
}

/*
 * Two nodes of one device number are two inodes. The region behind them is
 * one, and so must be the address_space: or a zap would miss mappings.
 */
FIXTURE(nodes) {
	int a, b;
	ssize_t page;
};

#define SECOND_NODE "/tmp/vmadev-node"

FIXTURE_SETUP(nodes)
{
	struct stat st;

	self->page = vt_page();
	ASSERT_EQ(0, stat("/dev/vmadev", &st));
	unlink(SECOND_NODE);
	ASSERT_EQ(0, mknod(SECOND_NODE, S_IFCHR | 0600, st.st_rdev));
	self->a = vt_open(O_RDWR);
	self->b = open(SECOND_NODE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->a);
	ASSERT_LE(0, self->b);
}

FIXTURE_TEARDOWN(nodes)
{
	close(self->a);
	close(self->b);
	unlink(SECOND_NODE);
}

TEST_F(nodes, two_nodes_share_the_bytes)
{
	struct vmadev_info ia, ib;
	char *p, *q;
	int old;

	ASSERT_EQ(0, vt_info(self->a, &ia));
	ASSERT_EQ(0, vt_info(self->b, &ib));
	EXPECT_EQ(ia.region, ib.region);
	p = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->a, 0);
	q = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->b, 0);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_NE(MAP_FAILED, q);
	old = vt_read(p);
	EXPECT_EQ(0, vt_write(p, old ^ 0xff));
	EXPECT_EQ(old ^ 0xff, vt_read(q));
	EXPECT_EQ(0, vt_write(q, old));
	EXPECT_EQ(old, vt_read(p));
}

TEST_F(nodes, zap_reaches_the_other_nodes_mapping)
{
	const __u64 present = 1ull << 63;
	char *p;

	p = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->b, 0);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_LE(0, vt_read(p));
	EXPECT_NE(0u, vt_pagemap(p) & present);
	EXPECT_EQ(0, vt_zap(self->a, 0, self->page));
	EXPECT_EQ(0u, vt_pagemap(p) & present);
	EXPECT_LE(0, vt_read(p));
}

static int use_descriptor_alone(void *arg)
{
	struct vmadev_stats s;
	struct vmadev_info i;
	int fd = *(int *)arg;

	if (become_user(ALICE) || vt_open(O_RDONLY) >= 0 || errno != EACCES)
		return 1;
	if (vt_open(O_RDWR) >= 0 || errno != EACCES)
		return 2;
	if (vt_info(fd, &i) || vt_stats(fd, 0, &s) || vt_zap(fd, 0, vt_page()))
		return 3;
	return vt_reopen(fd, 0, 0) < 0;
}

/* By default the node is closed to users; who is given a descriptor needs no node. */
TEST_F(handle, descriptor_is_all_that_a_user_needs)
{
	EXPECT_EQ(0, vt_in_child(use_descriptor_alone, &self->fd));
}

TEST_HARNESS_MAIN

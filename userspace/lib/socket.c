// SPDX-License-Identifier: LGPL-2.1-or-later
/* Regions that pass from process to process over an AF_UNIX socket. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

/*
 * A message is one byte with one descriptor. The room is for two, so that a
 * peer that sends more is noticed instead of cut short.
 */
union control {
	char bytes[CMSG_SPACE(2 * sizeof(int))];
	struct cmsghdr align;
};

static int is_region(int fd)
{
	struct vmadev_info info = { .size = sizeof(info) };

	return !ioctl(fd, VMADEV_IOC_INFO, &info);
}

int vmadev_send(int socket, int fd)
{
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control = { .bytes = { 0 } };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_SPACE(sizeof(int)),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	ssize_t sent;

	if (!is_region(fd))
		return vmadev_fail("vmadev_send", NULL);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	do {
		sent = sendmsg(socket, &msg, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? vmadev_fail("vmadev_send", NULL) : 0;
}

/* Returns how many descriptors came; the first two are in @fds. */
static size_t received_fds(struct msghdr *msg, int fds[2])
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	size_t bytes;

	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
		return 0;
	bytes = cmsg->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(cmsg), bytes);
	return bytes / sizeof(int);
}

int vmadev_receive(int socket)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int fds[2];
	ssize_t got;
	size_t count;

	do {
		got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return vmadev_fail("vmadev_receive", NULL);
	if (!got) {
		errno = ECONNRESET;
		return vmadev_fail("vmadev_receive", NULL);
	}
	count = received_fds(&msg, fds);
	if (count == 1 && !(msg.msg_flags & MSG_CTRUNC) && is_region(fds[0]))
		return fds[0];
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	errno = EPROTO;
	return vmadev_fail("vmadev_receive", NULL);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* Regions that pass from process to process over an AF_UNIX socket. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

#ifndef SCM_PIDFD	/* since Linux 6.5 */
#define SCM_PIDFD 4
#endif

#define MOST_DESCRIPTORS 253	/* of one message: the kernel's SCM_MAX_FD */
#define MOST_LABEL 4096		/* bytes of a security module's label */

/* A message is one byte with one descriptor. */
union one {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/*
 * What comes can be more: the receiver's socket may be set to add credentials, a
 * label and a pidfd, and a peer can send what it likes. There is room for all of
 * it, so that nothing is cut short, and no descriptor stays open unseen.
 */
union all {
	char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(MOST_LABEL) +
		   CMSG_SPACE(sizeof(int)) + CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
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
	union one control = { .bytes = { 0 } };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
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

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Returns the one descriptor that was sent if it is of a region, else -1; closes all others. */
static int take_region(struct msghdr *msg)
{
	int region = -1, sent = 0;

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		const size_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		const bool rights = cmsg->cmsg_type == SCM_RIGHTS;

		if (cmsg->cmsg_level != SOL_SOCKET || (!rights && cmsg->cmsg_type != SCM_PIDFD))
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
			if (rights && !sent++)
				region = fd;
			else
				close_if_open(fd);
		}
	}
	if (sent == 1 && !(msg->msg_flags & MSG_CTRUNC) && is_region(region))
		return region;
	close_if_open(region);
	return -1;
}

int vmadev_receive(int socket)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union all control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t got;
	int region;

	do {
		got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return vmadev_fail("vmadev_receive", NULL);
	region = take_region(&msg);
	if (region >= 0)
		return region;
	errno = got ? EPROTO : ECONNRESET;
	return vmadev_fail("vmadev_receive", NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ask the holders of regions, as a program of somebody else's does. */
#ifndef VMACTL_TESTS_HELD_H
#define VMACTL_TESTS_HELD_H

#include "run.h"

#include <libvmadev.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A socket that is connected to the holder at @path, or -errno. */
static int held_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (!connect(s, (struct sockaddr *)&address, sizeof(address)))
		return s;
	error = errno;
	close(s);
	return -error;
}

/* The region's descriptor, or -errno. */
static inline int held_ask(const char *path)
{
	int s = held_connect(path), fd;

	if (s < 0)
		return s;
	fd = vmadev_receive(s);
	close(s);
	return fd;
}

static inline int holder_at(const char *path)
{
	struct ucred holder = { .pid = -1 };
	socklen_t size = sizeof(holder);
	int s = held_connect(path);

	if (s < 0)
		return -1;
	getsockopt(s, SOL_SOCKET, SO_PEERCRED, &holder, &size);
	close(s);
	return holder.pid;
}

/* Ends a holder in the background, and waits until it is gone. */
static inline void stop_holder(struct __test_metadata *_metadata, const char *path)
{
	int pid = holder_at(path);

	ASSERT_LT(1, pid);
	ASSERT_EQ(0, kill(pid, SIGTERM));
	for (int i = 0; i < 500 && !access(path, F_OK); i++)
		usleep(20000);
	EXPECT_NE(0, access(path, F_OK));
}

#endif

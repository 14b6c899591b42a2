// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A call that nobody answers would fail by ENOSYS. So a second process, which does nothing
 * else and is out of the terminal's reach, has the listener too: it begins when the first
 * one is gone, and lives as long as anyone who has the filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

/* The kernel may know of more fields than these headers. */
#define ROOM 4096

/* 1: there is something to receive, 0: there will be nothing, -1: something else came. */
static int wait_for_call(const struct keeper *keeper)
{
	struct pollfd ready[] = { { .fd = keeper->listener, .events = POLLIN },
				  { .fd = keeper->child, .events = POLLIN } };

	if (poll(ready, 2, -1) < 0 || ready[1].revents)
		return -1;
	return ready[0].revents & POLLIN ? 1 : 0;
}

int keeper_receive(const struct keeper *keeper)
{
	bool waits = !keeper->wakes;
	int ready = 1;

	for (;;) {
		if (waits)
			ready = wait_for_call(keeper);
		if (ready <= 0)
			return ready;
		memset(keeper->call, 0, keeper->size);
		if (!ioctl(keeper->listener, SECCOMP_IOCTL_NOTIF_RECV, keeper->call))
			return 1;
		if (errno == EINTR)
			return -1;
		/* ENOENT: who called is gone, or all are. */
		waits = true;
	}
}

void keeper_answer(const struct keeper *keeper)
{
	static struct seccomp_notif_resp answer[ROOM / sizeof(struct seccomp_notif_resp)];

	answer->id = keeper->call->id;
	answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(keeper->listener, SECCOMP_IOCTL_NOTIF_SEND, answer);
}

/* Nothing of what the first process had open stays open by this one. */
static void close_others(int one, int other)
{
	int low = one < other ? one : other, high = one < other ? other : one;

	close_range(0, (unsigned int)low - 1, 0);
	close_range((unsigned int)low + 1, (unsigned int)high - 1, 0);
	close_range((unsigned int)high + 1, ~0U, 0);
}

static void __attribute__((__noreturn__)) keep(struct keeper *keeper, int released)
{
	char none;

	keeper->child = -1;
	setsid();
	prctl(PR_SET_NAME, "vmatrace-keeper");
	for (int number = 1; number < SIGRTMIN; number++)
		signal(number, SIG_IGN);
	if (chdir("/"))
		_exit(1);
	close_others(keeper->listener, released);
	while (read(released, &none, 1) < 0 && errno == EINTR)
		;
	if (keeper->call->id)
		keeper_answer(keeper);
	while (keeper_receive(keeper))
		keeper_answer(keeper);
	_exit(0);
}

bool keeper_start(struct keeper *keeper, int listener, pid_t child, bool wakes)
{
	struct seccomp_notif_sizes sizes = { .seccomp_notif = ROOM };
	int hold[2];
	pid_t pid;

	*keeper = (struct keeper){ .listener = listener, .wakes = wakes };
	syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes);
	keeper->size = sizes.seccomp_notif;
	keeper->child = (int)syscall(SYS_pidfd_open, child, 0);
	keeper->call = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (keeper->child < 0 || keeper->call == MAP_FAILED || pipe2(hold, O_CLOEXEC))
		return false;
	pid = fork();
	if (!pid) {
		close(hold[1]);
		keep(keeper, hold[0]);
	}
	close(hold[0]);
	keeper->hold = hold[1];
	/* Both are never awake at once: the program goes on where the listener ran (6.6). */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	return pid > 0;
}

void keeper_release(struct keeper *keeper)
{
	close(keeper->hold);
	close(keeper->listener);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Start a program that waits until it is followed; its filter is its own to set. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "start.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* -1: it cannot be set; otherwise the listener, if there is to be one. */
static int set_filter(const struct sock_fprog *filter, bool listens)
{
	unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
			     SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, listens ? flags : 0, filter);
}

/* Who may set a filter without it keeps the right to gain privileges by exec. */
static int filter_self(const struct sock_fprog *filter, bool listens)
{
	int listener = set_filter(filter, listens);

	if (listener < 0 && errno == EACCES && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		listener = set_filter(filter, listens);
	return listener;
}

/* A message that is an errno, with a descriptor where it is 0. */
union parcel {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void send_listener(int to, int listener, int error)
{
	struct iovec data = { &error, sizeof(error) };
	union parcel parcel = { .room = "" };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (listener >= 0) {
		message.msg_control = &parcel;
		message.msg_controllen = sizeof(parcel);
		parcel.header.cmsg_level = SOL_SOCKET;
		parcel.header.cmsg_type = SCM_RIGHTS;
		parcel.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&parcel.header), &listener, sizeof(listener));
	}
	if (sendmsg(to, &message, 0) < 0)
		_exit(1);
}

static void receive_listener(int from, struct program *program)
{
	struct iovec data = { &program->error, sizeof(program->error) };
	union parcel parcel;
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1,
				  .msg_control = &parcel, .msg_controllen = sizeof(parcel) };
	const struct cmsghdr *header;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != sizeof(program->error))
		err(1, "the program does not answer");
	header = CMSG_FIRSTHDR(&message);
	if (header)
		memcpy(&program->listener, CMSG_DATA(header), sizeof(program->listener));
}

static void __attribute__((__noreturn__)) be_program(char **argv, const struct sock_fprog *filter,
						     bool listens, int post, int go, int failed)
{
	int listener, error;
	char word;

	if (filter) {
		listener = filter_self(filter, listens);
		send_listener(post, listens ? listener : -1, listener < 0 ? errno : 0);
	}
	/* Nobody would answer even exit_group. */
	if (read(go, &word, 1) != 1)
		kill(getpid(), SIGKILL);
	execvp(argv[0], argv);
	error = errno;
	if (write(failed, &error, sizeof(error)) != sizeof(error))
		_exit(1);
	_exit(error == ENOENT ? 127 : 126);
}

void program_start(struct program *program, char **argv, const struct sock_fprog *filter,
		   bool listens)
{
	int post[2], go[2], failed[2];

	if (pipe2(go, O_CLOEXEC) || pipe2(failed, O_CLOEXEC) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, post))
		err(1, "no pipe");
	*program = (struct program){ .listener = -1, .go = go[1], .failed = failed[0] };
	program->pid = fork();
	if (program->pid < 0)
		err(1, "no process");
	if (!program->pid) {
		close(go[1]);
		be_program(argv, filter, listens, post[1], go[0], failed[1]);
	}
	close(go[0]);
	close(failed[1]);
	close(post[1]);
	if (filter)
		receive_listener(post[0], program);
	close(post[0]);
}

void program_go(struct program *program)
{
	if (write(program->go, "", 1) != 1)
		warn("cannot start the program");
	close(program->go);
}

void program_end(struct program *program)
{
	close(program->go);
	kill(program->pid, SIGKILL);
	waitpid(program->pid, NULL, 0);
}

int program_failed(const struct program *program)
{
	struct pollfd ready = { .fd = program->failed, .events = POLLIN };
	static int error;

	if (!error && poll(&ready, 1, 0) > 0 && ready.revents & POLLIN &&
	    read(program->failed, &error, sizeof(error)) != sizeof(error))
		return 0;
	return error;
}

int program_end_as(int status)
{
	struct rlimit none = { 0, 0 };

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none);
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

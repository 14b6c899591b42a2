// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/socket.h>

#include "probe.h"

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void message(struct msghdr *msg, struct iovec *data, union control *control)
{
	static char byte;

	*data = (struct iovec){ .iov_base = &byte, .iov_len = 1 };
	*msg = (struct msghdr){
		.msg_iov = data, .msg_iovlen = 1,
		.msg_control = control->room, .msg_controllen = sizeof(control->room),
	};
}

static bool send_descriptor(int peer, int fd)
{
	union control control = { 0 };
	struct cmsghdr *header;
	struct msghdr msg;
	struct iovec data;

	message(&msg, &data, &control);
	header = CMSG_FIRSTHDR(&msg);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(peer, &msg, 0) == 1;
}

static int receive_descriptor(int peer)
{
	union control control = { 0 };
	struct cmsghdr *header;
	struct msghdr msg;
	struct iovec data;
	int fd = -1;

	message(&msg, &data, &control);
	if (recvmsg(peer, &msg, 0) != 1)
		return -1;
	header = CMSG_FIRSTHDR(&msg);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

/* The child's exit status: an errno of mmap, or one of these. */
enum { SAME = 0, NOT_PASSED = 254, OTHER = 255 };

/* Marks when the parent has: else the parent may take a mark for what was there before. */
static int map_received(struct audit *audit, int peer)
{
	const struct subject *subject = audit->subject;
	int fd = receive_descriptor(peer);
	char *at;

	if (fd < 0)
		return NOT_PASSED;
	mark(audit, map_subject(audit));
	close(subject->fd);
	at = map_as(subject, fd, subject->prot, subject->flags);
	if (at == MAP_FAILED)
		return errno;
	return wrong_page(at, 0, subject->length, NULL) == NO_PAGE ? SAME : OTHER;
}

static void run(struct audit *audit)
{
	int ends[2], status;
	char *at;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		not_asked(audit, "socketpair: %s", strerror(errno));
	step(audit, "fork");
	pid = fork();
	if (pid < 0)
		not_asked(audit, "fork: %s", strerror(errno));
	if (!pid)
		_exit(map_received(audit, ends[1]));
	at = map_subject(audit);
	mark(audit, at);
	step(audit, "a child that maps what it was sent");
	if (!send_descriptor(ends[0], audit->subject->fd))
		refused(audit, "SCM_RIGHTS");
	if (waitpid(pid, &status, 0) != pid)
		not_asked(audit, "waitpid: %s", strerror(errno));
	if (WIFSIGNALED(status))
		late(audit, WTERMSIG(status), "a child that maps what it was sent");
	status = WEXITSTATUS(status);
	if (status == NOT_PASSED)
		not_asked(audit, "the descriptor did not arrive");
	if (status == OTHER && map_again(audit, at) == at)
		note(audit, "another process maps it; each mapping is memory of its own");
	if (status == OTHER)
		risk(audit, "another process maps the same descriptor and sees something else");
	errno = status;
	if (status)
		refused(audit, "mmap of a descriptor that was passed");
	must_hold(audit, at, 0, audit->subject->length, "after a child that mapped it ended");
	works(audit, "another process maps it and sees the same");
}

const struct probe probe_pass_descriptor = {
	.name = "pass-descriptor",
	.asks = "can another process map the descriptor that it is sent?",
	.rule = "what another process does with its mapping takes nothing from this one",
	.change = "tie the object to the file, not to the process that opened it",
	.why = "memory is shared like this: by compositors, virtual machines, sandboxes",
	.needs = NEEDS_FD | NEEDS_SHARED | NEEDS_TWICE | NEEDS_MEMORY,
	.run = run,
};

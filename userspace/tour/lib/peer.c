// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer.h"
#include "tour.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t peer_fork(struct peer *peer)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		tour_die("socketpair");
	fflush(stdout);
	peer->pid = fork();
	if (peer->pid < 0)
		tour_die("fork");
	if (!peer->pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(ends[peer->pid ? 1 : 0]);
	peer->socket = ends[peer->pid ? 0 : 1];
	return peer->pid;
}

void peer_exec(struct peer *peer, const char *path, char *const argv[])
{
	if (peer_fork(peer))
		return;
	/* dup2 to itself would leave it close-on-exec. */
	if (peer->socket == PEER_FD)
		fcntl(PEER_FD, F_SETFD, 0);
	else
		dup2(peer->socket, PEER_FD);
	execv(path, argv);
	_exit(127);
}

void peer_tell(struct peer *peer)
{
	if (send(peer->socket, "", 1, MSG_NOSIGNAL) != 1)
		tour_die("the other process is gone");
}

void peer_wait(struct peer *peer)
{
	char word;

	if (recv(peer->socket, &word, 1, 0) != 1)
		tour_die("the other process is gone");
}

union fd_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

void peer_send_fd(struct peer *peer, int fd)
{
	union fd_message control = { };
	struct iovec word = { .iov_base = "", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &word, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (sendmsg(peer->socket, &message, MSG_NOSIGNAL) != 1)
		tour_die("send a descriptor");
}

int peer_receive_fd(struct peer *peer)
{
	union fd_message control = { };
	char byte;
	struct iovec word = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &word, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(peer->socket, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    message.msg_controllen < CMSG_LEN(sizeof(int)))
		tour_die("receive a descriptor");
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

int peer_join(struct peer *peer)
{
	int status;

	close(peer->socket);
	if (waitpid(peer->pid, &status, 0) < 0)
		tour_die("waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A message between two processes, and the byte that says it was read: through
 * memory that both map, where a byte in a pipe says that it is there, or through a
 * pipe or a socket as they are.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmabench.h"

struct channel {
	int to[2], back[2];
	char *shared;	/* NULL: the message itself goes through @to */
};

static bool send_all(int fd, const char *from, size_t bytes)
{
	while (bytes) {
		ssize_t done = write(fd, from, bytes);

		if (done <= 0)
			return false;
		from += done;
		bytes -= (size_t)done;
	}
	return true;
}

static bool receive_all(int fd, char *to, size_t bytes)
{
	while (bytes) {
		ssize_t done = read(fd, to, bytes);

		if (done <= 0)
			return false;
		to += done;
		bytes -= (size_t)done;
	}
	return true;
}

static bool send_message(const struct channel *channel, const char *message, size_t bytes)
{
	if (!channel->shared)
		return send_all(channel->to[1], message, bytes);
	memcpy(channel->shared, message, bytes);
	return send_all(channel->to[1], "", 1);
}

static bool receive_message(const struct channel *channel, char *message, size_t bytes)
{
	if (!channel->shared)
		return receive_all(channel->to[0], message, bytes);
	if (!receive_all(channel->to[0], message, 1))
		return false;
	memcpy(message, channel->shared, bytes);
	return true;
}

static void __noreturn answer(const struct channel *channel, char *message, size_t bytes)
{
	close(channel->to[1]);
	while (receive_message(channel, message, bytes) && send_all(channel->back[1], "", 1))
		;
	_exit(0);
}

static struct channel open_channel(struct run *run)
{
	const bool socket = !strcmp(run->peer->name, "socket");
	struct channel channel = { .shared = NULL };

	run_need(run, !(socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, channel.to)
			       : pipe(channel.to)) && !pipe(channel.back), "pipe or socket");
	if (run->peer->group != PEER_STREAM) {
		channel.shared = run_map(run);
		/* All PTEs that there can be. */
		for (size_t at = 0; at < run->bytes; at += run->page)
			((volatile char *)channel.shared)[at] = 1;
	}
	return channel;
}

/* Each of bench->step bytes, of an object of whole pages. */
uint64_t message_pass(struct run *run)
{
	const size_t bytes = run->bench->step;
	struct channel channel = open_channel(run);
	char *message = calloc(1, bytes), ack;
	pid_t pid;

	if (!message)
		give_up("no memory");
	pid = fork();
	run_need(run, pid >= 0, "fork");
	if (!pid)
		answer(&channel, message, bytes);
	close(channel.to[0]);
	close(channel.back[1]);
	/* The first one finds pages and processes cold. */
	for (unsigned int i = 0; i <= run->bench->times; i++) {
		if (i == 1)
			run_start(run);
		run_need(run, send_message(&channel, message, bytes) &&
			 receive_all(channel.back[0], &ack, 1), "the other process");
	}
	run_stop(run);
	close(channel.to[1]);
	close(channel.back[0]);
	waitpid(pid, NULL, 0);
	if (channel.shared)
		run_unmap(run, channel.shared);
	free(message);
	return run->bench->times;
}

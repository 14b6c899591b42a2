// SPDX-License-Identifier: GPL-2.0-or-later
/* An opener of somebody's own: a program that sends descriptors and what it knows of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "open.h"

#define ANSWER_MS 10000

static const char *program;
static int control = -1;	/* its standard input's other end */

/* The other end is its standard input; it runs on until ours is closed, at the end. */
static int start(void)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		dup2(ends[1], STDIN_FILENO);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl(program, program, NULL);
		_exit(127);
	}
	close(ends[1]);
	return ends[0];
}

static const char *receive(int socket, struct subject *subject, char *text, size_t room)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec space = { .iov_base = text, .iov_len = room - 1 };
	struct msghdr message = {
		.msg_iov = &space, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	ssize_t n;

	if (!is_ready_within(socket, ANSWER_MS))
		return "it sends nothing";
	n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return failed("recvmsg");
	if (!n)
		return "it ended, and sent nothing";
	text[n] = '\0';
	for (header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
		int fds[2], count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(fds, CMSG_DATA(header), (size_t)count * sizeof(int));
		subject->fd = fds[0];
		if (count > 1)
			subject->reader = fds[1];
	}
	return subject->fd < 0 ? "it sends no descriptor" : NULL;
}

static const char *take_traits(struct subject *subject, char *words)
{
	static const struct {
		const char *word;
		unsigned int trait;
	} traits[] = {
		{ "exact", TRAIT_EXACT }, { "once", TRAIT_ONCE }, { "own", TRAIT_OWN },
		{ "registers", TRAIT_REGISTERS }, { "ring", TRAIT_RING },
		{ "others", TRAIT_OTHERS },
	};
	char *rest;

	for (char *word = strtok_r(words, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		size_t i;

		for (i = 0; i < ARRAY_SIZE(traits) && strcmp(traits[i].word, word); i++)
			;
		if (i == ARRAY_SIZE(traits))
			return "it names a trait that there is not";
		subject->traits |= traits[i].trait;
	}
	return NULL;
}

static const char *take_hooks(struct subject *subject, char *words)
{
	static const char *const hooks[HOOKS] = { "revoke", "resize", "free" };
	char *rest;

	for (char *word = strtok_r(words, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		size_t i;

		for (i = 0; i < HOOKS && strcmp(hooks[i], word); i++)
			;
		if (i == HOOKS)
			return "it names a hook that there is not";
		subject->hooks |= 1u << i;
	}
	return NULL;
}

static const char *take_bytes(unsigned long long *bytes, const char *text)
{
	char *end;

	errno = 0;
	*bytes = strtoull(text, &end, 0);
	if (errno || end == text || *end || *bytes % page_size() || *bytes > INT64_MAX)
		return "a length or an offset that it sends is not in whole pages";
	return NULL;
}

static const char *take_line(struct subject *subject, char *line)
{
	char *value = strchr(line, '=');
	unsigned long long bytes = 0;
	const char *why;

	if (!value)
		return "it sends a line that is no key=value";
	*value++ = '\0';
	if (!strcmp(line, "traits"))
		return take_traits(subject, value);
	if (!strcmp(line, "hooks"))
		return take_hooks(subject, value);
	why = take_bytes(&bytes, value);
	if (why)
		return why;
	if (!strcmp(line, "length") && bytes) {
		subject->length = bytes;
		subject->traits |= TRAIT_SIZED;
		return NULL;
	}
	if (strcmp(line, "offset"))
		return "it sends a key that there is not, or no length";
	subject->offset = (off_t)bytes;
	return NULL;
}

const char *exec_fresh(struct subject *subject)
{
	char text[1024], *rest;
	const char *why;

	subject->fd = -1;
	control = start();
	if (control < 0)
		return failed("it cannot be started");
	why = receive(control, subject, text, sizeof(text));
	for (char *line = why ? NULL : strtok_r(text, "\n", &rest); line && !why;
	     line = strtok_r(NULL, "\n", &rest))
		why = take_line(subject, line);
	return why;
}

const char *exec_hook(const char *word)
{
	static char answer[128];
	ssize_t n;

	if (dprintf(control, "%s\n", word) < 0)
		return failed("it does not listen");
	if (!is_ready_within(control, ANSWER_MS))
		return "it does not answer";
	n = read(control, answer, sizeof(answer) - 1);
	if (n <= 0)
		return "it ended";
	answer[n] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	return strcmp(answer, "done") ? answer : NULL;
}

static const char *open_exec(struct subject *subject, char *const *options)
{
	program = option_value(options, "run");
	if (!program || !*program)
		return "exec:run=PROGRAM names the program";
	if (access(program, X_OK))
		return failed(program);
	return exec_fresh(subject);
}

const struct opener opener_exec = {
	.name = "exec",
	.about = "what a program of one's own sends; see vmaudit(1)",
	.options = "run=PROGRAM",
	.open = open_exec,
};

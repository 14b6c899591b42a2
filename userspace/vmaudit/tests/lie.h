/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests whose program is an opener, too: it sends a mapping that is not what it says. */
#ifndef LIE_H
#define LIE_H

#define PROGRAM "vmaudit"
#include "../../tests/run.h"

#include <stdlib.h>
#include <sys/socket.h>

#define LIE "VMAUDIT_TEST_LIE"

/* Until the other end is closed: what is asked for, or what is not. */
static void serve_hooks(int fd, bool lies)
{
	const off_t bytes = 16 * sysconf(_SC_PAGESIZE);
	char word[32];
	ssize_t n;

	while ((n = read(0, word, sizeof(word) - 1)) > 0) {
		off_t length = 0;
		bool fails;

		word[n] = '\0';
		if (!strcmp(word, "resize\n"))
			length = lies ? 0 : bytes / 2;
		else if (!strcmp(word, "free\n"))
			length = bytes;
		else if (lies)
			length = bytes;
		fails = ftruncate(fd, length) || (lies && pwrite(fd, "\377", 1, 0) != 1) ||
			write(0, "done\n", 5) != 5;
		if (fails)
			_exit(1);
	}
}

static void send_answer(const char *text, int fd, int reader)
{
	char control[CMSG_SPACE(2 * sizeof(int))] = "";
	int fds[2] = { fd, reader }, count = reader < 0 ? 1 : 2;
	struct iovec iov = { .iov_base = (void *)text, .iov_len = strlen(text) };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int)),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, (size_t)count * sizeof(int));
	if (sendmsg(0, &message, 0) < 0)
		_exit(1);
	serve_hooks(fd, !strncmp(text, "hooks=", 6));
	_exit(0);
}

/* As an opener, this program is another one. */
static void __attribute__((constructor)) open_as_told(void)
{
	const char *lie = getenv(LIE);
	long page = sysconf(_SC_PAGESIZE);
	char text[256], path[64];
	int fd, reader;

	if (!lie)
		return;
	unsetenv(LIE);
	fd = memfd_create("lie", 0);
	if (fd < 0 || ftruncate(fd, 16 * page))
		_exit(1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reader = open(path, O_RDONLY);
	snprintf(text, sizeof(text), "length=%ld\n", 16 * page);
	if (!strcmp(lie, "writable reader"))
		reader = fd;
	else if (!strcmp(lie, "more than it says"))
		snprintf(text, sizeof(text), "length=%ld\n", 8 * page);
	else if (!strcmp(lie, "hangs"))
		pause();
	else if (!strcmp(lie, "nothing"))
		_exit(0);
	else if (!strcmp(lie, "no descriptor"))
		_exit(write(0, "length=4096\n", 12) != 12 || read(0, text, 1));
	else if (strcmp(lie, "none"))
		snprintf(text, sizeof(text), "%s", lie);
	send_answer(text, fd, reader);
}

static void audit_lie(struct __test_metadata *_metadata, struct run *run, const char *lie,
		      const char *only)
{
	char self[1024] = "", kind[1100];

	ASSERT_LT(0, readlink("/proc/self/exe", self, sizeof(self) - 1));
	snprintf(kind, sizeof(kind), "exec:run=%s", self);
	setenv(LIE, lie, 1);
	RUN(run, "--only", only, kind);
	unsetenv(LIE);
}

#endif

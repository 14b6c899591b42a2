// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>

#include "probe.h"

/* The program itself maps the descriptor that it was left; only its exit status counts. */
static void exec_self(struct audit *audit, char *at)
{
	const struct subject *subject = audit->subject;
	int null = open("/dev/null", O_RDWR);
	char fd[16], length[32], offset[32];
	char *const argv[] = { "vmaudit", "--fd", fd, "--length", length, "--offset", offset,
			 "--flags", "shared", "--only", "zeroed", NULL };

	(void)at;
	snprintf(fd, sizeof(fd), "%d", subject->fd);
	snprintf(length, sizeof(length), "%zu", subject->length);
	snprintf(offset, sizeof(offset), "%lld", (long long)subject->offset);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (!fcntl(subject->fd, F_SETFD, 0))
		execv("/proc/self/exe", argv);
	_exit(127);
}

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at = map_subject(audit);
	int status;

	mark(audit, at);
	status = in_child(audit, exec_self, at);
	must_hold(audit, at, 0, subject->length, "after a child that had it mapped called execve");
	if (WIFSIGNALED(status))
		late(audit, WTERMSIG(status), "a program that maps the descriptor it was left");
	if (WEXITSTATUS(status) == EXIT_USAGE)
		risk(audit, "after execve the descriptor cannot be mapped");
	if (WEXITSTATUS(status) != EXIT_CLEAN)
		not_asked(audit, "execve of /proc/self/exe ended with %d", WEXITSTATUS(status));
	works(audit, "a descriptor that execve leaves open maps; the parent's pages hold");
}

const struct probe probe_exec_over = {
	.name = "exec-over",
	.asks = "does execve in a child leave the parent's mapping alone, and the descriptor?",
	.rule = "execve ends the mappings of the one who calls it, and no others",
	.change = "take a reference in ->open, give it back in ->close",
	.why = "it is the usual way for a copy of a mapping to end",
	.needs = NEEDS_FD | NEEDS_SHARED | NEEDS_TWICE | NEEDS_MEMORY,
	.run = run,
};

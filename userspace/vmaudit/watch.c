// SPDX-License-Identifier: GPL-2.0-or-later
/* A driver may hang in open, where no probe's limit of time reaches. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmaudit.h"

static int opening = -1;

/* The rest is the child's: what cannot be killed is left, and this process ends. */
static __noreturn void wait_for_opening(const char *name, pid_t pid, int opened,
					unsigned int seconds)
{
	int status;

	if (!is_ready_within(opened, (int)seconds * 1000)) {
		fprintf(stderr, "vmaudit: %s: open does not return within %u s\n", name, seconds);
		kill(pid, SIGKILL);
		exit(EXIT_STUCK);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	exit(WEXITSTATUS(status));
}

void watch_opening(const char *name, unsigned int seconds)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe2: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid) {
		close(ends[1]);
		wait_for_opening(name, pid, ends[0], seconds);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(ends[0]);
	opening = ends[1];
}

void opening_is_over(void)
{
	close(opening);
}

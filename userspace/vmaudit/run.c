// SPDX-License-Identifier: GPL-2.0-or-later
/* Ask one probe: in a process of its own, for a limited time, an ear to the kernel's log. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <klog.h>

#include "vmaudit.h"

#define REAPED_MS 3000		/* after SIGKILL; what takes longer hangs in the kernel */

/* Pages that the two share, since a child's own memory ends with it. */
static struct finding *shared_finding(void)
{
	struct finding *finding = mmap(NULL, sizeof(*finding), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (finding == MAP_FAILED)
		die("no memory for a finding: %s", strerror(errno));
	return finding;
}

bool is_ready_within(int fd, int milliseconds)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int n;

	do {
		n = poll(&ready, 1, milliseconds);
	} while (n < 0 && errno == EINTR);
	return n == 1;
}

/* What a probe forked and did not wait for came to us; its mappings go before the next begins. */
static void reap(pid_t group)
{
	for (int ms = 0; ms < REAPED_MS && waitpid(-group, NULL, WNOHANG) >= 0; ms++)
		usleep(1000);
}

/* What a probe forked is in its group, and goes with it. */
static void wait_for(pid_t pid, struct finding *finding, unsigned int seconds)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), status;
	bool in_time;

	if (pidfd < 0)
		die("pidfd_open: %s", strerror(errno));
	in_time = is_ready_within(pidfd, (int)seconds * 1000);
	kill(-pid, SIGKILL);
	if (!in_time) {
		finding->verdict = STUCK;
		snprintf(finding->seen, sizeof(finding->seen), "%s within %u s: %s",
			 is_ready_within(pidfd, REAPED_MS) ? "no end" :
			 "no end, and cannot be killed,", seconds, finding->step);
		waitpid(pid, &status, WNOHANG);
	} else if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
		   finding->verdict == VERDICT_NONE) {
		finding->verdict = LATE;
		finding->error = WTERMSIG(status);
		snprintf(finding->seen, sizeof(finding->seen), "killed by it in: %s",
			 finding->step);
	}
	close(pidfd);
	reap(pid);
}

/* What a kernel writes when it has met a bug of its own, or is about to die of it. */
static void listen_for_complaints(int klog, struct finding *finding)
{
	static const char *const words[] = {
		"WARNING:", "BUG:", "Oops:", "general protection fault", "kernel BUG at",
		"Bad page map", "Bad rss-counter", "x86/PAT: ", "refcount_t:",
	};
	char record[4096];
	size_t i;

	for (;;) {
		ssize_t n = read(klog, record, sizeof(record) - 1);

		if (n < 0 && errno == EPIPE)	/* overwritten meanwhile */
			continue;
		if (n <= 0)
			return;
		record[n] = '\0';
		for (i = 0; i < ARRAY_SIZE(words) && !strstr(record, words[i]); i++)
			;
		if (i == ARRAY_SIZE(words))
			continue;
		finding->verdict = LOGGED;
		snprintf(finding->seen, sizeof(finding->seen), "%.*s",
			 (int)strcspn(strchr(record, ';') + 1, "\n"), strchr(record, ';') + 1);
		return;
	}
}

/* Another object where the first one was, for this process. */
static void take_another(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	int fd;

	if (!subject->another)
		return;
	step(audit, "opening another");
	fd = subject->another(subject);
	if (fd < 0 || dup3(fd, subject->fd, O_CLOEXEC) < 0)
		not_asked(audit, "another cannot be opened: %s", strerror(errno));
	close(fd);
}

static __noreturn void run(struct audit *audit)
{
	static const int reset[] = { SIGINT, SIGTERM, SIGPIPE, SIGCHLD };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(reset); i++)
		signal(reset[i], SIG_DFL);
	take_another(audit);
	audit->probe->run(audit);
	_exit(0);
}

void ask(struct audit *audit, unsigned int seconds)
{
	struct finding *finding = shared_finding(), *given = audit->finding;
	int klog = klog_open();
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	audit->finding = finding;
	if (!pid)
		run(audit);
	setpgid(pid, pid);
	wait_for(pid, finding, seconds);
	if (klog >= 0) {
		listen_for_complaints(klog, finding);
		close(klog);
	}
	if (finding->verdict == VERDICT_NONE) {
		finding->verdict = NOT_ASKED;
		snprintf(finding->seen, sizeof(finding->seen), "it ended by itself in: %s",
			 finding->step);
	}
	*given = *finding;
	audit->finding = given;
	munmap(finding, sizeof(*finding));
}

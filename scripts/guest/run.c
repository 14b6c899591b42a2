// SPDX-License-Identifier: GPL-2.0-or-later
/* Run one program as a process of its own, its output indented as KTAP asks. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define KSFT_SKIP	4

long clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

/*
 * The console loses what is still on its way when the leader of its session
 * exits. So the leader only waits for the program, and for the console.
 */
static void lead_session(void)
{
	int status;
	pid_t pid;

	ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	signal(SIGINT, SIG_IGN);	/* Ctrl-C is for the program */
	pid = fork();
	if (pid <= 0) {
		signal(SIGINT, SIG_DFL);
		return;
	}
	waitpid(pid, &status, 0);
	tcdrain(STDOUT_FILENO);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static bool become(int user)
{
	return !user || !(setgroups(0, NULL) || setresgid(user, user, user) ||
			  setresuid(user, user, user));
}

static void __attribute__((noreturn)) start(const struct run *run, const int out[2])
{
	setsid();
	if (run->raw) {
		lead_session();
	} else {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		close(null);
		close(out[0]);
		close(out[1]);
	}
	if (chdir("/tmp") || !become(run->user))
		_exit(126);
	execv(run->argv[0], run->argv);
	printf("# cannot run %s: %s\n", run->argv[0], strerror(errno));
	fflush(stdout);
	_exit(127);
}

static void print_indented(const char *text, size_t len)
{
	static bool inside_line;

	for (size_t i = 0; i < len; i++) {
		if (!inside_line)
			fputs("    ", stdout);
		putchar(text[i]);
		inside_line = text[i] != '\n';
	}
	if (!len && inside_line) {
		putchar('\n');
		inside_line = false;
	}
	fflush(stdout);
}

/* Forward what there is to read; false: there will be no more. */
static bool forward_some(int fd, bool *failed)
{
	char text[4096];
	ssize_t got = read(fd, text, sizeof(text) - 1);

	if (got <= 0)
		return false;
	text[got] = '\0';
	*failed |= !strncmp(text, "not ok ", 7) || strstr(text, "\nnot ok ");
	print_indented(text, got);
	return true;
}

static bool is_gone(pid_t pid)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

/* Forward output until the program is gone, or has failed enough; false: time is up first. */
static bool watch(pid_t pid, int fd, const struct run *run, bool *failed)
{
	long deadline = clock_ms() + run->timeout * 1000L;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (!is_gone(pid) && !(*failed && run->once)) {
		if (clock_ms() >= deadline)
			return false;
		/* A negative fd is none: it closed its output and goes on. */
		if (poll(&p, 1, p.fd < 0 ? 5 : 50) > 0 && !forward_some(fd, failed))
			p.fd = -1;
	}
	return true;
}

/* As PID 1 we are given every orphan: end all there is, return @pid's status. */
static int reap(pid_t pid)
{
	int status = -1, one;
	pid_t gone;

	kill(-1, SIGKILL);
	while ((gone = wait(&one)) > 0 || errno == EINTR)
		if (gone == pid)
			status = one;
	return status;
}

/**
 * run_program - run it, wait for it, end what it left running
 * @run:  the program
 * @why:  room for a reason, of @room bytes
 *
 * Return: NULL if it passed, else why not; "SKIP" if it says so itself.
 */
const char *run_program(const struct run *run, char *why, size_t room)
{
	bool in_time = true, failed = false;
	int out[2], status;
	pid_t pid;

	fflush(stdout);
	if (pipe2(out, O_CLOEXEC))
		return "no pipe";
	pid = fork();
	if (pid < 0)
		return "no process";
	if (!pid)
		start(run, out);

	close(out[1]);
	if (run->raw)
		waitid(P_PID, pid, NULL, WEXITED | WNOWAIT);
	else
		in_time = watch(pid, out[0], run, &failed);
	status = reap(pid);
	while (forward_some(out[0], &failed))
		;
	print_indented("", 0);
	close(out[0]);

	if (!in_time)
		snprintf(why, room, "timeout after %d s", run->timeout);
	else if (WIFSIGNALED(status))
		snprintf(why, room, "killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == KSFT_SKIP)
		return "SKIP";
	else if (WEXITSTATUS(status))
		snprintf(why, room, "exit status %d", WEXITSTATUS(status));
	else
		return NULL;
	return why;
}

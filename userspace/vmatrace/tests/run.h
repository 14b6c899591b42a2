/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run vmatrace as a user does, on a program or on a case of this test, and keep what it said. */
#ifndef VMATRACE_TESTS_RUN_H
#define VMATRACE_TESTS_RUN_H

#include <kselftest_harness.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MOST_ARGS 16
#define CASE "VMATRACE_CASE"

struct run {
	pid_t pid;
	int fd;
	int status;		/* as a shell gives it */
	char said[262144];	/* standard output and standard error */
};

/* The folder above that of this program: bin, t and tour are beside each other. */
static const char *beside(const char *name)
{
	static char path[4][2048];
	static unsigned int next;
	char self[1024] = "", *room = path[next++ % 4];

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return name;
	snprintf(room, sizeof(path[0]), "%s/../%s", dirname(self), name);
	return room;
}

static void start(struct __test_metadata *_metadata, struct run *run, const char *const *args)
{
	const char *argv[MOST_ARGS + 2] = { beside("bin/vmatrace") };
	int pipe[2];

	for (int i = 0; i < MOST_ARGS && args[i]; i++)
		argv[i + 1] = args[i];
	run->said[0] = '\0';
	ASSERT_EQ(0, pipe2(pipe, O_CLOEXEC));
	run->pid = fork();
	ASSERT_LE(0, run->pid);
	if (!run->pid) {
		dup2(pipe[1], 1);
		dup2(pipe[1], 2);
		execv(argv[0], (char *const *)argv);
		_exit(125);
	}
	close(pipe[1]);
	run->fd = pipe[0];
}

static void finish(struct run *run)
{
	size_t used = strlen(run->said);
	ssize_t got;

	while ((got = read(run->fd, run->said + used, sizeof(run->said) - 1 - used)) > 0)
		used += (size_t)got;
	run->said[used] = '\0';
	close(run->fd);
	waitpid(run->pid, &run->status, 0);
	run->status = WIFSIGNALED(run->status) ? 128 + WTERMSIG(run->status)
					       : WEXITSTATUS(run->status);
}

static inline void vmatrace(struct __test_metadata *_metadata, struct run *run,
			    const char *const *args)
{
	start(_metadata, run, args);
	finish(run);
}

/* Until it waits for time to pass: what it does once a second it has done once. */
static inline void wait_asleep(pid_t pid)
{
	char path[64], text[16];
	long number = -1;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	while (number != SYS_clock_nanosleep && !usleep(1000)) {
		FILE *file = fopen(path, "re");

		number = file && fgets(text, sizeof(text), file) ? atol(text) : -1;
		if (!file)
			return;
		fclose(file);
	}
}

#define VMATRACE(run, ...) vmatrace(_metadata, run, (const char *const[]){ __VA_ARGS__, NULL })

static inline bool is_emulated(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	bool emulated = false;
	char line[4096];

	while (file && fgets(line, sizeof(line), file))
		emulated |= !!strstr(line, "QEMU TCG");
	if (file)
		fclose(file);
	return emulated;
}

/* QEMU's TCG may run code that another processor is patching, as tracepoints have it. */
static inline bool is_patched_badly(void)
{
	return is_emulated() && sysconf(_SC_NPROCESSORS_CONF) > 1;
}

/* Why it cannot follow by this here; NULL: it can. */
static inline const char *cannot(struct __test_metadata *_metadata, const char *by)
{
	const char *name = getenv(CASE);
	static struct run run;

	if (!strcmp(by, "perf") && is_patched_badly())
		return "no tracepoints on several processors of QEMU's";
	unsetenv(CASE);
	VMATRACE(&run, "--by", by, "-q", "/absent");
	if (name)
		setenv(CASE, name, 1);
	return strstr(run.said, "cannot follow") ? "not privileged, or no tracefs" : NULL;
}

#define EXPECT_SAID(run, text) \
	EXPECT_NE(NULL, strstr((run)->said, text)) { \
		TH_LOG("'%s' is not in: %.2000s", text, (run)->said); \
	}

/* vmatrace ends with a status and one line that has a text. */
#define EXPECT_REFUSAL(status_, text, ...) \
	do { \
		static struct run run_; \
		VMATRACE(&run_, __VA_ARGS__); \
		EXPECT_EQ(status_, run_.status); \
		EXPECT_SAID(&run_, text); \
		EXPECT_EQ(strchr(run_.said, '\n'), strrchr(run_.said, '\n')); \
	} while (0)

#endif

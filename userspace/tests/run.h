/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run PROGRAM, which the test names, as a user does, and keep what it printed. */
#ifndef TESTS_RUN_H
#define TESTS_RUN_H

#include <fcntl.h>
#include <kselftest_harness.h>
#include <libgen.h>
#include <sys/mman.h>
#include <sys/wait.h>

#ifndef MOST_ARGS
#define MOST_ARGS 16
#endif

/**
 * struct run - how it is run, and what came of it
 * @to:	    where standard output goes; NULL: to @out
 * @deaf:   it has no standard output
 * @status: as a shell gives it
 */
struct run {
	const char *to;
	bool deaf;
	int status;
	char out[1 << 16], err[1 << 14];
};

/* PROGRAM stands in ../bin beside the folder of this one. */
static void become_program(const struct run *run, int out, int err, const char *const *args)
{
	const char *argv[MOST_ARGS + 2] = { PROGRAM };
	char self[1024] = "", path[2048];

	for (int i = 0; i < MOST_ARGS && args[i]; i++)
		argv[i + 1] = args[i];
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		_exit(126);
	snprintf(path, sizeof(path), "%s/../bin/" PROGRAM, dirname(self));
	dup2(run->to ? open(run->to, O_WRONLY) : out, 1);
	dup2(err, 2);
	if (run->deaf)
		close(1);
	execv(path, (char *const *)argv);
	_exit(126);
}

static void run_program(struct __test_metadata *_metadata, struct run *run, const char *const *args)
{
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
	int status;
	pid_t pid;

	ASSERT_LE(0, out);
	ASSERT_LE(0, err);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		become_program(run, out, err, args);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	run->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	memset(run->out, 0, sizeof(run->out));
	memset(run->err, 0, sizeof(run->err));
	ASSERT_LE(0, pread(out, run->out, sizeof(run->out) - 1, 0));
	ASSERT_LE(0, pread(err, run->err, sizeof(run->err) - 1, 0));
	close(out);
	close(err);
}

#define RUN(run, ...) run_program(_metadata, run, (const char *const[]){ __VA_ARGS__, NULL })

/* PROGRAM ends with @status, prints nothing, and one line of errors with @text. */
#define EXPECT_REFUSAL(status_, text, ...) \
	do { \
		struct run run_ = { 0 }; \
		RUN(&run_, __VA_ARGS__); \
		EXPECT_EQ(status_, run_.status); \
		EXPECT_STREQ("", run_.out); \
		EXPECT_EQ(strlen(run_.err) - 1, strcspn(run_.err, "\n")); \
		EXPECT_NE(NULL, strstr(run_.err, text)) { \
			TH_LOG(PROGRAM " says: %s", run_.err); \
		} \
	} while (0)

/* Into a file of the kernel's: all of it at once. */
static inline bool put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

static inline int lines_of(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* Of 24 lines and 80 columns; leaves what it says in @run. */
static inline void expect_help_fits(struct __test_metadata *_metadata, struct run *run)
{
	RUN(run, "--help");
	EXPECT_EQ(0, run->status);
	EXPECT_STREQ("", run->err);
	EXPECT_GE(24, lines_of(run->out));
	for (const char *line = run->out; *line; line += strcspn(line, "\n") + 1)
		EXPECT_GE(80, strcspn(line, "\n"));
}

#endif

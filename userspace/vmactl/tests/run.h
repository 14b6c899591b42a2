/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run vmactl as a user does, and keep what it printed. */
#ifndef VMACTL_TESTS_RUN_H
#define VMACTL_TESTS_RUN_H

#include <errno.h>
#include <fcntl.h>
#include <kselftest_harness.h>
#include <libgen.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/wait.h>

#define MOST_ARGS 16

struct run {
	int pid;
	int pipes[2];		/* standard output, standard error */
	int status;		/* as a shell gives it */
	char out[1 << 17], err[2048];
};

/**
 * struct way - how a program is run, where that is not as usual
 * @program: its path; NULL: vmactl
 * @user:    who runs it; 0: who runs the test
 * @closed:  a bit for each of standard input, output and error that it does not have
 * @to:      where its standard output goes; NULL: to struct run
 */
struct way {
	const char *program;
	int user;
	unsigned int closed;
	const char *to;
};

static const struct way as_usual = { .program = NULL };

/* @name beside the folder of this program, such as "bin/vmactl". */
static const char *path_of(struct __test_metadata *_metadata, const char *name)
{
	static char path[2048];
	char self[1024];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ASSERT_LT(0, n);
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s/../%s", dirname(self), name);
	return path;
}

static const char *vmactl_path(struct __test_metadata *_metadata)
{
	return path_of(_metadata, "bin/vmactl");
}

static void go_the_way(const struct way *way)
{
	int fd = way->to ? open(way->to, O_WRONLY | O_CLOEXEC) : 1;

	if (fd < 0 || dup2(fd, 1) < 0)
		_exit(125);
	if (way->user && (setgid(way->user) || setuid(way->user)))
		_exit(125);
	for (int i = 0; i <= 2; i++)
		if (way->closed & 1 << i)
			close(i);
}

static void start_way(struct __test_metadata *_metadata, struct run *run, const struct way *way,
		      const char *const *args)
{
	const char *argv[MOST_ARGS + 2] = { way->program ? : vmactl_path(_metadata) };
	int out[2], err[2];

	for (int i = 0; i < MOST_ARGS && args[i]; i++)
		argv[i + 1] = args[i];
	memset(run, 0, sizeof(*run));
	ASSERT_EQ(0, pipe2(out, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(err, O_CLOEXEC));
	run->pid = fork();
	ASSERT_LE(0, run->pid);
	if (!run->pid) {
		dup2(out[1], 1);
		dup2(err[1], 2);
		go_the_way(way);
		execv(argv[0], (char *const *)argv);
		_exit(126);
	}
	close(out[1]);
	close(err[1]);
	run->pipes[0] = out[0];
	run->pipes[1] = err[0];
}

static inline void start(struct __test_metadata *_metadata, struct run *run,
			 const char *const *args)
{
	start_way(_metadata, run, &as_usual, args);
}

static size_t read_some(int fd, char *text, size_t room)
{
	size_t used = strlen(text);
	ssize_t got = read(fd, text + used, room - 1 - used);

	text[used + (got > 0 ? (size_t)got : 0)] = '\0';
	return got > 0 ? (size_t)got : 0;
}

/* Reads until standard output holds @text, or ends. */
static inline void wait_for(struct run *run, const char *text)
{
	while (!strstr(run->out, text) && read_some(run->pipes[0], run->out, sizeof(run->out)))
		;
}

static void finish(struct run *run)
{
	struct pollfd waits[] = {
		{ .fd = run->pipes[0], .events = POLLIN },
		{ .fd = run->pipes[1], .events = POLLIN },
	};
	int open = 2;

	while (open && poll(waits, 2, -1) > 0) {
		for (int i = 0; i < 2; i++) {
			if (waits[i].revents &&
			    !read_some(waits[i].fd, i ? run->err : run->out,
				       i ? sizeof(run->err) : sizeof(run->out))) {
				close(waits[i].fd);
				waits[i].fd = -1;
				open--;
			}
		}
	}
	waitpid(run->pid, &run->status, 0);
	run->status = WIFSIGNALED(run->status) ? 128 + WTERMSIG(run->status)
					       : WEXITSTATUS(run->status);
}

static inline void run_way(struct __test_metadata *_metadata, struct run *run,
			   const struct way *way, const char *const *args)
{
	start_way(_metadata, run, way, args);
	finish(run);
}

#define RUN(run, way, ...) \
	run_way(_metadata, run, way, (const char *const[]){ __VA_ARGS__, NULL })

#define VMACTL(run, ...) RUN(run, &as_usual, __VA_ARGS__)

static inline bool is_one_line(const char *text)
{
	const char *newline = strchr(text, '\n');

	return newline && !newline[1];
}

/* vmactl ends with @status, prints nothing, and one line of errors with @text. */
#define EXPECT_REFUSAL(status_, text, ...) \
	do { \
		struct run run_; \
		VMACTL(&run_, __VA_ARGS__); \
		EXPECT_EQ(status_, run_.status); \
		EXPECT_STREQ("", run_.out); \
		EXPECT_TRUE(is_one_line(run_.err)); \
		EXPECT_NE(NULL, strstr(run_.err, text)) { \
			TH_LOG("vmactl says: %s", run_.err); \
		} \
	} while (0)

#endif

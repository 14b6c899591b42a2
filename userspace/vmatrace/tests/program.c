// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace as a program: what it says, and how it leaves a process that it was attached to. */
#include "run.h"

#include <poll.h>
#include <sys/mman.h>

#define SELF beside("t/vmatrace-program")

/* What this program does instead of testing, when CASE names it. */
/* Calls without end, until told by standard input; then a status that tells all was well. */
static void do_work(void)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	int wrong = 0;

	while (!poll(&input, 1, 0)) {
		void *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);

		wrong |= at == MAP_FAILED || mprotect(at, 4096, PROT_READ) || munmap(at, 8192);
	}
	_exit(wrong ? 1 : 42);
}

static void do_forks(void)
{
	for (int i = 0; i < 8; i++) {
		if (fork())
			continue;
		for (int j = 0; j < 50; j++)
			munmap(mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
			       65536);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	_exit(0);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "work", do_work }, { "forks", do_forks },
};

static __attribute((__constructor__)) void run_case(void)
{
	const char *name = getenv(CASE);

	for (size_t i = 0; name && i < ARRAY_SIZE(cases); i++)
		if (!strcmp(cases[i].name, name))
			cases[i].run();
}

static bool fits_a_screen(const char *text)
{
	int lines = 0;

	for (; *text; lines++) {
		size_t length = strcspn(text, "\n");

		if (length > 80)
			return false;
		text += length + (text[length] == '\n');
	}
	return lines <= 24;
}

TEST(help_fits_a_screen)
{
	static struct run run;

	VMATRACE(&run, "--help");
	EXPECT_EQ(0, run.status);
	EXPECT_TRUE(fits_a_screen(run.said));
}

TEST(wrong_usage_is_told_in_one_line)
{
	EXPECT_REFUSAL(2, "no option -Q; see 'vmatrace --help'", "-Q");
	EXPECT_REFUSAL(2, "no option --frobnicate", "--frobnicate");
	EXPECT_REFUSAL(2, "name a program, or a process by -p", "-q");
	EXPECT_REFUSAL(2, "-o needs an argument", "-o");
	EXPECT_REFUSAL(2, "-p takes the number of a process, not '12x'", "-p", "12x");
	EXPECT_REFUSAL(2, "-e knows no 'call=open'", "-e", "call=open", SELF);
	EXPECT_REFUSAL(2, "-e knows no 'size=1Q'", "-e", "size=1Q", SELF);
	EXPECT_REFUSAL(2, "-e knows no 'address=9-1'", "-e", "address=9-1", SELF);
	EXPECT_REFUSAL(2, "'blue' is none of always never auto", "--colour", "blue", SELF);
	EXPECT_REFUSAL(2, "either a program or -p, not both", "-p", "1", SELF);
	EXPECT_REFUSAL(2, "two ways to show it", "-c", "--json", SELF);
	EXPECT_REFUSAL(2, "--by: 'strace' is none of", "--by", "strace", SELF);
}

TEST(process_that_is_not_there)
{
	EXPECT_REFUSAL(1, "no process 4000000", "-p", "4000000");
}

TEST(a_filter_cannot_be_set_from_outside)
{
	EXPECT_REFUSAL(1, "use --by ptrace", "--by", "seccomp", "-p", "1");
}

TEST(file_that_cannot_be_written)
{
	EXPECT_REFUSAL(1, "/absent/x: No such file or directory", "-o", "/absent/x", SELF);
}

TEST(filters_leave_the_rest_out)
{
	static struct run run;

	setenv(CASE, "forks", 1);
	VMATRACE(&run, "-q", "-e", "call=munmap", SELF);
	EXPECT_SAID(&run, "munmap(0x");
	EXPECT_EQ(NULL, strstr(run.said, "mmap(NULL"));
	VMATRACE(&run, "-q", "-e", "size=1G", SELF);
	EXPECT_EQ(NULL, strstr(run.said, "mmap(NULL"));
}

TEST(summary_counts)
{
	static struct run run;

	setenv(CASE, "forks", 1);
	VMATRACE(&run, "-c", "-e", "call=munmap", SELF);
	EXPECT_SAID(&run, "CALLS ERRORS");
	EXPECT_SAID(&run, "munmap");
}

/* The worker by itself, with its pid. */
static pid_t start_alone(struct __test_metadata *_metadata, int *input)
{
	int pipe[2];
	pid_t pid;

	ASSERT_EQ(0, pipe2(pipe, O_CLOEXEC));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		dup2(pipe[0], 0);
		do_work();
	}
	close(pipe[0]);
	*input = pipe[1];
	return pid;
}

/* Until vmatrace has it. */
static void wait_traced(pid_t pid)
{
	char path[64], line[256];
	int tracer = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	while (!tracer) {
		FILE *file = fopen(path, "re");

		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "TracerPid: %d", &tracer) == 1)
				break;
		fclose(file);
	}
}

TEST(sigterm_lets_the_program_go)
{
	static struct run run;
	int input, status;
	pid_t pid = start_alone(_metadata, &input);
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	start(_metadata, &run, (const char *const[]){ "-o", "/dev/null", "-p", text, NULL });
	wait_traced(pid);
	EXPECT_EQ(0, kill(run.pid, SIGTERM));
	finish(&run);
	EXPECT_EQ(128 + SIGTERM, run.status);
	EXPECT_SAID(&run, "not followed any more, the program goes on");
	ASSERT_EQ(1, write(input, "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(42, WEXITSTATUS(status));
}

TEST(ctrl_c_ends_an_attachment)
{
	static struct run run;
	int input, status;
	pid_t pid = start_alone(_metadata, &input);
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	start(_metadata, &run, (const char *const[]){ "-q", "-p", text, "-o", "/dev/null", NULL });
	wait_traced(pid);
	EXPECT_EQ(0, kill(run.pid, SIGINT));
	finish(&run);
	EXPECT_EQ(0, run.status);
	ASSERT_EQ(1, write(input, "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(42, WEXITSTATUS(status));
}

FIXTURE(tracer)
{
};

FIXTURE_SETUP(tracer)
{
}

FIXTURE_TEARDOWN(tracer)
{
}

/* At any moment: the worker makes calls all the time. */
TEST_F_TIMEOUT(tracer, kill_9_leaves_the_program_unharmed, 300)
{
	static struct run run;
	int input, status;
	pid_t pid = start_alone(_metadata, &input);
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	for (int i = 0; i < 200; i++) {
		start(_metadata, &run,
		      (const char *const[]){ "-q", "-p", text, "-o", "/dev/null", NULL });
		usleep(500 + (unsigned int)i * 100);
		EXPECT_EQ(0, kill(run.pid, SIGKILL));
		finish(&run);
		EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	}
	ASSERT_EQ(1, write(input, "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(42, WEXITSTATUS(status));
}

TEST_HARNESS_MAIN

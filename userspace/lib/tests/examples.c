// SPDX-License-Identifier: GPL-2.0-or-later
/* The examples of libvmadev run as the reader would run them, and print this. */
#include <kselftest_harness.h>
#include <libgen.h>
#include <sys/wait.h>

/* Runs the example @name; @output is what it prints. */
static void run(struct __test_metadata *_metadata, const char *name, char *output, size_t room)
{
	char self[1024], path[2048];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t used = 0;
	int pipes[2], status;

	ASSERT_LT(0, n);
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s/../bin/vmadev-example-%s", dirname(self), name);
	ASSERT_EQ(0, pipe(pipes));
	if (!fork()) {
		dup2(pipes[1], 1);
		execl(path, path, NULL);
		_exit(127);
	}
	close(pipes[1]);
	while ((n = read(pipes[0], output + used, room - 1 - used)) > 0)
		used += (size_t)n;
	output[used] = '\0';
	close(pipes[0]);
	wait(&status);
	ASSERT_TRUE(WIFEXITED(status));
	ASSERT_EQ(0, WEXITSTATUS(status));
}

static void expect_prints(struct __test_metadata *_metadata, const char *name,
			  const char *expected)
{
	char output[1024];

	run(_metadata, name, output, sizeof(output));
	EXPECT_STREQ(expected, output);
}

TEST(create)
{
	expect_prints(_metadata, "create", "hello, region\n");
}

TEST(share)
{
	expect_prints(_metadata, "share", "written by the other process\n");
}

TEST(strategies)
{
	expect_prints(_metadata, "strategies",
		      "insert: 8 pages mapped before the first touch\n"
		      "page: 0 pages mapped before the first touch\n");
}

TEST(zap)
{
	expect_prints(_metadata, "zap", "1 fault, byte 'v'\nbyte 'v' after the zap, 2 faults\n");
}

/* What the default region serves depends on how the module was loaded. */
TEST(info)
{
	char output[1024];

	run(_metadata, "info", output, sizeof(output));
	EXPECT_NE(NULL, strstr(output, " bytes, backing "));
	EXPECT_NE(NULL, strstr(output, "\nanon: shared "));
}

TEST_HARNESS_MAIN

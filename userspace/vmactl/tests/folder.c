// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl crash --dir: a power cut of several files, which lie in a mounted vmadev. */
#include "run.h"

#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

FIXTURE(folder)
{
	char dir[32], state[64];
	int at;
};

FIXTURE_SETUP(folder)
{
	snprintf(self->dir, sizeof(self->dir), "/tmp/folder-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->state, sizeof(self->state), "%s.state", self->dir);
	ASSERT_EQ(0, mount("none", self->dir, "vmadev", 0, "backing=media"));
	self->at = open(self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->at);
}

FIXTURE_TEARDOWN(folder)
{
	close(self->at);
	EXPECT_EQ(0, umount(self->dir));
	EXPECT_EQ(0, rmdir(self->dir));
}

/* A file of a byte, so often; durable or not. */
static int write_file(int at, const char *name, char byte, size_t bytes, bool durable)
{
	int fd = openat(at, name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	char text[bytes + 1];
	int err;

	memset(text, byte, bytes);
	err = fd < 0 || write(fd, text, bytes) != (ssize_t)bytes || (durable && fsync(fd));
	close(fd);
	return err;
}

/* Has a file of the state so many bytes, and is the last of them this? */
static bool ends_with(const char *state, const char *name, off_t bytes, char last)
{
	char path[128], byte = 0;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", state, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return false;
	if (bytes && pread(fd, &byte, 1, bytes - 1) != 1)
		return false;
	close(fd);
	unlink(path);
	return st.st_size == bytes && (!bytes || byte == last);
}

TEST_F(folder, state_has_all_files)
{
	struct run run;

	ASSERT_EQ(0, write_file(self->at, "one", 'a', 5000, true));
	ASSERT_EQ(0, write_file(self->at, "three", 'b', 100, true));
	ASSERT_EQ(0, write_file(self->at, "three", 'c', 100, false));
	ASSERT_EQ(0, write_file(self->at, "two", 'd', 0, false));
	VMACTL(&run, "crash", "--dir", self->dir, "--list");
	EXPECT_EQ(0, run.status);
	EXPECT_STREQ("1 of 3 pages are not durable: three 0\n", run.out);
	VMACTL(&run, "crash", "--dir", self->dir, "--to", self->state, "--each", self->state);
	EXPECT_EQ(1, run.status);
	EXPECT_NE(NULL, strstr(run.err, "cannot be run"));
	VMACTL(&run, "crash", "--dir", self->dir, "--to", self->state, "--each", "/bin/vmactl",
	       "%f");
	EXPECT_EQ(1, run.status);
	EXPECT_NE(NULL, strstr(run.out, "state 1 fails: it keeps none;"));
	EXPECT_TRUE(ends_with(self->state, "one", 5000, 'a'));
	EXPECT_TRUE(ends_with(self->state, "two", 0, 0));
	EXPECT_TRUE(ends_with(self->state, "three", 100, 'b'));
	EXPECT_EQ(0, rmdir(self->state));
}

/* Of four pages there are 16 states. */
TEST_F(folder, states_are_no_more_than_asked_for)
{
	struct run run;

	ASSERT_EQ(0, write_file(self->at, "one", 'a', 3 * 4096, false));
	ASSERT_EQ(0, write_file(self->at, "two", 'a', 3, false));
	VMACTL(&run, "crash", "--dir", self->dir, "--states", "16", "--each", "/bin/vmactl",
	       "--help");
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, "pages are not durable: one 0-2, two 0\n"
				       "16 states, each passes\n"));
	VMACTL(&run, "crash", "--dir", self->dir, "--states", "15", "--each", "/bin/vmactl",
	       "--help");
	EXPECT_NE(NULL, strstr(run.out, "15 states of more, by the seed, each passes\n"));
}

TEST_F(folder, mistakes_are_told)
{
	EXPECT_REFUSAL(2, "--dir goes with --list, --each and --every-sync", "crash", "--dir",
		       self->dir, "--keep", "all");
	EXPECT_REFUSAL(2, "--dir names the regions", "crash", "--dir", self->dir, "--region", "a",
		       "--list");
	EXPECT_REFUSAL(1, "No such file or directory", "crash", "--dir", "/no-such", "--list");
	ASSERT_EQ(0, mkdirat(self->at, "sub", 0755));
	EXPECT_REFUSAL(1, "/sub: Is a directory", "crash", "--dir", self->dir, "--list");
}

TEST_HARNESS_MAIN

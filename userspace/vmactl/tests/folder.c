// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmactl crash --dir: a power cut of several files, which lie in a mounted vmadev, and of
 * their names. As the checker this file runs itself.
 */
#include "run.h"

#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Does this file of the state begin so? */
static __attribute__((constructor)) void be_the_checker(int argc, char **argv)
{
	char path[128], byte = '-';
	int fd;

	if (argc != 5 || strcmp(argv[1], "begins"))
		return;
	snprintf(path, sizeof(path), "%s/%s", argv[4], argv[2]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, &byte, 1) != 1)
		byte = '0';
	printf("%s begins with %c\n", argv[2], byte);
	exit(byte != *argv[3]);
}

FIXTURE(folder)
{
	char dir[32], state[64], self[512];
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
	ASSERT_LT(0, readlink("/proc/self/exe", self->self, sizeof(self->self) - 1));
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

TEST_F_TIMEOUT(folder, state_has_all_files, 120)
{
	struct run run;

	ASSERT_EQ(0, write_file(self->at, "one", 'a', 5000, true));
	ASSERT_EQ(0, write_file(self->at, "three", 'b', 100, true));
	ASSERT_EQ(0, write_file(self->at, "three", 'c', 100, false));
	ASSERT_EQ(0, write_file(self->at, "two", 'd', 0, false));
	ASSERT_EQ(0, fsync(self->at));
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
TEST_F_TIMEOUT(folder, states_are_no_more_than_asked_for, 120)
{
	struct run run;

	ASSERT_EQ(0, write_file(self->at, "one", 'a', 3 * 4096, false));
	ASSERT_EQ(0, write_file(self->at, "two", 'a', 3, false));
	ASSERT_EQ(0, fsync(self->at));
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
	EXPECT_REFUSAL(2, "so --to is one too many", "crash", "--dir", self->dir, "--keep", "all",
		       "--to", self->state);
	EXPECT_REFUSAL(2, "--keep takes none, all or random of a folder, not '3'", "crash", "--dir",
		       self->dir, "--keep", "3");
	EXPECT_REFUSAL(1, "this descriptor is not of vmadev", "crash", "--dir", "/tmp", "--keep",
		       "none");
	EXPECT_REFUSAL(2, "--dir names the regions", "crash", "--dir", self->dir, "--region", "a",
		       "--list");
	EXPECT_REFUSAL(1, "No such file or directory", "crash", "--dir", "/no-such", "--list");
	ASSERT_EQ(0, mkdirat(self->at, "sub", 0755));
	EXPECT_REFUSAL(1, "/sub: Is a directory", "crash", "--dir", self->dir, "--list");
}

/* With what was removed: its pages, too, are durable or not. Some dozen runs of a checker. */
TEST_F_TIMEOUT(folder, names_are_kept_or_not, 120)
{
	struct run run;

	ASSERT_EQ(0, write_file(self->at, "gone", 'g', 5000, true));
	ASSERT_EQ(0, write_file(self->at, "old", 'o', 10, true));
	ASSERT_EQ(0, write_file(self->at, "void", 'v', 0, true));
	ASSERT_EQ(0, fsync(self->at));
	ASSERT_EQ(0, write_file(self->at, "gone", 'h', 1, false));
	ASSERT_EQ(0, unlinkat(self->at, "gone", 0));
	ASSERT_EQ(0, unlinkat(self->at, "void", 0));
	ASSERT_EQ(0, write_file(self->at, "fresh", 'm', 20, false));
	ASSERT_EQ(0, linkat(self->at, "fresh", self->at, "void", 0));
	ASSERT_EQ(0, renameat(self->at, "old", self->at, "new"));
	VMACTL(&run, "crash", "--dir", self->dir, "--list");
	EXPECT_STREQ("2 of 4 pages and 4 changes of names are not durable: fresh 0, old gone 0, "
		     "made fresh, removed gone, made new + removed old, replaced void\n", run.out);
	/* 2 pages and 4 changes: of 64 states 24 keep pages of what is nowhere. */
	VMACTL(&run, "crash", "--dir", self->dir, "--each", "/bin/vmactl", "--help");
	EXPECT_NE(NULL, strstr(run.out, "\n42 states, each passes\n")) {
		TH_LOG("%s", run.out);
	}
	VMACTL(&run, "crash", "--dir", self->dir, "--to", self->state, "--each", "/bin/vmactl",
	       "%f");
	EXPECT_NE(NULL, strstr(run.out, "state 1 fails: it keeps none;"));
	EXPECT_TRUE(ends_with(self->state, "gone", 5000, 'g'));
	EXPECT_TRUE(ends_with(self->state, "old", 10, 'o'));
	EXPECT_TRUE(ends_with(self->state, "void", 0, 0));
	EXPECT_EQ(0, rmdir(self->state));
}

enum forgotten { NOTHING, DIRECTORY, FILE_, WRONG_DIRECTORY };

/* As programs replace a file; the state has to have the new one, for it was told of. */
static int replace(int at, enum forgotten forgotten)
{
	if (write_file(at, "new", 'n', 100, forgotten != FILE_) ||
	    renameat(at, "new", at, "file"))
		return -1;
	if (forgotten == WRONG_DIRECTORY)
		at = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return forgotten == DIRECTORY ? 0 : fsync(at);
}

TEST_F_TIMEOUT(folder, planted_rename_without_a_sync_of_its_directory_is_found, 120)
{
	static const struct {
		enum forgotten what;
		const char *told;
	} planted[] = {
		{ NOTHING, "states, each passes" },
		{ DIRECTORY, "state 1 fails: it keeps none; the checker says of it:\n"
			     "file begins with f" },
		{ FILE_, "state 1 fails: it keeps none; the checker says of it:\n"
			 "file begins with" },
		{ WRONG_DIRECTORY, "file begins with f" },
	};
	struct run run;

	for (size_t i = 0; i < ARRAY_SIZE(planted); i++) {
		unlinkat(self->at, "file", 0);
		ASSERT_EQ(0, write_file(self->at, "file", 'f', 100, true));
		ASSERT_EQ(0, fsync(self->at));
		ASSERT_EQ(0, replace(self->at, planted[i].what));
		VMACTL(&run, "crash", "--dir", self->dir, "--each", self->self, "begins", "file",
		       "n", "%f");
		EXPECT_EQ(planted[i].what == NOTHING ? 0 : 1, run.status);
		EXPECT_NE(NULL, strstr(run.out, planted[i].told)) {
			TH_LOG("%zu: %s", i, run.out);
		}
		/* And in place. */
		VMACTL(&run, "crash", "--dir", self->dir, "--keep", "none");
		EXPECT_EQ(0, run.status);
		VMACTL(&run, "crash", "--dir", self->dir, "--list");
		EXPECT_NE(NULL, strstr(run.out, "0 of 1 pages are not durable: none"));
	}
}

/* Names of all directories, bytes of all files. */
TEST_F_TIMEOUT(folder, power_is_cut_in_place, 120)
{
	struct run run;
	char byte = 0;
	int sub, fd;

	ASSERT_EQ(0, mkdirat(self->at, "sub", 0755));
	sub = openat(self->at, "sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_EQ(0, write_file(sub, "file", 'f', 100, true));
	ASSERT_EQ(0, fsync(sub));
	ASSERT_EQ(0, write_file(sub, "file", 'g', 100, false));
	ASSERT_EQ(0, renameat(sub, "file", self->at, "moved"));
	ASSERT_EQ(0, write_file(self->at, "empty", 'e', 0, true));
	VMACTL(&run, "crash", "--dir", self->dir, "--keep", "none");
	EXPECT_EQ(0, run.status) {
		TH_LOG("%s", run.err);
	}
	EXPECT_NE(0, faccessat(self->at, "moved", F_OK, 0));
	EXPECT_NE(0, faccessat(self->at, "empty", F_OK, 0));
	fd = openat(sub, "file", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, read(fd, &byte, 1));
	EXPECT_EQ('f', byte);
	close(fd);
	close(sub);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* Names on a mount of media: what is durable of them, and what a power cut leaves. */
#define _GNU_SOURCE
#include "vmadev_test.h"
#include "lib/mounted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

FIXTURE(names)
{
	struct mounted m;
};

FIXTURE_SETUP(names)
{
	ASSERT_EQ(NULL, mounted_begin(&self->m, "backing=media,size=1M"));
}

/* Also of files that are nowhere any more, but for a crash that does not come. */
FIXTURE_TEARDOWN(names)
{
	const char *differs = mounted_end(&self->m);

	EXPECT_EQ(NULL, differs) {
		TH_LOG("%s", differs);
	}
}

/* A file of its own name's first byte, which is durable, unlike the name. */
static int make(int at, const char *name)
{
	int fd = openat(at, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int err = fd < 0 || write(fd, name, 1) != 1 || fsync(fd);

	close(fd);
	return err;
}

/* As which file was it made? 0: there is none of this name. */
static char made_as(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_CLOEXEC);
	char byte = '?';

	if (fd < 0)
		return errno == ENOENT ? 0 : '!';
	if (read(fd, &byte, 1) != 1)
		byte = '?';
	close(fd);
	return byte;
}

static int links_of(int at, const char *name)
{
	struct stat st;

	return fstatat(at, name, &st, 0) ? -1 : (int)st.st_nlink;
}

/* The names that are not durable, one after the other. */
static const char *unsynced(int at)
{
	static char text[256];
	struct vmadev_unsynced_name name = { .name = "" };
	size_t used = 0;

	*text = '\0';
	while (!vt_next_name(at, &name))
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					 used ? " " : "", name.name);
	return errno == ENOENT ? text : "an error";
}

/* The number of the change of a name, or 0. */
static __u64 change_of(int at, const char *text)
{
	struct vmadev_unsynced_name name = { .name = "" };

	while (!vt_next_name(at, &name))
		if (!strcmp(name.name, text))
			return name.change;
	return 0;
}

static int crash(int at)
{
	return vt_crash_revert(at, VMADEV_KEEP_NONE, 0, NULL, 0);
}

TEST_F(names, file_is_gone_unless_its_directory_was_synced)
{
	struct stat st;
	int fd;

	ASSERT_EQ(0, make(self->m.at, "a"));
	ASSERT_EQ(0, fsync(self->m.at));
	ASSERT_EQ(0, make(self->m.at, "b"));
	EXPECT_STREQ("b", unsynced(self->m.at));
	fd = openat(self->m.at, "b", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ('a', made_as(self->m.at, "a"));
	EXPECT_EQ(0, made_as(self->m.at, "b"));
	/* Who has it open has it still. */
	EXPECT_EQ(1, pwrite(fd, "x", 1, 5000));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0u, st.st_nlink);
	close(fd);
	EXPECT_STREQ("", unsynced(self->m.at));
	ASSERT_EQ(0, make(self->m.at, "b"));
	EXPECT_EQ(0, fdatasync(self->m.at));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ('b', made_as(self->m.at, "b"));
}

TEST_F(names, removed_file_is_back)
{
	struct stat before, after;

	ASSERT_EQ(0, make(self->m.at, "a"));
	ASSERT_EQ(0, linkat(self->m.at, "a", self->m.at, "c", 0));
	ASSERT_EQ(0, fsync(self->m.at));
	ASSERT_EQ(0, fstatat(self->m.at, "a", &before, 0));
	ASSERT_EQ(0, unlinkat(self->m.at, "a", 0));
	ASSERT_EQ(0, unlinkat(self->m.at, "c", 0));
	EXPECT_STREQ("a c", unsynced(self->m.at));
	/* The cache of names knows that there is none. */
	EXPECT_EQ(0, made_as(self->m.at, "a"));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ('a', made_as(self->m.at, "a"));
	EXPECT_EQ('a', made_as(self->m.at, "c"));
	ASSERT_EQ(0, fstatat(self->m.at, "a", &after, 0));
	EXPECT_EQ(before.st_ino, after.st_ino);
	EXPECT_EQ(2u, after.st_nlink);
	EXPECT_STREQ("", unsynced(self->m.at));

	/* Of another file's name. */
	ASSERT_EQ(0, unlinkat(self->m.at, "a", 0));
	ASSERT_EQ(0, make(self->m.at, "a"));
	EXPECT_EQ(1, links_of(self->m.at, "c"));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ(2, links_of(self->m.at, "c"));
	ASSERT_EQ(0, unlinkat(self->m.at, "a", 0));
	ASSERT_EQ(0, fsync(self->m.at));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ(0, made_as(self->m.at, "a"));
	EXPECT_EQ(1, links_of(self->m.at, "c"));
}

TEST_F(names, renamed_file_has_its_old_name)
{
	ASSERT_EQ(0, make(self->m.at, "a"));
	ASSERT_EQ(0, make(self->m.at, "b"));
	ASSERT_EQ(0, fsync(self->m.at));
	ASSERT_EQ(0, renameat(self->m.at, "a", self->m.at, "c"));
	ASSERT_EQ(0, renameat(self->m.at, "c", self->m.at, "b"));
	EXPECT_STREQ("a b", unsynced(self->m.at));
	EXPECT_EQ(change_of(self->m.at, "a"), change_of(self->m.at, "b"));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ('a', made_as(self->m.at, "a"));
	EXPECT_EQ('b', made_as(self->m.at, "b"));
	EXPECT_EQ(0, made_as(self->m.at, "c"));

	ASSERT_EQ(0, renameat(self->m.at, "a", self->m.at, "b"));
	EXPECT_EQ(0, vt_crash_revert(self->m.at, VMADEV_KEEP_ALL, 0, NULL, 0));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ(0, made_as(self->m.at, "a"));
	EXPECT_EQ('a', made_as(self->m.at, "b"));

	ASSERT_EQ(0, make(self->m.at, "c"));
	ASSERT_EQ(0, fsync(self->m.at));
	ASSERT_EQ(0, renameat2(self->m.at, "b", self->m.at, "c", RENAME_EXCHANGE));
	EXPECT_EQ('c', made_as(self->m.at, "b"));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ('a', made_as(self->m.at, "b"));
	EXPECT_EQ('c', made_as(self->m.at, "c"));
	EXPECT_EQ(1, links_of(self->m.at, "c"));
}

/* What a program does that replaces a file: under either name there is either file. */
TEST_F(names, temporary_file_replaces_another_or_is_nowhere)
{
	ASSERT_EQ(0, make(self->m.at, "file"));
	ASSERT_EQ(0, fsync(self->m.at));
	ASSERT_EQ(0, make(self->m.at, "new"));
	ASSERT_EQ(0, renameat(self->m.at, "new", self->m.at, "file"));
	EXPECT_STREQ("file", unsynced(self->m.at));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ('f', made_as(self->m.at, "file"));
	EXPECT_EQ(0, made_as(self->m.at, "new"));
	/* The same name, again and again: each is a change of its own. */
	for (int i = 0; i < 3; i++) {
		char to[] = { 'A' + (char)i, 0 };

		ASSERT_EQ(0, make(self->m.at, "new"));
		ASSERT_EQ(0, renameat(self->m.at, "new", self->m.at, to));
	}
	EXPECT_STREQ("A B C", unsynced(self->m.at));
	EXPECT_NE(change_of(self->m.at, "A"), change_of(self->m.at, "B"));
	EXPECT_NE(change_of(self->m.at, "B"), change_of(self->m.at, "C"));
}

/* It is durable as "t": what came of it is one change, and so of whatever took its name. */
TEST_F(names, changes_of_one_name_are_one)
{
	const __u64 none = 0;

	ASSERT_EQ(0, make(self->m.at, "t"));
	ASSERT_EQ(0, fsync(self->m.at));
	ASSERT_EQ(0, renameat(self->m.at, "t", self->m.at, "one"));
	ASSERT_EQ(0, make(self->m.at, "t"));
	ASSERT_EQ(0, make(self->m.at, "alone"));
	ASSERT_EQ(0, renameat(self->m.at, "t", self->m.at, "two"));
	EXPECT_STREQ("alone one t two", unsynced(self->m.at));
	EXPECT_EQ(change_of(self->m.at, "t"), change_of(self->m.at, "one"));
	EXPECT_EQ(change_of(self->m.at, "t"), change_of(self->m.at, "two"));
	EXPECT_NE(change_of(self->m.at, "t"), change_of(self->m.at, "alone"));
	EXPECT_EQ(0, vt_crash_revert(self->m.at, VMADEV_KEEP_LIST, 0, &none, 0));
	EXPECT_EQ('t', made_as(self->m.at, "t"));
	EXPECT_EQ(0, made_as(self->m.at, "one"));
	EXPECT_EQ(0, made_as(self->m.at, "two"));
	EXPECT_EQ(0, made_as(self->m.at, "alone"));
}

/* As it is of who takes a name that had another change already. */
TEST_F(names, what_takes_a_changed_name_joins_its_change)
{
	const __u64 none = 0;

	ASSERT_EQ(0, make(self->m.at, "t"));
	ASSERT_EQ(0, make(self->m.at, "x"));
	ASSERT_EQ(0, fsync(self->m.at));
	ASSERT_EQ(0, renameat(self->m.at, "t", self->m.at, "one"));
	ASSERT_EQ(0, renameat(self->m.at, "x", self->m.at, "one"));
	EXPECT_STREQ("one t x", unsynced(self->m.at));
	EXPECT_EQ(change_of(self->m.at, "one"), change_of(self->m.at, "x"));
	EXPECT_EQ(change_of(self->m.at, "one"), change_of(self->m.at, "t"));
	EXPECT_EQ(0, vt_crash_revert(self->m.at, VMADEV_KEEP_LIST, 0, &none, 0));
	EXPECT_EQ('t', made_as(self->m.at, "t"));
	EXPECT_EQ('x', made_as(self->m.at, "x"));
	EXPECT_EQ(0, made_as(self->m.at, "one"));
}

TEST_F(names, what_is_undone_is_no_change)
{
	ASSERT_EQ(0, make(self->m.at, "a"));
	ASSERT_EQ(0, unlinkat(self->m.at, "a", 0));
	EXPECT_STREQ("", unsynced(self->m.at));
	ASSERT_EQ(0, make(self->m.at, "a"));
	ASSERT_EQ(0, make(self->m.at, "b"));
	ASSERT_EQ(0, fsync(self->m.at));
	ASSERT_EQ(0, renameat(self->m.at, "a", self->m.at, "c"));
	ASSERT_EQ(0, renameat(self->m.at, "c", self->m.at, "a"));
	EXPECT_STREQ("", unsynced(self->m.at));
	ASSERT_EQ(0, renameat2(self->m.at, "a", self->m.at, "b", RENAME_EXCHANGE));
	EXPECT_STREQ("a b", unsynced(self->m.at));
	ASSERT_EQ(0, renameat2(self->m.at, "b", self->m.at, "a", RENAME_EXCHANGE));
	EXPECT_STREQ("", unsynced(self->m.at));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ('a', made_as(self->m.at, "a"));
}

/* Something made, something removed, something renamed: all eight states. */
TEST_F(names, each_subset_is_a_state)
{
	for (unsigned int set = 0; set < 8; set++) {
		__u64 changes[3], kept[3];
		unsigned int n = 0;

		unlinkat(self->m.at, "made", 0);
		ASSERT_EQ(0, make(self->m.at, "gone"));
		ASSERT_EQ(0, make(self->m.at, "old"));
		ASSERT_EQ(0, fsync(self->m.at));
		ASSERT_EQ(0, make(self->m.at, "made"));
		ASSERT_EQ(0, unlinkat(self->m.at, "gone", 0));
		ASSERT_EQ(0, renameat(self->m.at, "old", self->m.at, "new"));
		EXPECT_STREQ("gone made new old", unsynced(self->m.at));
		changes[0] = change_of(self->m.at, "made");
		changes[1] = change_of(self->m.at, "gone");
		changes[2] = change_of(self->m.at, "old");
		for (unsigned int i = 0; i < 3; i++)
			if (set & 1u << (2 - i))
				kept[n++] = changes[2 - i];
		ASSERT_EQ(0, vt_crash_revert(self->m.at, VMADEV_KEEP_LIST, n, kept, 0));
		EXPECT_EQ(set & 1 ? 'm' : 0, made_as(self->m.at, "made"));
		EXPECT_EQ(set & 2 ? 0 : 'g', made_as(self->m.at, "gone"));
		EXPECT_EQ(set & 4 ? 0 : 'o', made_as(self->m.at, "old"));
		EXPECT_EQ(set & 4 ? 'o' : 0, made_as(self->m.at, "new"));
		/* All of it is durable now. */
		EXPECT_STREQ("", unsynced(self->m.at));
		unlinkat(self->m.at, "gone", 0);
		unlinkat(self->m.at, "old", 0);
		unlinkat(self->m.at, "new", 0);
	}
}

static int make_many(int at, int count)
{
	for (int i = 0; i < count; i++) {
		char name[8];

		snprintf(name, sizeof(name), "%d", i);
		if (make(at, name))
			return -1;
	}
	return 0;
}

TEST_F(names, seed_says_which)
{
	enum { COUNT = 64 };
	unsigned int there[3] = { 0 };

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, mounted_anew(&self->m, 0, "backing=media,size=1M"));
		ASSERT_EQ(0, make_many(self->m.at, COUNT));
		ASSERT_EQ(0, vt_crash_revert(self->m.at, VMADEV_KEEP_RANDOM, i ? 2 : 1, NULL, 0));
		for (int file = 0; file < COUNT; file++) {
			char name[8];

			snprintf(name, sizeof(name), "%d", file);
			if (made_as(self->m.at, name))
				there[i] = there[i] * 31 + (unsigned int)file + 1;
		}
	}
	EXPECT_EQ(there[1], there[2]);
	EXPECT_NE(there[0], there[1]);
	EXPECT_NE(0u, there[0]);
}

TEST_F(names, rename_to_another_directory_is_durable_by_either)
{
	int one, two;

	ASSERT_EQ(0, mkdirat(self->m.at, "1", 0755));
	ASSERT_EQ(0, mkdirat(self->m.at, "2", 0755));
	one = openat(self->m.at, "1", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	two = openat(self->m.at, "2", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, make(one, "a"));
		ASSERT_EQ(0, make(two, "b"));
		ASSERT_EQ(0, fsync(one));
		ASSERT_EQ(0, fsync(two));
		ASSERT_EQ(0, renameat(one, "a", two, "b"));
		ASSERT_EQ(0, make(one, "c"));
		EXPECT_STREQ("a c", unsynced(one));
		EXPECT_STREQ("b", unsynced(two));
		EXPECT_EQ(change_of(one, "a"), change_of(two, "b"));
		if (i)
			EXPECT_EQ(0, fsync(i == 1 ? one : two));
		/* Of any directory it is of all of them. */
		EXPECT_EQ(0, crash(self->m.at));
		EXPECT_EQ(i ? 0 : 'a', made_as(one, "a"));
		EXPECT_EQ(i ? 'a' : 'b', made_as(two, "b"));
		EXPECT_EQ(i == 1 ? 'c' : 0, made_as(one, "c"));
		unlinkat(one, "a", 0);
		unlinkat(one, "c", 0);
		unlinkat(two, "b", 0);
	}
	close(one);
	close(two);
}

TEST_F(names, directories_are_durable_at_once)
{
	int sub;

	ASSERT_EQ(0, make(self->m.at, "f"));
	ASSERT_EQ(0, fsync(self->m.at));
	/* And what the name was before. */
	ASSERT_EQ(0, unlinkat(self->m.at, "f", 0));
	ASSERT_EQ(0, mkdirat(self->m.at, "f", 0755));
	EXPECT_STREQ("", unsynced(self->m.at));
	EXPECT_EQ(0, crash(self->m.at));
	sub = openat(self->m.at, "f", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, sub);

	/* A directory that is gone has no names that could be back. */
	ASSERT_EQ(0, make(sub, "a"));
	ASSERT_EQ(0, fsync(sub));
	ASSERT_EQ(0, unlinkat(sub, "a", 0));
	EXPECT_STREQ("a", unsynced(sub));
	ASSERT_EQ(0, renameat(self->m.at, "f", self->m.at, "g"));
	EXPECT_STREQ("a", unsynced(sub));
	ASSERT_EQ(0, unlinkat(self->m.at, "g", AT_REMOVEDIR));
	EXPECT_STREQ("", unsynced(sub));
	EXPECT_EQ(0, crash(sub));
	EXPECT_EQ(-1, openat(self->m.at, "g", O_RDONLY));

	/* Nor has one that another one took the place of. */
	ASSERT_EQ(0, mkdirat(self->m.at, "h", 0755));
	close(sub);
	sub = openat(self->m.at, "h", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_EQ(0, make(sub, "a"));
	ASSERT_EQ(0, fsync(sub));
	ASSERT_EQ(0, unlinkat(sub, "a", 0));
	ASSERT_EQ(0, mkdirat(self->m.at, "i", 0755));
	ASSERT_EQ(0, renameat(self->m.at, "i", self->m.at, "h"));
	EXPECT_STREQ("", unsynced(sub));
	EXPECT_EQ(0, crash(self->m.at));
	close(sub);

	/* What changes places with a file. */
	ASSERT_EQ(0, make(self->m.at, "f"));
	ASSERT_EQ(0, renameat2(self->m.at, "f", self->m.at, "h", RENAME_EXCHANGE));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ('f', made_as(self->m.at, "h"));
}

/* What is removed has its room until that is durable. */
TEST_F(names, room_is_given_back_by_the_sync)
{
	struct statfs before, removed, after;
	int fd;

	ASSERT_EQ(0, fstatfs(self->m.at, &before));
	ASSERT_EQ(0, make(self->m.at, "a"));
	fd = openat(self->m.at, "a", O_RDWR | O_CLOEXEC);
	ASSERT_EQ(0, ftruncate(fd, 1 << 20));
	close(fd);
	ASSERT_EQ(0, fsync(self->m.at));
	ASSERT_EQ(0, unlinkat(self->m.at, "a", 0));
	ASSERT_EQ(0, fstatfs(self->m.at, &removed));
	EXPECT_EQ(0u, removed.f_bfree);
	EXPECT_NE(0, make(self->m.at, "b"));
	ASSERT_EQ(0, fsync(self->m.at));
	ASSERT_EQ(0, fstatfs(self->m.at, &after));
	EXPECT_EQ(before.f_bfree, after.f_bfree);
	/* Who was never durable gives it back with the name. */
	ASSERT_EQ(0, make(self->m.at, "c"));
	ASSERT_EQ(0, unlinkat(self->m.at, "c", 0));
	ASSERT_EQ(0, fstatfs(self->m.at, &after));
	EXPECT_EQ(before.f_bfree, after.f_bfree);
}

/* Both copies of it, though it has no name. */
TEST_F(names, removed_file_can_be_looked_at)
{
	struct vmadev_unsynced_name name = { .name = "" };
	char byte = 0;
	int fd;

	ASSERT_EQ(0, make(self->m.at, "a"));
	ASSERT_EQ(0, fsync(self->m.at));
	fd = openat(self->m.at, "a", O_RDWR | O_CLOEXEC);
	ASSERT_EQ(0, ftruncate(fd, 100));
	ASSERT_EQ(1, pwrite(fd, "z", 1, 0));
	close(fd);
	ASSERT_EQ(0, renameat(self->m.at, "a", self->m.at, "b"));
	ASSERT_EQ(0, unlinkat(self->m.at, "b", 0));
	ASSERT_EQ(0, vt_next_name(self->m.at, &name));
	EXPECT_STREQ("a", name.name);
	EXPECT_EQ(0u, name.live);
	EXPECT_EQ(100u, name.bytes);
	EXPECT_EQ(-1, vt_crash_fork_of(self->m.at, name.durable + 1));
	EXPECT_EQ(ENOENT, errno);
	ASSERT_EQ(0, chmod(self->m.dir, 0755));
	ASSERT_EQ(0, seteuid(1234));
	EXPECT_EQ(-1, vt_crash_fork_of(self->m.at, name.durable));
	EXPECT_EQ(EACCES, errno);
	ASSERT_EQ(0, seteuid(0));
	fd = vt_crash_fork_of(self->m.at, name.durable);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, vt_unsynced(fd, 0, 0, NULL));
	ASSERT_EQ(1, pread(fd, &byte, 1, 0));
	EXPECT_EQ('z', byte);
	EXPECT_EQ(0, vt_crash_revert(fd, VMADEV_KEEP_NONE, 0, NULL, 0));
	ASSERT_EQ(1, pread(fd, &byte, 1, 0));
	EXPECT_EQ('a', byte);
	close(fd);
}

TEST_F(names, what_is_refused)
{
	struct vmadev_crash c = { .size = sizeof(c), .tear = 512 };
	struct vmadev_unsynced_name name;
	__u64 word = 1;

	memset(&name, 'x', sizeof(name));
	name.flags = 0;
	EXPECT_EQ(-1, vt_next_name(self->m.at, &name));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->m.at, VMADEV_IOC_CRASH_REVERT, &c));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, vt_crash_revert(self->m.at, VMADEV_KEEP_LIST, 65537, &word, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, vt_crash_revert(self->m.at, VMADEV_KEEP_LIST, 65536, (void *)16, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, vt_crash_revert(self->m.at, VMADEV_KEEP_LIST + 1, 0, NULL, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, vt_crash_revert(self->m.at, VMADEV_KEEP_NONE, 0, NULL, VMADEV_CRASH_SIGBUS));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, vt_unsynced(self->m.at, 0, 0, NULL));
	EXPECT_EQ(ENOTTY, errno);
	ASSERT_EQ(0, make(self->m.at, "a"));
	ASSERT_EQ(0, chmod(self->m.dir, 0777));
	ASSERT_EQ(0, seteuid(1234));
	EXPECT_EQ(-1, crash(self->m.at));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(0, seteuid(0));
	ASSERT_EQ(0, mount(NULL, self->m.dir, NULL, MS_REMOUNT | MS_RDONLY, NULL));
	EXPECT_EQ(-1, crash(self->m.at));
	EXPECT_EQ(EROFS, errno);
	EXPECT_EQ('a', made_as(self->m.at, "a"));
}

/* As of any file system that is mounted so; of other backings no name is ever not durable. */
TEST_F(names, mount_may_make_them_durable_at_once)
{
	struct vmadev_unsynced_name name = { .name = "" };

	ASSERT_EQ(0, mounted_anew(&self->m, MS_DIRSYNC, "backing=media"));
	ASSERT_EQ(0, make(self->m.at, "b"));
	EXPECT_STREQ("", unsynced(self->m.at));
	ASSERT_EQ(0, renameat(self->m.at, "b", self->m.at, "c"));
	EXPECT_EQ(0, crash(self->m.at));
	EXPECT_EQ('b', made_as(self->m.at, "c"));

	ASSERT_EQ(0, mounted_anew(&self->m, 0, "backing=pages"));
	EXPECT_EQ(-1, vt_next_name(self->m.at, &name));
	EXPECT_EQ(ENOTTY, errno);
}

TEST_HARNESS_MAIN

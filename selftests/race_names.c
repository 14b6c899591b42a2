// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Power cuts of a mount of media while names change in two of its directories, and bytes of
 * its files, which the kernel writes back or does not. Whatever comes of it, each file has as
 * many links as names.
 */
#define _GNU_SOURCE
#include "vmadev_test.h"
#include "lib/race.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES	4	/* "a" and so on, in each directory */

FIXTURE(race_names)
{
	struct race race;
	char dir[32];
	int at[2];
};

typedef FIXTURE_DATA(race_names) fixture;

FIXTURE_VARIANT(race_names)
{
	const char *options;
};

FIXTURE_VARIANT_ADD(race_names, media) { "backing=media" };
FIXTURE_VARIANT_ADD(race_names, writeback) { "backing=media,writeback" };

FIXTURE_SETUP(race_names)
{
	snprintf(self->dir, sizeof(self->dir), "/tmp/names-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, mount("none", self->dir, "vmadev", 0, variant->options));
	self->at[0] = open(self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_EQ(0, mkdirat(self->at[0], "sub", 0755));
	self->at[1] = openat(self->at[0], "sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->at[1]);
}

FIXTURE_TEARDOWN(race_names)
{
	close(self->at[0]);
	close(self->at[1]);
	EXPECT_EQ(0, umount(self->dir));
	rmdir(self->dir);
}

/* Some of them are dirty when they are gone. */
static void store(int at, const char *name, unsigned int random)
{
	int fd = openat(at, name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (pwrite(fd, name, 1, random % 20000) == 1 && random % 3 == 0)
		vt_crash_revert(fd, VMADEV_KEEP_RANDOM, random, NULL, 0);
	if (random % 5 == 0)
		ftruncate(fd, random % 9000);
	close(fd);
}

static const char *change(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	unsigned int random = (unsigned int)(turn * 2654435761u) >> 12;
	char one[] = { 'a' + (char)(random % NAMES), 0 };
	char other[] = { 'a' + (char)(random / 4 % NAMES), 0 };
	int from = f->at[random / 16 % 2], to = f->at[random / 32 % 2], err = 0;

	switch (random / 64 % 8) {
	case 0:
	case 1:
		store(from, one, random);
		break;
	case 2:
		err = unlinkat(from, one, 0);
		break;
	case 3:
		err = linkat(from, one, to, other, 0);
		break;
	case 4:
		err = renameat2(from, one, to, other, RENAME_EXCHANGE);
		break;
	default:
		err = renameat(from, one, to, other);
	}
	return err && errno != ENOENT && errno != EEXIST ? strerror(errno) : NULL;
}

static const char *sync_one(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return (turn % 4 ? fsync(f->at[turn % 2]) : syncfs(f->at[0])) ? "a sync" : NULL;
}

static const char *crash(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	__u32 mode = turn % 4 ? VMADEV_KEEP_RANDOM : VMADEV_KEEP_NONE;

	return vt_crash_revert(f->at[0], mode, mode == VMADEV_KEEP_RANDOM ? turn : 0, NULL, 0) ?
	       strerror(errno) : NULL;
}

static const char *look(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	struct vmadev_unsynced_name name = { .name = "" };

	while (!vt_next_name(f->at[turn % 2], &name)) {
		int state = name.durable ? vt_crash_fork_of(f->at[turn % 2], name.durable) : -1;

		/* It may be empty, or durable by now. */
		if (state >= 0)
			close(state);
		else if (name.durable && errno != EINVAL && errno != ENOENT)
			return "there is a file that cannot be";
	}
	return errno == ENOENT ? NULL : strerror(errno);
}

/* How many names there are, and links of the files that have them. */
static void count(const fixture *f, unsigned int *names, unsigned int *links)
{
	ino_t seen[2 * NAMES];

	*names = 0;
	*links = 0;
	for (int i = 0; i < 2 * NAMES; i++) {
		char name[] = { 'a' + (char)(i / 2), 0 };
		struct stat st;
		bool again = false;

		if (fstatat(f->at[i % 2], name, &st, 0))
			continue;
		for (unsigned int j = 0; j < *names; j++)
			again = again || seen[j] == st.st_ino;
		seen[(*names)++] = st.st_ino;
		*links += again ? 0 : st.st_nlink;
	}
}

TEST_F_TIMEOUT(race_names, links_are_counted_whatever_is_cut, 120)
{
	unsigned int names, links;

	race_add(&self->race, change, self);
	race_add(&self->race, change, self);
	race_add(&self->race, change, self);
	race_add(&self->race, sync_one, self);
	race_add(&self->race, crash, self);
	race_add(&self->race, look, self);
	EXPECT_RACE(&self->race);
	EXPECT_LT(0ul, race_turns(&self->race, crash));
	count(self, &names, &links);
	EXPECT_EQ(names, links);
	EXPECT_EQ(0, vt_crash_revert(self->at[0], VMADEV_KEEP_NONE, 0, NULL, 0));
	count(self, &names, &links);
	EXPECT_EQ(names, links);
}

TEST_HARNESS_MAIN

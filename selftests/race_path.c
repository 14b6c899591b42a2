// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions are opened by paths while others close, remove and cut them. */
#include "vmadev_test.h"
#include "lib/ledger.h"
#include "lib/race.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

static int open_at(int fd, int oflags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, oflags | O_CLOEXEC);
}

struct last {
	int fd, path, got, error;
	char seen;
	int first[2];
};

static void close_last(void *arg)
{
	struct last *l = arg;

	close(l->fd);
}

static void open_it(void *arg)
{
	struct last *l = arg;

	l->got = open_at(l->path, O_RDWR);
	l->error = errno;
	l->seen = 0;
	if (l->got >= 0 && pread(l->got, &l->seen, 1, 0) != 1)
		l->seen = -1;
}

FIXTURE(race_path)
{
};

FIXTURE_VARIANT(race_path)
{
	const char *name;
	__u32 backing;
};

FIXTURE_VARIANT_ADD(race_path, pages) { "backing=pages", VMADEV_BACKING_PAGES };
FIXTURE_VARIANT_ADD(race_path, media) { "backing=media", VMADEV_BACKING_MEDIA };

FIXTURE_SETUP(race_path)
{
}

/* Of what is gone nothing counts any more. */
FIXTURE_TEARDOWN(race_path)
{
	EXPECT_EQ(0, ledger_room());
}

/* It is the region with its bytes, or there is none any more. */
TEST_F(race_path, last_close_against_open)
{
	struct last l = { .fd = -1 };
	struct duel d;

	ASSERT_EQ(0, duel_begin(&d, open_it, &l));
	while (duel_goes_on(&d, l.first[0] && l.first[1])) {
		char byte = 7;

		l.fd = vt_create_flags(variant->backing, 0, vt_page(), NULL,
				       VMADEV_CREATE_REOPEN);
		ASSERT_LE(0, l.fd);
		ASSERT_EQ(1, pwrite(l.fd, &byte, 1, 0));
		l.path = open_at(l.fd, O_PATH);
		ASSERT_LE(0, l.path);
		duel_meet(&d, close_last);
		l.first[l.got >= 0]++;
		if (l.got >= 0) {
			ASSERT_EQ(7, l.seen);
			close(l.got);
		} else {
			ASSERT_EQ(ENXIO, l.error);
		}
		close(l.path);
	}
	duel_end(&d);
	EXPECT_BOTH_FIRST(l.first, "close", "open");
}

/* In a folder that all share. */
static int folder;

#define NAMES	3

static const char *name_of(unsigned long turn)
{
	static const char *const names[NAMES] = { "one", "two", "three" };

	return names[turn % NAMES];
}

/* Each byte that anybody writes is 'x', and what nobody wrote is 0. */
static bool is_right(const char *bytes, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++)
		if (bytes[i] && bytes[i] != 'x')
			return false;
	return true;
}

static const char *write_and_read(void *arg, unsigned long turn)
{
	int fd = openat(folder, name_of(turn), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char bytes[300];
	ssize_t n;

	(void)arg;
	if (fd < 0)
		return "a file cannot be made";
	memset(bytes, 'x', sizeof(bytes));
	if (pwrite(fd, bytes, 100 + turn % 200, turn * 997 % 20000) < 0)
		return "a file cannot be written to";
	n = pread(fd, bytes, sizeof(bytes), turn * 991 % 20000);
	close(fd);
	return n >= 0 && is_right(bytes, n) ? NULL : "other bytes are read";
}

static const char *remove_and_cut(void *arg, unsigned long turn)
{
	int fd = openat(folder, name_of(turn), O_RDWR | O_CLOEXEC);

	(void)arg;
	if (turn % 5 == 0)
		renameat(folder, name_of(turn), folder, name_of(turn + 1));
	else if (turn % 5 == 1)
		unlinkat(folder, name_of(turn), 0);
	else if (fd >= 0 && ftruncate(fd, turn * 983 % 20000))
		return "a file cannot be cut";
	close(fd);
	return NULL;
}

static const char *map_and_store(void *arg, unsigned long turn)
{
	int fd = openat(folder, name_of(turn), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	const size_t page = vt_page();
	char *p = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	const char *wrong = NULL;
	int byte;

	(void)arg;
	close(fd);
	if (p == MAP_FAILED)
		return "a file cannot be mapped";
	for (int i = 0; i < 4; i++) {
		byte = vt_read(p + i * page + turn % page);
		if (byte > 0 && byte != 'x')
			wrong = "a mapping shows another byte";
		vt_write(p + i * page + turn * 7 % page, 'x');
	}
	munmap(p, 4 * page);
	return wrong;
}

TEST_F(race_path, all_at_once_in_a_folder)
{
	char dir[] = "/tmp/race-XXXXXX";
	struct race race = { .nr = 0 };

	ASSERT_NE(NULL, mkdtemp(dir));
	ASSERT_EQ(0, mount("none", dir, "vmadev", 0, variant->name));
	folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, folder);
	race_add(&race, write_and_read, NULL);
	race_add(&race, write_and_read, NULL);
	race_add(&race, remove_and_cut, NULL);
	race_add(&race, map_and_store, NULL);
	EXPECT_RACE(&race);
	close(folder);
	EXPECT_EQ(0, umount(dir));
	EXPECT_EQ(0, rmdir(dir));
}

TEST_HARNESS_MAIN

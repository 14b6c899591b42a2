// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Huge pages of private memory of none, beside those of /dev/zero. Both are
 * anonymous memory behind a file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "vmadev_test.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define HUGE_PAGES 2

FIXTURE(thp) {
	size_t huge;		/* bytes of one */
	size_t bytes;		/* of a mapping */
	char enabled[64], defrag[64];	/* what they were */
	int none, zero;
};

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool all = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return all;
}

/* The word in brackets of a file such as "always [madvise] never"; or its first one. */
static bool get(const char *path, char *word, size_t room)
{
	char line[64] = "", *at;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, line, sizeof(line) - 1);

	close(fd);
	if (n <= 0)
		return false;
	at = strchr(line, '[');
	at = at ? at + 1 : line;
	at[strcspn(at, "\n] ")] = '\0';
	snprintf(word, room, "%s", at);
	return true;
}

FIXTURE_SETUP(thp)
{
	char size[64];

	if (!get(THP "hpage_pmd_size", size, sizeof(size)))
		SKIP(return, "no huge pages in this kernel");
	self->huge = strtoul(size, NULL, 10);
	self->bytes = HUGE_PAGES * self->huge;
	ASSERT_TRUE(get(THP "enabled", self->enabled, sizeof(self->enabled)));
	ASSERT_TRUE(get(THP "defrag", self->defrag, sizeof(self->defrag)));
	ASSERT_TRUE(put(THP "enabled", "always"));
	ASSERT_TRUE(put(THP "defrag", "always"));	/* or there may be none at hand */
	self->none = vt_create(VMADEV_BACKING_NONE, 0, self->bytes, "thp");
	self->zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->none);
	ASSERT_LE(0, self->zero);
}

FIXTURE_TEARDOWN(thp)
{
	put(THP "enabled", self->enabled);
	put(THP "defrag", self->defrag);
	close(self->none);
	close(self->zero);
}

/* kB in huge pages, once all of a private mapping of @fd at @at is written. */
static long huge_kb(void *at, size_t bytes, int fd)
{
	int flags = MAP_PRIVATE | (at ? MAP_FIXED : 0);
	char *p = mmap(at, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
	long kb;

	if (p == MAP_FAILED)
		return -1;
	memset(p, 1, bytes);
	kb = vt_smaps_kb(p, "AnonHugePages");
	munmap(p, bytes);
	return kb;
}

/*
 *	|HHHHhhhh|	aligned: a huge page at the first write to each
 */
TEST_F(thp, private_memory_faults_in_huge_pages_as_dev_zero)
{
	char *room = mmap(NULL, self->bytes + self->huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	char *at = (char *)(((uintptr_t)room + self->huge - 1) & -self->huge);
	long zero, none;

	ASSERT_NE(MAP_FAILED, room);
	zero = huge_kb(at, self->bytes, self->zero);
	none = huge_kb(at, self->bytes, self->none);
	EXPECT_EQ((long)self->bytes / 1024, zero);
	EXPECT_EQ(zero, none);
}

/*
 *	|...x|HHHHhhhh|		where the kernel chooses, beside a mapping of one page
 *
 * From 7.0 on it aligns /dev/zero, so that all of it can be huge; none is aligned
 * on every kernel.
 */
TEST_F(thp, private_memory_is_aligned_for_huge_pages)
{
	long zero, none;

	ASSERT_NE(MAP_FAILED, mmap(NULL, vt_page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	zero = huge_kb(NULL, self->bytes, self->zero);
	none = huge_kb(NULL, self->bytes, self->none);
	EXPECT_LE(zero, none);
	EXPECT_EQ((long)self->bytes / 1024, none);
}

TEST_HARNESS_MAIN

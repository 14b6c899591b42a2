// SPDX-License-Identifier: GPL-2.0-or-later
/* A mapping across fork, with both sides writing */
#include "mapping.h"

/* Pages that one side writes after the fork, and one that both do. */
enum { OURS = 2, THEIRS = 3, COMMON = 4 };
enum { FROM_PARENT = 0x11, FROM_CHILD = 0x22 };

/* One side waits at the pipe until the other gives it a turn. */
static bool wait_turn(const int *pipe)
{
	char c;

	return read(pipe[0], &c, 1) == 1;
}

static bool give_turn(const int *pipe)
{
	return write(pipe[1], "", 1) == 1;
}

/* The first byte of @page as map_filled() left it. */
static int filled(const mapping *m, int page)
{
	unsigned char bytes[m->page];

	vt_pattern(bytes, m->page, page + 1);
	return bytes[0];
}

/* The same of the region: anon maps nothing of it. */
static int object(const mapping *m, const mapping_kind *k, int page)
{
	return is_anon(k) ? 0 : filled(m, page);
}

/*
 *	parent	|AAAAAAA|	|AApcpAA|  shared: one and the same memory
 *	child	 -		|AApccAA|  private: |AApApAA| and |AAAccAA|
 */
TEST_F(mapping, fork_shares_or_copies_what_both_sides_write)
{
	const bool shared = is_shared(variant);
	char *map = map_filled(self, variant);
	char *ours = map + OURS * self->page;
	char *theirs = map + THEIRS * self->page;
	char *common = map + COMMON * self->page;
	int go[2], done[2], status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(done));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		EXPECT_TRUE(wait_turn(go));
		EXPECT_EQ(shared ? FROM_PARENT : filled(self, OURS), vt_read(ours));
		EXPECT_EQ(shared ? FROM_PARENT : filled(self, COMMON), vt_read(common));
		EXPECT_EQ(0, vt_write(theirs, FROM_CHILD));
		EXPECT_EQ(0, vt_write(common, FROM_CHILD));
		EXPECT_TRUE(give_turn(done));
		EXPECT_TRUE(wait_turn(go));
		EXPECT_EQ(FROM_CHILD, vt_read(common));
		EXPECT_TRUE(pages_are_filled(self, map, 0, 2));
		EXPECT_TRUE(pages_are_filled(self, map + 5 * self->page, 5, NPAGES));
		_exit(0);
	}
	EXPECT_TRUE(counts_vmas(self, 2));
	EXPECT_EQ(0, vt_write(ours, FROM_PARENT));
	EXPECT_EQ(0, vt_write(common, FROM_PARENT));
	EXPECT_TRUE(give_turn(go));
	EXPECT_TRUE(wait_turn(done));
	EXPECT_EQ(FROM_PARENT, vt_read(ours));
	EXPECT_EQ(shared ? FROM_CHILD : filled(self, THEIRS), vt_read(theirs));
	EXPECT_EQ(shared ? FROM_CHILD : FROM_PARENT, vt_read(common));
	EXPECT_TRUE(give_turn(go));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(pages_are_filled(self, map, 0, 2));
	EXPECT_TRUE(pages_are_filled(self, map + 5 * self->page, 5, NPAGES));
	EXPECT_TRUE(counts_vmas(self, 1));
}

/* The region's own bytes follow a shared mapping and never a private one. */
TEST_F(mapping, fork_writes_reach_the_region_only_if_shared)
{
	const bool reaches = is_shared(variant) && !is_anon(variant);
	char *map = map_filled(self, variant);
	unsigned char byte;
	int status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		EXPECT_EQ(0, vt_write(map + THEIRS * self->page, FROM_CHILD));
		_exit(0);
	}
	EXPECT_EQ(0, vt_write(map + OURS * self->page, FROM_PARENT));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);

	ASSERT_EQ(1, pread(self->fd, &byte, 1, OURS * self->page));
	EXPECT_EQ(reaches ? FROM_PARENT : object(self, variant, OURS), byte);
	ASSERT_EQ(1, pread(self->fd, &byte, 1, THEIRS * self->page));
	EXPECT_EQ(reaches ? FROM_CHILD : object(self, variant, THEIRS), byte);
}

TEST_HARNESS_MAIN

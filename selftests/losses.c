// SPDX-License-Identifier: GPL-2.0-or-later
/* What thousands of calls leave behind: nothing. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmadev_test.h"

#define TIMES	2000	/* of a call in a round */
#define ROUNDS	4

/* The least of its objects that a call could lose is of 64 bytes. */
#define OBJECTS_KB	(TIMES * 64 / 1024)
#define PAGES_KB	(TIMES * (long)vt_page() / 1024)

FIXTURE(losses) {
	int dev;
	struct vmadev_create c;
};

FIXTURE_VARIANT(losses) {
	__u32 backing;
	bool capped;
};

FIXTURE_VARIANT_ADD(losses, pages) { VMADEV_BACKING_PAGES, true };
FIXTURE_VARIANT_ADD(losses, contig) { VMADEV_BACKING_CONTIG, true };
FIXTURE_VARIANT_ADD(losses, shmem) { VMADEV_BACKING_SHMEM, true };
FIXTURE_VARIANT_ADD(losses, none) { VMADEV_BACKING_NONE, false };
FIXTURE_VARIANT_ADD(losses, media) { VMADEV_BACKING_MEDIA, true };

/* A kernel that keeps what was freed, to see who uses it still, has its own way to tell. */
FIXTURE_SETUP(losses)
{
	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		SKIP(return, "kmemleak looks for what is lost here");
	self->dev = vt_open(O_RDWR);
	ASSERT_LE(0, self->dev);
	/* No power of two: of contig's blocks something is over. */
	self->c = (struct vmadev_create) { .bytes = 5 * vt_page(), .backing = variant->backing };
}

FIXTURE_TEARDOWN(losses)
{
	close(self->dev);
}

struct kept {
	long objects, pages;	/* in KiB */
};

static struct kept kept_now(void)
{
	return (struct kept) {
		.objects = vt_meminfo_kb("Slab") + vt_meminfo_kb("Percpu"),
		.pages = vt_used_kb(),
	};
}

/*
 * The rest of the kernel takes and gives meanwhile, but who loses something in each
 * call does so in each round: the round with the least growth tells.
 */
static struct kept lost(bool (*call)(int dev, struct vmadev_create *c), int dev,
			struct vmadev_create *c)
{
	struct kept least = { 1L << 40, 1L << 40 }, before = kept_now();

	for (int round = 0; round < ROUNDS; round++) {
		struct kept after;

		for (int i = 0; i < TIMES; i++)
			if (!call(dev, c))
				return (struct kept) { 1L << 40, 1L << 40 };
		usleep(50 * 1000);	/* what waits for a grace period goes */
		after = kept_now();
		if (after.objects - before.objects < least.objects)
			least.objects = after.objects - before.objects;
		if (after.pages - before.pages < least.pages)
			least.pages = after.pages - before.pages;
		before = after;
	}
	return least;
}

static bool make_and_close(int dev, struct vmadev_create *c)
{
	int fd = vt_create_raw(dev, c), other = vt_reopen(fd, 0, 0);
	char *map = mmap(NULL, c->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);
	bool made = map != MAP_FAILED && !vt_write(map, 1) && !munmap(map, c->bytes);

	return !close(other) && !close(fd) && made;
}

TEST_F(losses, of_regions_that_come_and_go)
{
	struct kept least = lost(make_and_close, self->dev, &self->c);

	EXPECT_GT(OBJECTS_KB, least.objects);
	EXPECT_GT(PAGES_KB / 2, least.pages);
}

static bool is_refused(int dev, struct vmadev_create *c)
{
	return vt_create_raw(dev, c) == -1 && errno == ENOSPC;
}

/* By the cap, when there is a struct of the region already. */
TEST_F(losses, of_regions_that_are_refused)
{
	struct kept least;

	if (!variant->capped)
		return;
	self->c.bytes = 1ull << 45;
	least = lost(is_refused, self->dev, &self->c);
	EXPECT_GT(OBJECTS_KB, least.objects);
	EXPECT_GT(PAGES_KB / 2, least.pages);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* What a region may cost: max_bytes for all together, and the memory cgroup. */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "vmadev_test.h"

/* The cap as the module tells it, in bytes; 0 if it does not. */
static __u64 max_bytes(void)
{
	char text[64] = "", *end;
	__u64 bytes;
	FILE *f;

	f = fopen("/sys/module/vmadev/parameters/max_bytes", "re");
	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	bytes = strtoull(text, &end, 0);
	switch (*end) {
	case 'G': case 'g':
		bytes <<= 10;
		__attribute__((fallthrough));
	case 'M': case 'm':
		bytes <<= 10;
		__attribute__((fallthrough));
	case 'K': case 'k':
		bytes <<= 10;
		break;
	}
	return bytes;
}

/* The largest shmem region that still fits: it takes room, but no memory. */
static __u64 room_left(void)
{
	__u64 page = vt_page(), fits = 0, too_much = max_bytes() / page + 1;

	while (too_much - fits > 1) {
		__u64 middle = fits + (too_much - fits) / 2;
		int fd = vt_create(VMADEV_BACKING_SHMEM, 0, middle * page, "probe");

		if (fd >= 0) {
			close(fd);
			fits = middle;
		} else {
			too_much = middle;
		}
	}
	return fits * page;
}

FIXTURE(cap) {
	ssize_t page;
	__u64 room;
	int filler;	/* leaves 4 pages of room */
};

FIXTURE_VARIANT(cap) {
	__u32 backing;
};

FIXTURE_VARIANT_ADD(cap, pages) {
	.backing = VMADEV_BACKING_PAGES,
};

FIXTURE_VARIANT_ADD(cap, contig) {
	.backing = VMADEV_BACKING_CONTIG,
};

FIXTURE_VARIANT_ADD(cap, shmem) {
	.backing = VMADEV_BACKING_SHMEM,
};

FIXTURE_SETUP(cap)
{
	self->page = vt_page();
	ASSERT_NE(0u, max_bytes()) {
		TH_LOG("parameters/max_bytes does not tell the cap");
	}
	self->room = room_left();
	ASSERT_LT((__u64)(16 * self->page), self->room);
	self->filler = vt_create(VMADEV_BACKING_SHMEM, 0, self->room - 4 * self->page, "filler");
	ASSERT_LE(0, self->filler);
}

FIXTURE_TEARDOWN(cap)
{
	close(self->filler);
}

TEST_F(cap, too_much_is_enospc_and_what_fits_is_served)
{
	int fd;

	EXPECT_EQ(-1, vt_create(variant->backing, 0, 5 * self->page, NULL));
	EXPECT_EQ(ENOSPC, errno);
	fd = vt_create(variant->backing, 0, 4 * self->page, NULL);
	EXPECT_LE(0, fd);
	EXPECT_EQ(-1, vt_create(variant->backing, 0, self->page, NULL));
	EXPECT_EQ(ENOSPC, errno);
}

TEST_F(cap, room_comes_back_with_close)
{
	for (int i = 0; i < 100; i++) {
		int fd = vt_create(variant->backing, 0, 4 * self->page, NULL);

		ASSERT_LE(0, fd);
		close(fd);
	}
}

TEST_F(cap, room_comes_back_after_a_failed_create)
{
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(-1, vt_create(variant->backing, 0, 5 * self->page, NULL));
	EXPECT_LE(0, vt_create(variant->backing, 0, 4 * self->page, NULL));
}

/* The last thing that goes is the mapping, and it holds the room. */
TEST_F(cap, room_comes_back_with_the_last_mapping)
{
	void *p;
	int fd;

	fd = vt_create(variant->backing, 0, 4 * self->page, NULL);
	ASSERT_LE(0, fd);
	p = mmap(NULL, self->page, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	close(fd);
	EXPECT_EQ(-1, vt_create(variant->backing, 0, self->page, NULL));
	EXPECT_EQ(ENOSPC, errno);
	munmap(p, self->page);
	EXPECT_LE(0, vt_create(variant->backing, 0, 4 * self->page, NULL));
}

TEST(all_regions_together_stay_below_max_bytes)
{
	__u64 page = vt_page(), cap = max_bytes();
	struct vmadev_info i;
	int dev;

	ASSERT_NE(0u, cap);
	EXPECT_EQ(-1, vt_create(VMADEV_BACKING_SHMEM, 0, cap / page * page + page, NULL));
	EXPECT_EQ(ENOSPC, errno);
	/* The default region is one of them. */
	dev = vt_open(O_RDONLY);
	ASSERT_LE(0, dev);
	ASSERT_EQ(0, vt_info(dev, &i));
	EXPECT_GE(cap, room_left() + i.bytes);
}

#define MANY 900

/* Each keeps its own bytes. */
TEST(many_regions_do_not_mix)
{
	struct rlimit lots = { MANY + 50, MANY + 50 };
	const __u32 backing[] = {
		VMADEV_BACKING_PAGES, VMADEV_BACKING_CONTIG, VMADEV_BACKING_SHMEM,
	};
	static int fds[MANY];
	__u64 before = room_left();
	unsigned int got;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &lots));
	for (unsigned int i = 0; i < MANY; i++) {
		fds[i] = vt_create(backing[i % 3], 0, vt_page(), NULL);
		ASSERT_LE(0, fds[i]);
		ASSERT_EQ((ssize_t)sizeof(i), pwrite(fds[i], &i, sizeof(i), 64));
	}
	for (unsigned int i = 0; i < MANY; i++) {
		ASSERT_EQ((ssize_t)sizeof(got), pread(fds[i], &got, sizeof(got), 64));
		ASSERT_EQ(i, got);
		close(fds[i]);
	}
	EXPECT_EQ(before, room_left());
}

/*
 * The memory cgroup. The test moves itself into a new one; what CREATE or a
 * touch takes shows in memory.current, give or take a batch of pages.
 */
#define CG_ROOT	"/tmp/vmadev-cgroup"
#define CG	CG_ROOT "/vmadev-test"
#define MIB	(1l << 20)

FIXTURE(charge) {
	ssize_t bytes;
};

FIXTURE_VARIANT(charge) {
	__u32 backing;
	bool at_create;
	bool at_touch;
};

FIXTURE_VARIANT_ADD(charge, pages) {
	.backing = VMADEV_BACKING_PAGES,
	.at_create = true,
};

FIXTURE_VARIANT_ADD(charge, contig) {
	.backing = VMADEV_BACKING_CONTIG,
};

FIXTURE_VARIANT_ADD(charge, shmem) {
	.backing = VMADEV_BACKING_SHMEM,
	.at_touch = true,
};

FIXTURE_VARIANT_ADD(charge, none) {
	.backing = VMADEV_BACKING_NONE,
};

static int cg_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -1 : 0;
}

static long cg_current(void)
{
	long bytes = -1;
	FILE *f;

	f = fopen(CG "/memory.current", "re");
	if (!f)
		return -1;
	if (fscanf(f, "%ld", &bytes) != 1)
		bytes = -1;
	fclose(f);
	return bytes;
}

FIXTURE_SETUP(charge)
{
	self->bytes = 8 * MIB;
	mkdir(CG_ROOT, 0700);
	ASSERT_EQ(0, mount("none", CG_ROOT, "cgroup2", 0, NULL));
	ASSERT_EQ(0, cg_put(CG_ROOT "/cgroup.subtree_control", "+memory"));
	ASSERT_EQ(0, mkdir(CG, 0700));
	ASSERT_EQ(0, cg_put(CG "/cgroup.procs", "0"));
}

FIXTURE_TEARDOWN(charge)
{
	EXPECT_EQ(0, cg_put(CG_ROOT "/cgroup.procs", "0"));
	rmdir(CG);
	umount(CG_ROOT);
	rmdir(CG_ROOT);
}

TEST_F(charge, memory_is_charged_as_documented)
{
	long before, created, touched, gone;
	char *p = NULL;
	int fd;

	before = cg_current();
	ASSERT_LE(0, before);
	fd = vt_create(variant->backing, 0, self->bytes, NULL);
	ASSERT_LE(0, fd);
	created = cg_current() - before;
	if (variant->backing != VMADEV_BACKING_NONE) {
		p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ASSERT_NE(MAP_FAILED, p);
		memset(p, 1, self->bytes);
	}
	touched = cg_current() - before - created;
	if (p)
		munmap(p, self->bytes);
	close(fd);
	gone = cg_current() - before;
	TH_LOG("create %ld, touch %ld, gone %ld", created, touched, gone);

	if (variant->at_create) {
		EXPECT_LE(self->bytes - MIB, created);
	} else {
		EXPECT_GT(MIB, created);
	}
	if (variant->at_touch) {
		EXPECT_LE(self->bytes - MIB, touched);
	} else {
		EXPECT_GT(MIB, touched);
	}
	EXPECT_GT(MIB, gone);
}

TEST_F(charge, create_over_the_limit_is_enomem_and_the_process_survives)
{
	int fd;

	ASSERT_EQ(0, cg_put(CG "/memory.max", "4194304"));
	fd = vt_create(variant->backing, 0, self->bytes, NULL);
	if (variant->at_create) {
		EXPECT_EQ(-1, fd);
		EXPECT_EQ(ENOMEM, errno);
	} else {
		EXPECT_LE(0, fd);
	}
	/* What fits is still served, and what failed is charged no longer. */
	EXPECT_LE(0, vt_create(variant->backing, 0, MIB, NULL));
	EXPECT_GT(4 * MIB, cg_current());
}

TEST_HARNESS_MAIN

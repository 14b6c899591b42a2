// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a region costs whom: pages are charged to the memory cgroup of who
 * creates it, shmem to who touches, contig and none to nobody.
 *
 * What is cut off or punched is charged no longer, and a hole to who fills it.
 *
 * The test moves itself into a new cgroup; what CREATE or a touch takes shows
 * in memory.current, give or take a batch of pages.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "user.h"
#include "vmadev_test.h"

#define CG_ROOT	"/tmp/vmadev-cgroup"
#define CG	CG_ROOT "/vmadev-test"

FIXTURE(charge) {
	ssize_t bytes;
	long some;	/* more than the kernel charges ahead: 64 pages a CPU */
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

FIXTURE_VARIANT_ADD(charge, media) {
	.backing = VMADEV_BACKING_MEDIA,
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
	self->some = 256 * vt_page();
	self->bytes = 8 * self->some;
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

	EXPECT_EQ(variant->at_create, created > self->bytes - self->some);
	EXPECT_EQ(!variant->at_create, created < self->some);
	EXPECT_EQ(variant->at_touch, touched > self->bytes - self->some);
	EXPECT_EQ(!variant->at_touch, touched < self->some);
	EXPECT_GT(self->some, gone);
}

#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

typedef FIXTURE_DATA(charge) fixture;

/* Is so much charged since @before, near enough? */
static bool charged_is(const fixture *self, long before, long bytes)
{
	long now = cg_current() - before;

	return now > bytes - self->some && now < bytes + self->some;
}

/* Also where a mapping has entries of all of it. */
TEST_F(charge, memory_that_is_taken_away_is_given_back)
{
	bool takes = variant->at_create || variant->at_touch;
	long before, half = self->bytes / 2;
	char *p;
	int fd;

	before = cg_current();
	ASSERT_LE(0, before);
	fd = vt_create(variant->backing, 0, self->bytes, NULL);
	ASSERT_LE(0, fd);
	p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	if (!takes)
		return;
	memset(p, 1, self->bytes);
	EXPECT_TRUE(charged_is(self, before, self->bytes));
	ASSERT_EQ(0, fallocate(fd, PUNCH, 0, half));
	EXPECT_TRUE(charged_is(self, before, half));
	memset(p, 2, half);
	EXPECT_TRUE(charged_is(self, before, self->bytes));
	ASSERT_EQ(0, ftruncate(fd, half));
	EXPECT_TRUE(charged_is(self, before, half));
	ASSERT_EQ(0, ftruncate(fd, self->bytes));
	EXPECT_TRUE(charged_is(self, before, variant->at_create ? self->bytes : half));
	ASSERT_EQ(0, fallocate(fd, PUNCH, 0, self->bytes));
	EXPECT_TRUE(charged_is(self, before, 0));
	ASSERT_EQ(0, posix_fallocate(fd, 0, self->bytes));
	EXPECT_TRUE(charged_is(self, before, self->bytes));
	close(fd);
	munmap(p, self->bytes);
	EXPECT_TRUE(charged_is(self, before, 0));
}

struct hole {
	int fd;
	ssize_t bytes;
};

/*
 * What is said of a hole that there is no memory for. Nothing else here may want memory
 * at the limit: it would be somebody's end.
 */
static int fill_as_user(void *arg)
{
	const struct hole *h = arg;
	size_t page = vt_page();
	char byte = 1, *p;
	int err = 0;
	ssize_t n;

	if (mlockall(MCL_CURRENT) || become_user(ALICE))
		return 255;
	if (posix_fallocate(h->fd, 0, h->bytes) != ENOMEM)
		return 1;
	if (fallocate(h->fd, PUNCH, 0, h->bytes))
		return 2;
	if (!ftruncate(h->fd, 2 * h->bytes) || errno != ENOMEM)
		return 3;
	p = mmap(NULL, h->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, h->fd, 0);
	if (p == MAP_FAILED)
		return 4;
	/* What failed once may find that some has come back. */
	for (n = 0; n < h->bytes && !err; n += page)
		err = vt_write(p + n, 1);
	if (err != -SIGBUS)
		return 5;
	while (n < h->bytes && pwrite(h->fd, &byte, 1, n) == 1)
		n += page;
	if (n >= h->bytes || errno != ENOMEM)
		return 6;
	if (pread(h->fd, &byte, 1, n) != 1 || byte)
		return 7;
	return fallocate(h->fd, PUNCH, 0, h->bytes) ? 8 : 0;
}

TEST_F(charge, hole_over_the_limit_is_sigbus_and_the_process_survives)
{
	struct hole h = { .bytes = self->bytes };
	struct vmadev_info info;
	char text[32];

	if (!variant->at_create)
		return;
	h.fd = vt_create(variant->backing, 0, self->bytes, NULL);
	ASSERT_LE(0, h.fd);
	ASSERT_EQ(0, fallocate(h.fd, PUNCH, 0, self->bytes));
	snprintf(text, sizeof(text), "%ld", cg_current() + 4 * self->some);
	ASSERT_EQ(0, cg_put(CG "/memory.max", text));
	EXPECT_EQ(0, vt_in_child(fill_as_user, &h));
	ASSERT_EQ(0, cg_put(CG "/memory.max", "max"));
	ASSERT_EQ(0, vt_info(h.fd, &info));
	EXPECT_EQ((__u64)self->bytes, info.bytes);
	EXPECT_EQ(0, posix_fallocate(h.fd, 0, self->bytes));
}

struct create {
	__u32 backing;
	__u64 bytes;
};

/* errno of CREATE by a user without privileges, or 0. */
static int create_as_user(void *arg)
{
	const struct create *what = arg;
	struct vmadev_create c = { .backing = what->backing, .bytes = what->bytes };
	int dev = vt_open(O_RDWR);

	if (dev < 0 || become_user(ALICE))
		return 255;
	return vt_create_raw(dev, &c) < 0 ? errno : 0;
}

TEST_F(charge, create_over_the_limit_is_enomem_and_the_process_survives)
{
	const long limit = 4 * self->some;
	struct create c = { variant->backing, self->bytes };
	char text[32];

	snprintf(text, sizeof(text), "%ld", limit);
	ASSERT_EQ(0, cg_put(CG "/memory.max", text));
	EXPECT_EQ(variant->at_create ? ENOMEM : 0, vt_in_child(create_as_user, &c));
	/* What fits is still served, and what failed is charged no longer. */
	EXPECT_LE(0, vt_create(variant->backing, 0, self->some, NULL));
	EXPECT_GT(limit, cg_current());
}

TEST_HARNESS_MAIN

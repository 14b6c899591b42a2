// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a descriptor may do follows from how the node was opened, in each of the
 * four access modes of open(2), and so does what VMADEV_IOC_OPEN makes of it.
 * Only the node can be opened write-only, or for ioctls alone: it is loaded with
 * each backing. Leaves the module loaded, or not, as it was found.
 */
#include "vmadev_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

static const char *const backings[] = {
	[VMADEV_BACKING_PAGES] = "pages",
	[VMADEV_BACKING_CONTIG] = "contig",
	[VMADEV_BACKING_SHMEM] = "shmem",
	[VMADEV_BACKING_NONE] = "none",
	[VMADEV_BACKING_MEDIA] = "media",
};

FIXTURE(access) {
	ssize_t page;
	bool loaded;
};

FIXTURE_VARIANT(access) {
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(access);

FIXTURE_SETUP(access)
{
	char params[64];

	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->loaded = vt_unload() == 0;
	snprintf(params, sizeof(params), "size=%zd backing=%s", 4 * self->page,
		 backings[variant->backing]);
	ASSERT_EQ(0, vt_load(params));
}

FIXTURE_TEARDOWN(access)
{
	vt_unload();
	if (self->loaded)
		vt_load("");
}

/* Neither reads nor writes: for ioctls alone. */
#define O_NEITHER	O_ACCMODE

static bool reads(int mode)
{
	return mode == O_RDONLY || mode == O_RDWR;
}

static bool writes(int mode)
{
	return mode == O_WRONLY || mode == O_RDWR;
}

/* The access mode that OPEN gives of another, or -EACCES. */
static int opened(__u32 access, int mode)
{
	switch (access) {
	case VMADEV_ACCESS_READ:
		return reads(mode) ? O_RDONLY : -EACCES;
	case VMADEV_ACCESS_READ_WRITE:
		return mode == O_RDWR ? O_RDWR : -EACCES;
	default:
		return mode;
	}
}

/* 0 if it works as it should, or does not and says @err. */
#define MAY(may, err, call) \
	EXPECT_EQ((may) ? 0 : (err), (call) < 0 ? errno : 0)

static void transfers(struct __test_metadata *_metadata, int fd, int mode)
{
	loff_t at = 0;
	char byte = 1;
	int p[2];

	MAY(reads(mode), EBADF, read(fd, &byte, 1));
	MAY(reads(mode), EBADF, pread(fd, &byte, 1, 0));
	MAY(writes(mode), EBADF, write(fd, &byte, 1));
	MAY(writes(mode), EBADF, pwrite(fd, &byte, 1, 0));
	ASSERT_EQ(0, pipe(p));
	ASSERT_EQ(1, write(p[1], &byte, 1));
	MAY(writes(mode), EBADF, splice(p[0], NULL, fd, &at, 1, 0));
	at = 0;
	MAY(reads(mode), EBADF, splice(fd, &at, p[1], NULL, 1, 0));
	close(p[0]);
	close(p[1]);
}

static int map_errno(int fd, size_t bytes, int prot, int then)
{
	void *p = mmap(NULL, bytes, prot, MAP_SHARED, fd, 0);
	int err;

	if (p == MAP_FAILED)
		return errno;
	err = mprotect(p, bytes, then) ? errno : 0;
	munmap(p, bytes);
	return err;
}

static void mappings(struct __test_metadata *_metadata, int fd, int mode)
{
	const int rw = PROT_READ | PROT_WRITE;
	size_t bytes = vt_page();

	EXPECT_EQ(reads(mode) ? 0 : EACCES, map_errno(fd, bytes, PROT_NONE, PROT_READ));
	EXPECT_EQ(mode == O_RDWR ? 0 : EACCES, map_errno(fd, bytes, PROT_READ, rw));
	EXPECT_EQ(mode == O_RDWR ? 0 : EACCES, map_errno(fd, bytes, rw, PROT_READ));
	EXPECT_EQ(mode == O_RDWR ? 0 : EACCES, map_errno(fd, bytes, PROT_WRITE, PROT_NONE));
}

static void ioctls(struct __test_metadata *_metadata, int fd, int mode, __u32 backing)
{
	struct vmadev_create c = { .bytes = vt_page(), .backing = backing };
	struct vmadev_stats stats;
	struct vmadev_info info;
	int made;

	EXPECT_EQ(0, vt_info(fd, &info));
	EXPECT_EQ(backing, info.backing);
	EXPECT_EQ(0, vt_stats(fd, VMADEV_SCOPE_REGION, &stats));
	made = vt_create_raw(fd, &c);
	MAY(writes(mode), EBADF, made);
	if (made >= 0) {
		EXPECT_EQ(O_RDWR, fcntl(made, F_GETFL) & O_ACCMODE);
		close(made);
	}
	/* Who may not is told so first. */
	MAY(writes(mode) && backing != VMADEV_BACKING_NONE,
	    writes(mode) ? EOPNOTSUPP : EBADF, vt_zap(fd, 0, vt_page()));
	EXPECT_EQ(0, fsync(fd));
}

static void fdinfo(struct __test_metadata *_metadata, int fd)
{
	char path[64], text[1024];
	ssize_t n;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, info);
	n = read(info, text, sizeof(text) - 1);
	ASSERT_LT(0, n);
	text[n] = '\0';
	EXPECT_NE(NULL, strstr(text, "\nvmadev-region:\t"));
	close(info);
}

/* This one, what OPEN makes of it, and what OPEN makes of that. */
static void keeps_to(struct __test_metadata *_metadata, int fd, int mode, __u32 strategy,
		     __u32 backing, int generations)
{
	EXPECT_EQ(mode, fcntl(fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(0, vt_set_strategy(fd, strategy));
	transfers(_metadata, fd, mode);
	mappings(_metadata, fd, mode);
	ioctls(_metadata, fd, mode, backing);
	fdinfo(_metadata, fd);
	if (!generations)
		return;
	for (__u32 access = 0; access <= VMADEV_ACCESS_READ_WRITE; access++) {
		int made = vt_reopen(fd, access, strategy), want = opened(access, mode);

		EXPECT_EQ(want < 0 ? -want : 0, made < 0 ? errno : 0) {
			TH_LOG("access %u of mode %d", access, mode);
		}
		if (made < 0)
			continue;
		if (want >= 0)
			keeps_to(_metadata, made, want, strategy, backing, generations - 1);
		close(made);
	}
}

static void node_keeps_to(struct __test_metadata *_metadata, int mode, __u32 strategy,
			  __u32 backing)
{
	int fd = vt_open(mode);

	ASSERT_LE(0, fd);
	keeps_to(_metadata, fd, mode, strategy, backing, 2);
	close(fd);
}

#define KEEPS_TO(mode) node_keeps_to(_metadata, mode, variant->strategy, variant->backing)

TEST_F(access, read_only_gives_readers)
{
	KEEPS_TO(O_RDONLY);
}

TEST_F(access, write_only_gives_no_readers)
{
	KEEPS_TO(O_WRONLY);
}

TEST_F(access, read_write_gives_both)
{
	KEEPS_TO(O_RDWR);
}

TEST_F(access, neither_gives_neither)
{
	KEEPS_TO(O_NEITHER);
}

/* A descriptor of the node's name alone, O_PATH, is no handle. */
TEST_F(access, path_alone_is_no_handle)
{
	int fd = vt_open(O_PATH);
	struct vmadev_info info;
	char byte;

	ASSERT_LE(0, fd);
	MAY(false, EBADF, vt_info(fd, &info));
	MAY(false, EBADF, vt_reopen(fd, 0, 0));
	MAY(false, EBADF, vt_zap(fd, 0, vt_page()));
	MAY(false, EBADF, pread(fd, &byte, 1, 0));
	EXPECT_EQ(EBADF, map_errno(fd, vt_page(), PROT_READ, PROT_READ));
	close(fd);
}

TEST_HARNESS_MAIN

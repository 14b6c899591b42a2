// SPDX-License-Identifier: GPL-2.0-or-later
/* dma-bufs of regions in vgem, which takes them in by PRIME; of vkms Debian's kernels have none. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import.h"

FIXTURE(prime) {
	struct shared s;
	int card;
};

FIXTURE_VARIANT(prime) {
	__u32 backing;
};

FIXTURE_VARIANT_ADD(prime, pages) { VMADEV_BACKING_PAGES };
FIXTURE_VARIANT_ADD(prime, contig) { VMADEV_BACKING_CONTIG };

/* The headers come with libdrm and not with the kernel's. */
struct drm_version {
	int major, minor, patch;
	size_t name_length;
	char *name;
	size_t date_length;
	char *date;
	size_t about_length;
	char *about;
};

struct drm_gem_close {
	__u32 handle, pad;
};

struct drm_prime {
	__u32 handle, flags;
	__s32 fd;
};

#define DRM_VERSION		_IOWR('d', 0x00, struct drm_version)
#define DRM_GEM_CLOSE		_IOW('d', 0x09, struct drm_gem_close)
#define DRM_HANDLE_TO_FD	_IOWR('d', 0x2d, struct drm_prime)
#define DRM_FD_TO_HANDLE	_IOWR('d', 0x2e, struct drm_prime)

static int open_card(const char *driver)
{
	for (int i = 0; i < 16; i++) {
		char name[64] = "", path[32];
		struct drm_version version = { .name = name, .name_length = sizeof(name) - 1 };
		int card;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		card = open(path, O_RDWR | O_CLOEXEC);
		if (card < 0)
			continue;
		if (!ioctl(card, DRM_VERSION, &version) && !strcmp(name, driver))
			return card;
		close(card);
	}
	return -1;
}

/* The card's handle, or 0. */
static __u32 import(int card, int buffer)
{
	struct drm_prime prime = { .fd = buffer };

	return ioctl(card, DRM_FD_TO_HANDLE, &prime) ? 0 : prime.handle;
}

/* A card's file that has imported nothing yet has the driver ask anew. */
static int import_errno(const char *driver, int buffer)
{
	int card = open_card(driver);
	int err = import(card, buffer) ? 0 : errno;

	close(card);
	return err;
}

static int drop(int card, __u32 handle)
{
	struct drm_gem_close gem = { .handle = handle };

	return ioctl(card, DRM_GEM_CLOSE, &gem);
}

FIXTURE_SETUP(prime)
{
	self->card = open_card("vgem");
	if (self->card < 0)
		SKIP(return, NO_DRIVER);
	ASSERT_TRUE(share(&self->s, variant->backing, 0, 300 << 10));
}

FIXTURE_TEARDOWN(prime)
{
	unshare(&self->s);
	close(self->card);
}

/* The driver alone has it, and holds its pages; then nobody. */
TEST_F(prime, driver_keeps_what_it_imported)
{
	bool goes = variant->backing == VMADEV_BACKING_PAGES;
	struct shared *s = &self->s;
	__u32 handle = import(self->card, s->buffer);

	ASSERT_NE(0, handle);
	EXPECT_EQ(handle, import(self->card, s->buffer));
	close(s->buffer);
	if (goes) {
		EXPECT_EQ(-1, fallocate(s->region, PUNCH, s->page, s->page));
		EXPECT_EQ(EBUSY, errno);
		EXPECT_EQ(-1, ftruncate(s->region, s->page));
		EXPECT_EQ(EBUSY, errno);
	}
	EXPECT_EQ(-EWOULDBLOCK, vt_unload());
	ASSERT_EQ(0, drop(self->card, handle));
	s->buffer = -1;
	EXPECT_EQ(0, fallocate(s->region, PUNCH, s->page, s->page));
	EXPECT_EQ(goes ? 0 : -1, ftruncate(s->region, s->page));
}

/* As long as a device sees it, the CPU's turns are told to that device. */
TEST_F(prime, cpu_and_device_take_turns)
{
	struct dma_buf_sync begin = { DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };
	struct dma_buf_sync end = { DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW };
	struct shared *s = &self->s;
	__u32 handle = import(self->card, s->buffer);

	ASSERT_NE(0, handle);
	EXPECT_EQ(0, ioctl(s->buffer, DMA_BUF_IOCTL_SYNC, &begin));
	EXPECT_TRUE(write_page(s, s->page, 3));
	EXPECT_EQ(0, ioctl(s->buffer, DMA_BUF_IOCTL_SYNC, &end));
	EXPECT_EQ(0, ioctl(s->buffer, DMA_BUF_IOCTL_SYNC, &begin));
	EXPECT_TRUE(page_is(s, s->page, 3));
	EXPECT_EQ(0, ioctl(s->buffer, DMA_BUF_IOCTL_SYNC, &end));
	EXPECT_EQ(0, drop(self->card, handle));
	EXPECT_TRUE(is_left_alone(s));
}

/* DRM gives no mapping of what it imported, but a descriptor. */
TEST_F(prime, driver_gives_the_same_buffer_back)
{
	struct shared *s = &self->s;
	struct drm_prime prime = {
		.handle = import(self->card, s->buffer), .flags = O_CLOEXEC | O_RDWR,
	};
	char *map;

	ASSERT_NE(0, prime.handle);
	close(s->buffer);
	ASSERT_EQ(0, ioctl(self->card, DRM_HANDLE_TO_FD, &prime));
	s->buffer = prime.fd;
	ASSERT_EQ(0, drop(self->card, prime.handle));
	map = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->buffer, 0);
	ASSERT_NE(MAP_FAILED, map);
	for (ssize_t at = 0; at < s->bytes; at += s->page) {
		vt_pattern(map + at, s->page, 3 + at / s->page);
		EXPECT_TRUE(page_is(s, s->page + at, 3 + at / s->page));
	}
	EXPECT_TRUE(is_left_alone(s));
	munmap(map, s->bytes);
}

/*
 * PRIME asks for memory that a device may write, at once or, as of vgem since 6.17, when a
 * device is to have it.
 */
TEST_F(prime, reader_s_buffer_is_not_for_writing)
{
	struct shared *s = &self->s;
	int reader = vt_export(s->region, VMADEV_ACCESS_READ, 0, s->page, s->bytes);
	__u32 handle;

	ASSERT_LE(0, reader);
	handle = import(self->card, reader);
	if (vt_kernel_at_least(6, 17)) {
		EXPECT_EQ(0, drop(self->card, handle));
	} else {
		EXPECT_EQ(0, handle);
		EXPECT_EQ(EACCES, errno);
	}
	close(reader);
}

/* The driver of 6.17 and later asks for the pages only when a device is to have them. */
TEST_F(prime, driver_keeps_what_is_revoked)
{
	bool goes = variant->backing == VMADEV_BACKING_PAGES;
	struct shared *s = &self->s;
	__u32 handle = import(self->card, s->buffer);
	bool at_once = !vt_kernel_at_least(6, 17);
	__u64 pinned = 0, held = at_once ? s->bytes : 0;

	ASSERT_NE(0, handle);
	ASSERT_EQ(0, vt_revoke(s->region, 0, &pinned));
	/* Of contig whole folios. */
	EXPECT_LE(held, pinned);
	EXPECT_GE(goes ? held : held + 2 * s->page, pinned);
	EXPECT_EQ(at_once ? ENODEV : 0, import_errno("vgem", s->buffer));
	ASSERT_EQ(0, vt_restore(s->region));
	EXPECT_EQ(at_once ? ENODEV : 0, import_errno("vgem", s->buffer));
	EXPECT_EQ(0, fallocate(s->region, PUNCH, s->page, s->page));
	EXPECT_EQ(0, drop(self->card, handle));
	EXPECT_EQ(at_once ? ENODEV : 0, import_errno("vgem", s->buffer));

	close(s->buffer);
	s->buffer = vt_export(s->region, 0, 0, s->page, s->bytes);
	EXPECT_EQ(0, import_errno("vgem", s->buffer));
}

TEST_HARNESS_MAIN

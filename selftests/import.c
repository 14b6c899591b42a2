// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dma-bufs of regions in drivers of the kernel's own, which know nothing of vmadev: vgem
 * takes one in by PRIME, vivid captures video into one. The guest loads them where its
 * kernel's package has them; of vkms Debian's have none.
 *
 *	|AA......AA|	a region; the buffer is what is between the first and the last page
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmadev_test.h"

#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define NO_DRIVER "no such driver in this guest"

/* A region, filled, and a buffer of at least @bytes inside. */
struct shared {
	int region, buffer;
	ssize_t page, bytes;	/* of a page, of the buffer */
};

static bool write_page(const struct shared *s, ssize_t at, unsigned int seed)
{
	char bytes[s->page];

	vt_pattern(bytes, s->page, seed);
	return pwrite(s->region, bytes, s->page, at) == s->page;
}

static bool page_is(const struct shared *s, ssize_t at, unsigned int seed)
{
	char bytes[s->page];

	return pread(s->region, bytes, s->page, at) == s->page &&
	       vt_is_pattern(bytes, s->page, seed);
}

/* What is beside the buffer is as it was. */
static bool is_left_alone(const struct shared *s)
{
	return page_is(s, 0, 1) && page_is(s, s->page + s->bytes, 2);
}

static bool share(struct shared *s, __u32 backing, __u32 access, size_t bytes)
{
	s->page = vt_page();
	s->bytes = (bytes + s->page - 1) / s->page * s->page;
	s->region = vt_create(backing, 0, s->bytes + 2 * s->page, "shared");
	if (s->region < 0 || !write_page(s, 0, 1) || !write_page(s, s->page + s->bytes, 2))
		return false;
	s->buffer = vt_export(s->region, access, 0, s->page, s->bytes);
	return s->buffer >= 0;
}

static void unshare(struct shared *s)
{
	close(s->buffer);
	close(s->region);
}

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

FIXTURE(video) {
	int device;
	size_t frame;	/* bytes */
};

FIXTURE_VARIANT(video) {
	const char *bus;
	__u32 backing;
};

/* By an address of the CPU's; by one that a device would be given. */
FIXTURE_VARIANT_ADD(video, vmalloc_pages) { "platform:vivid-000", VMADEV_BACKING_PAGES };
FIXTURE_VARIANT_ADD(video, vmalloc_contig) { "platform:vivid-000", VMADEV_BACKING_CONTIG };
FIXTURE_VARIANT_ADD(video, dma_contig) { "platform:vivid-001", VMADEV_BACKING_CONTIG };

static int open_video(const char *bus)
{
	for (int i = 0; i < 16; i++) {
		struct v4l2_capability it = { 0 };
		char path[32];
		int fd;

		snprintf(path, sizeof(path), "/dev/video%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!ioctl(fd, VIDIOC_QUERYCAP, &it) && !strcmp((char *)it.bus_info, bus))
			return fd;
		close(fd);
	}
	return -1;
}

/* The same picture each time: no text that counts frames. */
static bool has_no_text(int device)
{
	struct v4l2_queryctrl it = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };

	for (; !ioctl(device, VIDIOC_QUERYCTRL, &it); it.id |= V4L2_CTRL_FLAG_NEXT_CTRL)
		if (!strcmp((char *)it.name, "OSD Text Mode")) {
			struct v4l2_control none = { it.id, it.maximum };

			return !ioctl(device, VIDIOC_S_CTRL, &none);
		}
	return false;
}

FIXTURE_SETUP(video)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

	self->device = open_video(variant->bus);
	if (self->device < 0)
		SKIP(return, NO_DRIVER);
	ASSERT_TRUE(has_no_text(self->device));
	ASSERT_EQ(0, ioctl(self->device, VIDIOC_G_FMT, &format));
	format.fmt.pix.width = 320;
	format.fmt.pix.height = 180;
	ASSERT_EQ(0, ioctl(self->device, VIDIOC_S_FMT, &format));
	self->frame = format.fmt.pix.sizeimage;
}

FIXTURE_TEARDOWN(video)
{
	close(self->device);
}

/* A frame into memory of that kind: 0, or errno. */
static int capture(int device, struct v4l2_buffer *buffer)
{
	struct pollfd ready = { .fd = device, .events = POLLIN };
	int type = buffer->type, err = 0;

	if (ioctl(device, VIDIOC_QBUF, buffer) || ioctl(device, VIDIOC_STREAMON, &type))
		return errno;
	if (poll(&ready, 1, 20000) != 1)
		err = ETIMEDOUT;
	else if (ioctl(device, VIDIOC_DQBUF, buffer))
		err = errno;
	if (ioctl(device, VIDIOC_STREAMOFF, &type))
		err = err ?: errno;
	return err;
}

static int ask_for_buffers(int device, int memory)
{
	struct v4l2_requestbuffers request = {
		.count = memory ? 1 : 0, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = memory ?: V4L2_MEMORY_MMAP,
	};

	return ioctl(device, VIDIOC_REQBUFS, &request) ? errno : 0;
}

/* What the driver makes in memory of its own. */
static bool capture_own(int device, void *frame, size_t bytes)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP,
	};
	void *map;

	if (ask_for_buffers(device, V4L2_MEMORY_MMAP) || ioctl(device, VIDIOC_QUERYBUF, &buffer))
		return false;
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, device, buffer.m.offset);
	if (map == MAP_FAILED || capture(device, &buffer))
		return false;
	memcpy(frame, map, bytes);
	munmap(map, bytes);
	return !ask_for_buffers(device, 0);
}

static int capture_into(int device, int dmabuf)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_DMABUF,
		.m.fd = dmabuf,
	};
	int err = ask_for_buffers(device, V4L2_MEMORY_DMABUF) ?: capture(device, &buffer);

	return ask_for_buffers(device, 0) ?: err;
}

TEST_F(video, frame_is_captured_into_the_region)
{
	char *own = malloc(self->frame), *frame = malloc(self->frame);
	struct shared s;

	ASSERT_TRUE(capture_own(self->device, own, self->frame));
	ASSERT_FALSE(vt_is_zero(own, self->frame));
	ASSERT_TRUE(share(&s, variant->backing, 0, self->frame));
	ASSERT_EQ(0, capture_into(self->device, s.buffer));
	ASSERT_EQ((ssize_t)self->frame, pread(s.region, frame, self->frame, s.page));
	EXPECT_EQ(0, memcmp(own, frame, self->frame));
	EXPECT_TRUE(is_left_alone(&s));
	/* The driver has let go of it. */
	close(s.buffer);
	s.buffer = -1;
	EXPECT_EQ(0, fallocate(s.region, PUNCH, s.page, s.bytes));
	unshare(&s);
	free(own);
	free(frame);
}

TEST_F(video, reader_s_buffer_gets_no_frame)
{
	char *frame = malloc(self->frame);
	struct shared s;

	ASSERT_TRUE(share(&s, variant->backing, VMADEV_ACCESS_READ, self->frame));
	EXPECT_NE(0, capture_into(self->device, s.buffer));
	ASSERT_EQ((ssize_t)self->frame, pread(s.region, frame, self->frame, s.page));
	EXPECT_TRUE(vt_is_zero(frame, self->frame));
	unshare(&s);
	free(frame);
}

TEST_HARNESS_MAIN

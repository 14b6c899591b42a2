// SPDX-License-Identifier: GPL-2.0-or-later
/* dma-bufs of regions in vivid, which captures video into them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import.h"

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

/* The bytes of a small frame, or 0. */
static size_t small_frame(int device)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

	if (ioctl(device, VIDIOC_G_FMT, &format))
		return 0;
	format.fmt.pix.width = 320;
	format.fmt.pix.height = 180;
	return ioctl(device, VIDIOC_S_FMT, &format) ? 0 : format.fmt.pix.sizeimage;
}

FIXTURE_SETUP(video)
{
	self->device = open_video(variant->bus);
	if (self->device < 0)
		SKIP(return, NO_DRIVER);
	ASSERT_TRUE(has_no_text(self->device));
	self->frame = small_frame(self->device);
	ASSERT_NE(0, self->frame);
}

FIXTURE_TEARDOWN(video)
{
	close(self->device);
}

static int queue(int device, struct v4l2_buffer *buffer)
{
	return ioctl(device, VIDIOC_QBUF, buffer) ? errno : 0;
}

/* A frame into what is queued: 0, or errno. */
static int stream(int device, struct v4l2_buffer *buffer)
{
	struct pollfd ready = { .fd = device, .events = POLLIN };
	int type = buffer->type, err = 0;

	if (ioctl(device, VIDIOC_STREAMON, &type))
		return errno;
	if (poll(&ready, 1, 20000) != 1)
		err = ETIMEDOUT;
	else if (ioctl(device, VIDIOC_DQBUF, buffer))
		err = errno;
	if (ioctl(device, VIDIOC_STREAMOFF, &type))
		err = err ?: errno;
	return err;
}

static int capture(int device, struct v4l2_buffer *buffer)
{
	return queue(device, buffer) ?: stream(device, buffer);
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

static bool is_by_address(const char *bus)
{
	return !strcmp(bus, "platform:vivid-000");
}

/* Into a buffer of what was revoked: an address is of nobody's memory, a device has none. */
static bool capture_is_lost(const char *bus, int dmabuf)
{
	int device = open_video(bus);
	bool lost = small_frame(device) && !capture_into(device, dmabuf) == is_by_address(bus);

	close(device);
	return lost;
}

/* Queued, it is the driver's: the frame goes to pages that the region has no more. */
TEST_F(video, frame_is_not_captured_into_what_is_restored)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_DMABUF,
	};
	const char *other = is_by_address(variant->bus) ? "platform:vivid-001" :
							  "platform:vivid-000";
	struct shared s;
	__u64 pinned = 0;
	char *all;

	ASSERT_TRUE(share(&s, variant->backing, 0, self->frame));
	buffer.m.fd = s.buffer;
	ASSERT_EQ(0, ask_for_buffers(self->device, V4L2_MEMORY_DMABUF));
	ASSERT_EQ(0, queue(self->device, &buffer));
	ASSERT_EQ(0, vt_revoke(s.region, 0, &pinned));
	EXPECT_LE(s.bytes, (ssize_t)pinned);
	EXPECT_GE(s.bytes + 2 * s.page, (ssize_t)pinned);
	ASSERT_EQ(0, vt_restore(s.region));
	EXPECT_TRUE(capture_is_lost(other, s.buffer));
	EXPECT_EQ(0, stream(self->device, &buffer));

	all = malloc(s.bytes + 2 * s.page);
	ASSERT_EQ(s.bytes + 2 * s.page, pread(s.region, all, s.bytes + 2 * s.page, 0));
	EXPECT_TRUE(vt_is_zero(all, s.bytes + 2 * s.page));
	EXPECT_EQ(0, ask_for_buffers(self->device, 0));
	EXPECT_TRUE(capture_is_lost(variant->bus, s.buffer));
	ASSERT_EQ(s.bytes + 2 * s.page, pread(s.region, all, s.bytes + 2 * s.page, 0));
	EXPECT_TRUE(vt_is_zero(all, s.bytes + 2 * s.page));
	unshare(&s);
	free(all);
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

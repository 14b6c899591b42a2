// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "open.h"

#define WIDTH	160	/* a frame of some pages */
#define HEIGHT	120

static const char *ask_for_buffer(int fd, struct v4l2_buffer *buffer)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_requestbuffers request = {
		.count = 1, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP,
	};

	if (ioctl(fd, VIDIOC_G_FMT, &format))
		return failed("VIDIOC_G_FMT");
	format.fmt.pix.width = WIDTH;
	format.fmt.pix.height = HEIGHT;
	/* Who does not take that size says so, and its own will do. */
	ioctl(fd, VIDIOC_S_FMT, &format);
	if (ioctl(fd, VIDIOC_REQBUFS, &request))
		return failed("VIDIOC_REQBUFS");
	/* A driver may want more of them: past the last one there is nothing. */
	*buffer = (struct v4l2_buffer){
		.index = request.count - 1, .type = request.type, .memory = request.memory,
	};
	return ioctl(fd, VIDIOC_QUERYBUF, buffer) ? failed("VIDIOC_QUERYBUF") : NULL;
}

static int export(int fd, const struct v4l2_buffer *buffer, int flags)
{
	struct v4l2_exportbuffer exported = {
		.type = buffer->type, .index = buffer->index, .flags = (__u32)(flags | O_CLOEXEC),
	};

	return ioctl(fd, VIDIOC_EXPBUF, &exported) ? -1 : exported.fd;
}

/* A buffer that no frame is captured into. */
static const char *open_v4l2(struct subject *subject, char *const *options)
{
	const char *node = option_value(options, "node");
	struct v4l2_buffer buffer;
	char path[64] = "/dev/video0";
	const char *why;
	int device;

	if (node)
		snprintf(path, sizeof(path), "%s", node);
	device = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (device < 0)
		return no_node(path, "a video driver: vivid");
	why = ask_for_buffer(device, &buffer);
	if (why)
		return why;
	subject->length = whole_pages(buffer.length);
	subject->traits |= TRAIT_SIZED;
	if (option_value(options, "export")) {
		subject->fd = export(device, &buffer, O_RDWR);
		if (subject->fd < 0)
			return failed("VIDIOC_EXPBUF");
		subject->reader = export(device, &buffer, O_RDONLY);
		return NULL;
	}
	/* A descriptor that is only read there is, but it cannot be mapped. */
	subject->fd = device;
	subject->offset = buffer.m.offset;
	subject->traits |= TRAIT_OTHERS;
	return NULL;
}

const struct opener opener_v4l2 = {
	.name = "v4l2",
	.about = "a buffer that frames are captured into, or that as a dma-buf",
	.options = "node=/dev/videoN,export",
	.open = open_v4l2,
};

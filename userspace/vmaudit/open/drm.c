// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumb buffers of a graphics driver. The headers come with libdrm and not with the
 * kernel's, so what is used of drm.h and drm_mode.h is here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "open.h"

#define CARDS 16
#define LINE 4096	/* bytes: pixels of 32 bits */

struct drm_version {
	int major, minor, patch;
	size_t name_length;
	char *name;
	size_t date_length;
	char *date;
	size_t about_length;
	char *about;
};

struct drm_create_dumb {
	uint32_t height, width, bpp, flags;
	uint32_t handle, pitch;
	uint64_t size;
};

struct drm_map_dumb {
	uint32_t handle, pad;
	uint64_t offset;
};

struct drm_prime_handle {
	uint32_t handle, flags;
	int32_t fd;
};

struct dumb_buffer {
	int card;
	uint32_t handle;
	size_t length;
};

#define DRM_IOCTL_VERSION	_IOWR('d', 0x00, struct drm_version)
#define DRM_IOCTL_HANDLE_TO_FD	_IOWR('d', 0x2d, struct drm_prime_handle)
#define DRM_IOCTL_CREATE_DUMB	_IOWR('d', 0xb2, struct drm_create_dumb)
#define DRM_IOCTL_MAP_DUMB	_IOWR('d', 0xb3, struct drm_map_dumb)

static bool is_driver(int card, const char *name)
{
	char room[64] = "";
	struct drm_version version = { .name = room, .name_length = sizeof(room) - 1 };

	return !name || (!ioctl(card, DRM_IOCTL_VERSION, &version) && !strcmp(room, name));
}

/* Of the driver that "driver=NAME" names, or of the first that has such buffers. */
static const char *make_dumb_buffer(struct dumb_buffer *buffer, size_t length,
				    char *const *options)
{
	const char *driver = option_value(options, "driver");
	int error = ENODEV;

	for (int i = 0; i < CARDS; i++) {
		struct drm_create_dumb create = {
			.height = (uint32_t)(length / LINE), .width = LINE / 4, .bpp = 32,
		};
		char path[32];

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		buffer->card = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (buffer->card < 0)
			continue;
		if (is_driver(buffer->card, driver)) {
			if (!ioctl(buffer->card, DRM_IOCTL_CREATE_DUMB, &create)) {
				buffer->handle = create.handle;
				buffer->length = whole_pages(create.size);
				return NULL;
			}
			error = errno;
		}
		close(buffer->card);
	}
	errno = error;
	return no_node("a card with dumb buffers in /dev/dri",
		       driver ? driver : "vgem, bochs, virtio-gpu");
}

static const char *open_drm_dumb(struct subject *subject, char *const *options)
{
	struct dumb_buffer buffer;
	const char *why = make_dumb_buffer(&buffer, subject->length, options);
	struct drm_map_dumb map = { 0 };

	if (why)
		return why;
	map.handle = buffer.handle;
	if (ioctl(buffer.card, DRM_IOCTL_MAP_DUMB, &map))
		return failed("DRM_IOCTL_MODE_MAP_DUMB");
	subject->fd = buffer.card;
	subject->offset = (off_t)map.offset;
	subject->length = buffer.length;
	subject->traits |= TRAIT_SIZED | TRAIT_OTHERS;
	return NULL;
}

/* There is one file of a buffer, and who exported it first said what it is for. */
static const char *open_drm_prime(struct subject *subject, char *const *options)
{
	bool readonly = option_value(options, "readonly");
	struct drm_prime_handle prime = { .flags = O_CLOEXEC | (readonly ? 0 : O_RDWR) };
	struct dumb_buffer buffer;
	const char *why = make_dumb_buffer(&buffer, subject->length, options);

	if (why)
		return why;
	prime.handle = buffer.handle;
	if (ioctl(buffer.card, DRM_IOCTL_HANDLE_TO_FD, &prime))
		return failed("DRM_IOCTL_PRIME_HANDLE_TO_FD");
	subject->fd = prime.fd;
	if (readonly)
		only_read(subject, prime.fd);
	subject->length = buffer.length;
	subject->traits |= TRAIT_SIZED;
	return NULL;
}

const struct opener opener_drm_dumb = {
	.name = "drm-dumb",
	.about = "a buffer of a graphics driver",
	.options = "driver=NAME",
	.open = open_drm_dumb,
};

const struct opener opener_drm_prime = {
	.name = "drm-prime",
	.about = "such a buffer as a dma-buf",
	.options = "driver=NAME,readonly",
	.open = open_drm_prime,
};

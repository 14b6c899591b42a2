// SPDX-License-Identifier: LGPL-2.1-or-later
/* Regions of media: what is not durable, and what a power cut would leave. */
#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "internal.h"

long long vmadev_unsynced(int fd, __u64 offset, __u64 length, __u64 *bitmap)
{
	struct vmadev_unsynced request = {
		.size = sizeof(request),
		.offset = offset,
		.length = length,
		.bitmap = (uintptr_t)bitmap,
	};

	if (ioctl(fd, VMADEV_IOC_UNSYNCED, &request))
		return vmadev_fail("vmadev_unsynced", "%llu bytes at %llu",
				   (unsigned long long)length, (unsigned long long)offset);
	return (long long)request.pages;
}

int vmadev_writeback(int fd, __u32 mode, __u64 seed, const __u64 *list, __u64 nr_pages)
{
	struct vmadev_writeback request = {
		.size = sizeof(request),
		.mode = mode,
		.seed = seed,
		.list = (uintptr_t)list,
		.nr_pages = nr_pages,
	};

	if (ioctl(fd, VMADEV_IOC_WRITEBACK, &request))
		return vmadev_fail("vmadev_writeback", NULL);
	return 0;
}

int vmadev_crash_fork(int fd, struct vmadev_crash *crash, size_t size)
{
	int fork;

	crash->size = (__u32)size;
	fork = ioctl(fd, VMADEV_IOC_CRASH_FORK, crash);
	return fork < 0 ? vmadev_fail("vmadev_crash_fork", NULL) : fork;
}

int vmadev_crash_revert(int fd, struct vmadev_crash *crash, size_t size)
{
	crash->size = (__u32)size;
	if (ioctl(fd, VMADEV_IOC_CRASH_REVERT, crash))
		return vmadev_fail("vmadev_crash_revert", NULL);
	return 0;
}

int vmadev_next_name(int fd, struct vmadev_unsynced_name *name, size_t size)
{
	name->size = (__u32)size;
	if (!ioctl(fd, VMADEV_IOC_NAMES, name))
		return 1;
	return errno == ENOENT ? 0 : vmadev_fail("vmadev_next_name", NULL);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* Regions that keep a log: what has been written to, and all of it at one moment. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"

long long vmadev_dirty_get(int fd, __u32 flags, __u64 offset, __u64 length, __u64 unit,
			   __u64 *bitmap)
{
	struct vmadev_dirty request = {
		.size = sizeof(request),
		.flags = flags,
		.offset = offset,
		.length = length,
		.bitmap = (uintptr_t)bitmap,
		.unit = unit,
	};

	if (ioctl(fd, VMADEV_IOC_DIRTY_GET, &request))
		return vmadev_fail("vmadev_dirty_get", "%llu bytes at %llu",
				   (unsigned long long)length, (unsigned long long)offset);
	return (long long)request.dirty;
}

long long vmadev_dirty_clear(int fd, __u64 offset, __u64 length, __u64 unit,
			     const __u64 *bitmap)
{
	struct vmadev_dirty request = {
		.size = sizeof(request),
		.offset = offset,
		.length = length,
		.bitmap = (uintptr_t)bitmap,
		.unit = unit,
	};

	if (ioctl(fd, VMADEV_IOC_DIRTY_CLEAR, &request))
		return vmadev_fail("vmadev_dirty_clear", "%llu bytes at %llu",
				   (unsigned long long)length, (unsigned long long)offset);
	return (long long)request.dirty;
}

int vmadev_snapshot(int fd, const char *name, struct vmadev_snapshot *snapshot, size_t size)
{
	size_t length = name ? strlen(name) : 0;
	int copy = -1;

	if (length >= sizeof(snapshot->name)) {
		errno = ENAMETOOLONG;
	} else {
		memset(snapshot->name, 0, sizeof(snapshot->name));
		if (length)
			memcpy(snapshot->name, name, length);
		snapshot->size = (__u32)size;
		copy = ioctl(fd, VMADEV_IOC_SNAPSHOT, snapshot);
	}
	return copy < 0 ? vmadev_fail("vmadev_snapshot", "%s", length ? name : "unnamed") : copy;
}

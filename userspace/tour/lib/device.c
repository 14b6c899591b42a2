// SPDX-License-Identifier: GPL-2.0-or-later
#include "device.h"
#include "tour.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define NODE "/dev/vmadev"

int device_open(const char *part)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENXIO)
		tour_leave_out(part, "no %s here; load the module (insmod vmadev.ko) or run\n"
				     "make demo",
			       NODE);
	else if (errno == EACCES || errno == EPERM)
		tour_leave_out(part, "%s may not be opened; run this as root", NODE);
	else
		tour_die("open %s", NODE);
	return -1;
}

int device_create(int device, const char *name, size_t bytes, enum vmadev_backing_id backing,
		  unsigned int strategy)
{
	return device_create_flags(device, name, bytes, backing, strategy, 0);
}

int device_create_flags(int device, const char *name, size_t bytes, enum vmadev_backing_id backing,
			unsigned int strategy, __u32 flags)
{
	struct vmadev_create create = {
		.size = sizeof(create), .bytes = bytes, .backing = backing, .strategy = strategy,
		.flags = flags,
	};
	int fd;

	snprintf(create.name, sizeof(create.name), "%s", name);
	fd = ioctl(device, VMADEV_IOC_CREATE, &create);
	if (fd < 0)
		tour_die("VMADEV_IOC_CREATE of %s for %s", size_text(bytes), name);
	return fd;
}

int device_handle(int fd, unsigned int strategy)
{
	struct vmadev_open open = { .size = sizeof(open), .strategy = strategy };
	int handle = ioctl(fd, VMADEV_IOC_OPEN, &open);

	if (handle < 0)
		tour_die("VMADEV_IOC_OPEN with strategy %s", strategy_text(strategy));
	return handle;
}

struct vmadev_stats device_stats(int fd)
{
	struct vmadev_stats stats = { .size = sizeof(stats) };

	if (ioctl(fd, VMADEV_IOC_STATS, &stats))
		tour_die("VMADEV_IOC_STATS");
	return stats;
}

__u64 device_faults(int fd)
{
	const struct vmadev_stats stats = device_stats(fd);

	return stats.faults_read + stats.faults_write;
}

__u64 device_unsynced(int fd)
{
	__u64 pages = 0;
	struct vmadev_unsynced unsynced = {
		.size = sizeof(unsynced), .bitmap = (uintptr_t)&pages,
	};

	if (ioctl(fd, VMADEV_IOC_UNSYNCED, &unsynced))
		tour_die("VMADEV_IOC_UNSYNCED");
	return pages;
}

int device_crash(int fd, __u64 kept, unsigned int pages)
{
	struct vmadev_crash crash = {
		.size = sizeof(crash), .mode = VMADEV_KEEP_LIST, .list = (uintptr_t)&kept,
		.nr_pages = pages,
	};
	int state = ioctl(fd, VMADEV_IOC_CRASH_FORK, &crash);

	if (state < 0)
		tour_die("VMADEV_IOC_CRASH_FORK");
	return state;
}

const char *strategy_text(unsigned int strategy)
{
	static const char *const text[] = {
		"default", "remap", "pfn", "page", "insert", "cache", "anon", "huge", "filemap",
	};

	return strategy < ARRAY_SIZE(text) ? text[strategy] : "unknown";
}

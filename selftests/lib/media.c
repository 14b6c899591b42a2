// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions of media, and what a power cut leaves of them */
#include <string.h>
#include <sys/ioctl.h>

#include "vt.h"

long vt_unsynced(int fd, __u64 off, __u64 len, __u64 *bitmap)
{
	struct vmadev_unsynced u = {
		.size = sizeof(u),
		.offset = off,
		.length = len,
		.bitmap = (__u64)(unsigned long)bitmap,
	};

	return ioctl(fd, VMADEV_IOC_UNSYNCED, &u) ? -1 : (long)u.pages;
}

static struct vmadev_crash crash_of(__u32 mode, __u64 value, const __u64 *words)
{
	struct vmadev_crash c = { .size = sizeof(c), .mode = mode };

	if (mode == VMADEV_KEEP_LIST) {
		c.list = (__u64)(unsigned long)words;
		c.nr_pages = value;
	} else {
		c.seed = value;
	}
	return c;
}

int vt_crash_fork(int fd, __u32 mode, __u64 value, const __u64 *words)
{
	struct vmadev_crash c = crash_of(mode, value, words);

	return ioctl(fd, VMADEV_IOC_CRASH_FORK, &c);
}

int vt_crash_fork_as(int fd, __u64 bits, const __u64 *words, __u32 flags)
{
	struct vmadev_crash c = crash_of(VMADEV_KEEP_LIST, bits, words);

	c.flags = flags;
	return ioctl(fd, VMADEV_IOC_CRASH_FORK, &c);
}

int vt_crash_revert(int fd, __u32 mode, __u64 value, const __u64 *words, __u32 flags)
{
	struct vmadev_crash c = crash_of(mode, value, words);

	c.flags = flags;
	return ioctl(fd, VMADEV_IOC_CRASH_REVERT, &c);
}

int vt_writeback(int fd, __u32 mode, __u64 value, const __u64 *words)
{
	struct vmadev_crash c = crash_of(mode, value, words);
	struct vmadev_writeback w = {
		.size = sizeof(w),
		.mode = mode,
		.seed = c.seed,
		.list = c.list,
		.nr_pages = c.nr_pages,
	};

	return ioctl(fd, VMADEV_IOC_WRITEBACK, &w);
}

int vt_next_name(int fd, struct vmadev_unsynced_name *name)
{
	name->size = sizeof(*name);
	return ioctl(fd, VMADEV_IOC_NAMES, name);
}

int vt_crash_fork_of(int fd, __u64 region)
{
	struct vmadev_crash c = {
		.size = sizeof(c), .mode = VMADEV_KEEP_ALL, .flags = VMADEV_CRASH_LIVE,
		.region = region,
	};

	return ioctl(fd, VMADEV_IOC_CRASH_FORK, &c);
}

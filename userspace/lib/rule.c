// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rules of a region: what the ioctls of faults by script do. */
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"

int vmadev_inject(int fd, __u32 flags, const struct vmadev_rule *rules, unsigned int count,
		  size_t size)
{
	struct vmadev_inject request = {
		.size = sizeof(request),
		.flags = flags,
		.rules = (uintptr_t)rules,
		.nr = count,
		.rule_size = count ? (__u32)size : 0,
	};

	if (ioctl(fd, VMADEV_IOC_INJECT, &request))
		return vmadev_fail("vmadev_inject", "%u rules", count);
	return 0;
}

int vmadev_rules(int fd, struct vmadev_rule *rules, unsigned int room, size_t size)
{
	struct vmadev_rules request = {
		.size = sizeof(request),
		.rules = (uintptr_t)rules,
		.nr = room,
		.rule_size = (__u32)size,
	};

	if (ioctl(fd, VMADEV_IOC_RULES, &request))
		return vmadev_fail("vmadev_rules", NULL);
	return (int)request.nr;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What the cap leaves */
#include <unistd.h>

#include "vt.h"

/* Regions of shmem hold no memory before a touch: even a large cap is found quickly. */
static bool fits(int dev, __u64 bytes)
{
	struct vmadev_create c = { .bytes = bytes, .backing = VMADEV_BACKING_SHMEM };
	int fd = vt_create_raw(dev, &c);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

__u64 vt_room(int dev)
{
	__u64 page = vt_page(), fit = 0, fail = (1ull << 50) / page;

	while (fail - fit > 1) {
		__u64 half = fit + (fail - fit) / 2;

		if (fits(dev, half * page))
			fit = half;
		else
			fail = half;
	}
	return fit * page;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* Mappings with a strategy. */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "internal.h"

/* A handle that has the strategy already is left alone: it may be fixed. */
static int ensure_strategy(int fd, __u32 strategy)
{
	struct vmadev_info info = { .size = sizeof(info) };
	struct vmadev_set_strategy request = {
		.size = sizeof(request),
		.strategy = strategy,
	};

	if (ioctl(fd, VMADEV_IOC_INFO, &info))
		return -1;
	if (!strategy || info.strategy == strategy)
		return 0;
	return ioctl(fd, VMADEV_IOC_SET_STRATEGY, &request);
}

void *vmadev_map(void *address, size_t length, int prot, int flags, int fd, __u64 offset,
		 __u32 strategy)
{
	void *map = MAP_FAILED;

	if (offset > INT64_MAX)
		errno = EOVERFLOW;
	else if (!ensure_strategy(fd, strategy))
		map = mmap(address, length, prot, flags, fd, (off_t)offset);
	if (map == MAP_FAILED)
		vmadev_fail("vmadev_map", "%zu bytes at %llu, %s, strategy %s", length,
			    (unsigned long long)offset,
			    flags & MAP_SHARED ? "shared" : "private",
			    vmadev_strategy_word(strategy));
	return map;
}

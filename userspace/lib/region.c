// SPDX-License-Identifier: LGPL-2.1-or-later
/* Regions and handles: one ioctl a function, each with its error told. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

int vmadev_open(const char *path, int oflags)
{
	struct vmadev_info info = { .size = sizeof(info) };
	int fd;

	if (!path)
		path = VMADEV_DEVICE;
	fd = open(path, oflags | O_CLOEXEC);
	if (fd < 0)
		return vmadev_fail("vmadev_open", "%s", path);
	if (ioctl(fd, VMADEV_IOC_INFO, &info)) {
		vmadev_fail("vmadev_open", "%s", path);
		close(fd);
		return -1;
	}
	return fd;
}

static int create(int fd, struct vmadev_create *request, const char *name)
{
	size_t length = name ? strlen(name) : 0;
	int region = -1;

	if (length >= sizeof(request->name)) {
		errno = ENAMETOOLONG;
	} else {
		if (length)
			memcpy(request->name, name, length);
		region = ioctl(fd, VMADEV_IOC_CREATE, request);
	}
	if (region < 0)
		return vmadev_fail("vmadev_create", "%s, %llu bytes, backing %s, strategy %s",
				   length ? name : "unnamed",
				   (unsigned long long)request->bytes,
				   vmadev_backing_word(request->backing),
				   vmadev_strategy_word(request->strategy));
	return region;
}

int vmadev_create(int fd, const char *name, __u64 bytes, __u32 backing,
		  __u32 strategy)
{
	return vmadev_create_flags(fd, name, bytes, backing, strategy, 0);
}

int vmadev_create_on_node(int fd, const char *name, __u64 bytes, __u32 backing,
			  __u32 strategy, int node)
{
	struct vmadev_create request = {
		.size = sizeof(request),
		.flags = VMADEV_CREATE_NODE,
		.bytes = bytes,
		.backing = backing,
		.strategy = strategy,
		.node = node,
	};

	return create(fd, &request, name);
}

int vmadev_create_flags(int fd, const char *name, __u64 bytes, __u32 backing,
			__u32 strategy, __u32 flags)
{
	struct vmadev_create request = {
		.size = sizeof(request),
		.flags = flags,
		.bytes = bytes,
		.backing = backing,
		.strategy = strategy,
	};

	return create(fd, &request, name);
}

int vmadev_create_sealable(int fd, const char *name, __u64 bytes, __u32 backing,
			   __u32 strategy)
{
	return vmadev_create_flags(fd, name, bytes, backing, strategy,
				   VMADEV_CREATE_ALLOW_SEALING);
}

int vmadev_open_handle(int fd, __u32 access, __u32 strategy)
{
	struct vmadev_open request = {
		.size = sizeof(request),
		.access = access,
		.strategy = strategy,
	};
	int handle = ioctl(fd, VMADEV_IOC_OPEN, &request);

	if (handle < 0)
		return vmadev_fail("vmadev_open_handle", "strategy %s",
				   vmadev_strategy_word(strategy));
	return handle;
}

int vmadev_open_by_name(int fd, const char *name, __u32 access, __u32 strategy)
{
	struct vmadev_open_by_name request = {
		.size = sizeof(request),
		.access = access,
		.strategy = strategy,
	};
	size_t length = strlen(name);
	int handle = -1;

	if (length >= sizeof(request.name)) {
		errno = ENAMETOOLONG;
	} else {
		memcpy(request.name, name, length);
		handle = ioctl(fd, VMADEV_IOC_OPEN_BY_NAME, &request);
	}
	if (handle < 0)
		return vmadev_fail("vmadev_open_by_name", "%s, strategy %s", name,
				   vmadev_strategy_word(strategy));
	return handle;
}

int vmadev_info(int fd, struct vmadev_info *info, size_t size)
{
	memset(info, 0, size);
	info->size = (__u32)size;
	if (ioctl(fd, VMADEV_IOC_INFO, info))
		return vmadev_fail("vmadev_info", NULL);
	return 0;
}

int vmadev_stats(int fd, __u32 scope, struct vmadev_stats *stats, size_t size)
{
	memset(stats, 0, size);
	stats->size = (__u32)size;
	stats->scope = scope;
	if (ioctl(fd, VMADEV_IOC_STATS, stats))
		return vmadev_fail("vmadev_stats", NULL);
	return 0;
}

int vmadev_set_strategy(int fd, __u32 strategy)
{
	struct vmadev_set_strategy request = {
		.size = sizeof(request),
		.strategy = strategy,
	};

	if (ioctl(fd, VMADEV_IOC_SET_STRATEGY, &request))
		return vmadev_fail("vmadev_set_strategy", "%s",
				   vmadev_strategy_word(strategy));
	return 0;
}

/* Not of vmadev, a file would lose its bytes. */
static int is_region(int fd)
{
	struct vmadev_info info = { .size = sizeof(info) };

	return !ioctl(fd, VMADEV_IOC_INFO, &info);
}

int vmadev_resize(int fd, __u64 bytes)
{
	if (bytes > INT64_MAX)
		errno = EFBIG;
	else if (is_region(fd) && !ftruncate(fd, (off_t)bytes))
		return 0;
	return vmadev_fail("vmadev_resize", "to %llu bytes", (unsigned long long)bytes);
}

int vmadev_punch(int fd, __u64 offset, __u64 length)
{
	if (offset > INT64_MAX || length > INT64_MAX)
		errno = EFBIG;
	else if (is_region(fd) && !fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					     (off_t)offset, (off_t)length))
		return 0;
	return vmadev_fail("vmadev_punch", "%llu bytes at %llu", (unsigned long long)length,
			   (unsigned long long)offset);
}

int vmadev_export(int fd, __u32 access, __u32 strategy, __u64 offset, __u64 length)
{
	struct vmadev_export request = {
		.size = sizeof(request),
		.access = access,
		.strategy = strategy,
		.offset = offset,
		.length = length,
	};
	int buffer = ioctl(fd, VMADEV_IOC_EXPORT, &request);

	if (buffer < 0)
		return vmadev_fail("vmadev_export", "%llu bytes at %llu, strategy %s",
				   (unsigned long long)length, (unsigned long long)offset,
				   vmadev_strategy_word(strategy));
	return buffer;
}

int vmadev_zap(int fd, __u64 offset, __u64 length)
{
	struct vmadev_zap request = {
		.size = sizeof(request),
		.offset = offset,
		.length = length,
	};

	if (ioctl(fd, VMADEV_IOC_ZAP, &request))
		return vmadev_fail("vmadev_zap", "%llu bytes at %llu",
				   (unsigned long long)length, (unsigned long long)offset);
	return 0;
}

int vmadev_add_seals(int fd, __u32 seals)
{
	struct vmadev_seals request = { .size = sizeof(request), .seals = seals };

	if (ioctl(fd, VMADEV_IOC_ADD_SEALS, &request))
		return vmadev_fail("vmadev_add_seals", "%#x", seals);
	return 0;
}

int vmadev_get_seals(int fd, __u32 *seals)
{
	struct vmadev_seals request = { .size = sizeof(request) };

	if (ioctl(fd, VMADEV_IOC_GET_SEALS, &request))
		return vmadev_fail("vmadev_get_seals", NULL);
	*seals = request.seals;
	return 0;
}

int vmadev_revoke(int fd, __u32 how, __u64 *pinned)
{
	struct vmadev_revoke request = { .size = sizeof(request), .how = how };

	if (ioctl(fd, VMADEV_IOC_REVOKE, &request))
		return vmadev_fail("vmadev_revoke", NULL);
	if (pinned)
		*pinned = request.pinned;
	return 0;
}

int vmadev_restore(int fd)
{
	struct vmadev_restore request = { .size = sizeof(request) };

	if (ioctl(fd, VMADEV_IOC_RESTORE, &request))
		return vmadev_fail("vmadev_restore", NULL);
	return 0;
}

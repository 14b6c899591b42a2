/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this kernel's userfaultfd has, and a descriptor of it */
#ifndef UFFD_H
#define UFFD_H

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC	(1 << 15)
#endif

#define NO_ASYNC_WP	"no UFFD_FEATURE_WP_ASYNC before Linux 6.7"
#define NO_WP		"no write protection by userfaultfd on this machine"
#define NO_MINOR	"no minor faults by userfaultfd on this machine"

static inline int uffd_open(__u64 features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What this kernel has; write protection and minor faults depend on the machine. */
static inline bool uffd_has(__u64 feature)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	bool has = fd >= 0 && !ioctl(fd, UFFDIO_API, &api) && (api.features & feature);

	close(fd);
	return has;
}

/* 0 or errno */
static inline int uffd_register_range(int uffd, const void *map, size_t bytes, __u64 mode)
{
	struct uffdio_register r = {
		.range = { (uintptr_t)map, bytes },
		.mode = mode,
	};

	return ioctl(uffd, UFFDIO_REGISTER, &r) ? errno : 0;
}

/* Write protection of all that is at @map, which is registered: 0 or errno. */
static inline int uffd_protect(int uffd, const void *map, size_t bytes)
{
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)map, bytes },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	return ioctl(uffd, UFFDIO_WRITEPROTECT, &wp) ? errno : 0;
}

#endif /* UFFD_H */

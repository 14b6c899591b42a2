// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading and unloading the module */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vt.h"

int vt_load(const char *params)
{
	int fd = open(getenv("VMADEV_KO") ?: "/m/vmadev.ko", O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return err;
}

int vt_unload(void)
{
	return syscall(SYS_delete_module, "vmadev", O_NONBLOCK) ? -errno : 0;
}

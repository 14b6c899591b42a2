// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading and unloading the module, and those that come with it */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vt.h"

static const char *module_file(void)
{
	return getenv("VMADEV_KO") ?: "/m/vmadev.ko";
}

static int load(const char *file, const char *params)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return err;
}

int vt_load(const char *params)
{
	return load(module_file(), params);
}

int vt_load_beside(const char *name)
{
	const char *base = strrchr(module_file(), '/');
	char file[256];

	snprintf(file, sizeof(file), "%.*s/%s.ko", base ? (int)(base - module_file()) : 1,
		 base ? module_file() : ".", name);
	return load(file, "");
}

int vt_unload_beside(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

int vt_unload(void)
{
	return vt_unload_beside("vmadev");
}

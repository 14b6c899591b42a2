// SPDX-License-Identifier: GPL-2.0-or-later
/* The region that a subcommand works on: a held one, or a device's default. */
#include "vmactl.h"

#include <getopt.h>

bool target_option(struct target *target, int letter)
{
	if (letter == 'd')
		target->device = optarg;
	else if (letter == 'r')
		target->region = optarg;
	else
		return false;
	if (target->device && target->region)
		usage_error("--region names a region, so --device is one too many");
	return true;
}

int target_open(const struct target *target, int oflags)
{
	int holder, fd;

	if (target->region)
		return held_ask(target->region, &holder);
	fd = vmadev_open(target->device, oflags);
	if (fd < 0)
		die_vmadev();
	return fd;
}

void target_range(int fd, __u64 offset, __u64 *length)
{
	struct vmadev_info info;

	if (vmadev_info(fd, &info, sizeof(info)))
		die_vmadev();
	if (offset > info.bytes || *length > info.bytes - offset)
		die("%llu bytes at %llu are not inside the region's %llu bytes",
		    (unsigned long long)*length, (unsigned long long)offset,
		    (unsigned long long)info.bytes);
	if (!*length)
		*length = info.bytes - offset;
}

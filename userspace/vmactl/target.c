// SPDX-License-Identifier: GPL-2.0-or-later
/* The region that a subcommand works on: a held one, memory of a device, or the node's own. */
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

	if (target->region && device_is(target->region))
		return device_open(target->region, oflags);
	if (target->region)
		return held_ask(target->region, &holder);
	fd = vmadev_open(target->device, oflags);
	if (fd < 0)
		die_vmadev();
	return fd;
}

bool range_option(struct range *range, int letter)
{
	if (letter == 'o')
		range->offset = parse_bytes("offset", optarg);
	else if (letter == 'l')
		range->length = parse_bytes("length", optarg);
	else
		return false;
	return true;
}

void range_check(int fd, struct range *range)
{
	struct vmadev_info info;

	if (vmadev_info(fd, &info, sizeof(info)))
		die_vmadev();
	if (range->offset > info.bytes || range->length > info.bytes - range->offset)
		die("%llu bytes at %llu are not inside the region's %llu bytes",
		    (unsigned long long)range->length, (unsigned long long)range->offset,
		    (unsigned long long)info.bytes);
	if (!range->length)
		range->length = info.bytes - range->offset;
}

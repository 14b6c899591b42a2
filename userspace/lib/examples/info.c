// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the default region is, and what it can serve. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>

#include <libvmadev.h>

int main(void)
{
	struct vmadev_info info;
	int device = vmadev_open(NULL, O_RDONLY);

	if (device < 0 || vmadev_info(device, &info, sizeof(info)))
		errx(1, "%s", vmadev_error());
	printf("%s: %llu bytes, backing %s\n", info.name, (unsigned long long)info.bytes,
	       vmadev_backing_name(info.backing));
	for (__u32 id = 1; vmadev_strategy_name(id); id++)
		printf("%s: shared %s, private %s\n", vmadev_strategy_name(id),
		       info.strategies_shared & VMADEV_STRATEGY_BIT(id) ? "yes" : "no",
		       info.strategies_private & VMADEV_STRATEGY_BIT(id) ? "yes" : "no");
	return 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* One region under two handles: one maps every page at once, one at the touch. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libvmadev.h>

static void count(int region, __u32 strategy, size_t bytes)
{
	struct vmadev_stats stats;
	int handle = vmadev_open_handle(region, 0, strategy);
	void *map = handle < 0 ? MAP_FAILED
		    : vmadev_map(NULL, bytes, PROT_READ, MAP_SHARED, handle, 0, 0);

	if (map == MAP_FAILED || vmadev_stats(handle, 0, &stats, sizeof(stats)))
		errx(1, "%s", vmadev_error());
	printf("%s: %llu pages mapped before the first touch\n",
	       vmadev_strategy_name(strategy), (unsigned long long)stats.pages);
}

int main(void)
{
	size_t bytes = 8 * (size_t)sysconf(_SC_PAGESIZE);
	int device = vmadev_open(NULL, O_RDWR);
	int region = device < 0 ? -1 : vmadev_create(device, NULL, bytes, 0, 0);

	if (region < 0)
		errx(1, "%s", vmadev_error());
	count(region, VMADEV_STRATEGY_INSERT, bytes);
	count(region, VMADEV_STRATEGY_PAGE, bytes);
	return 0;
}

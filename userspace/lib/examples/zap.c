// SPDX-License-Identifier: LGPL-2.1-or-later
/* Zap a mapped page: its bytes stay, and the next touch faults again. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libvmadev.h>

static unsigned long long faults(int region)
{
	struct vmadev_stats stats;

	if (vmadev_stats(region, VMADEV_SCOPE_REGION, &stats, sizeof(stats)))
		errx(1, "%s", vmadev_error());
	return stats.faults_read + stats.faults_write;
}

int main(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int device = vmadev_open(NULL, O_RDWR);
	int region = device < 0 ? -1 : vmadev_create(device, NULL, page, 0, 0);
	char *map = region < 0 ? MAP_FAILED
		: vmadev_map(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, region, 0, 0);

	if (map == MAP_FAILED)
		errx(1, "%s", vmadev_error());
	*map = 'v';
	printf("%llu fault, byte '%c'\n", faults(region), *map);
	if (vmadev_zap(region, 0, page))
		errx(1, "%s", vmadev_error());
	printf("byte '%c' after the zap", *map);
	printf(", %llu faults\n", faults(region));
	return 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* Make a region, write to it through a mapping, read it back with pread. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libvmadev.h>

int main(void)
{
	char line[16] = "";
	size_t bytes = 16 * (size_t)sysconf(_SC_PAGESIZE);
	int device = vmadev_open(NULL, O_RDWR);
	int region = device < 0 ? -1 : vmadev_create(device, "example", bytes, 0, 0);
	char *map;

	if (region < 0)
		errx(1, "%s", vmadev_error());
	map = vmadev_map(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, region, 0, 0);
	if (map == MAP_FAILED)
		errx(1, "%s", vmadev_error());
	snprintf(map, bytes, "hello, region");
	if (pread(region, line, sizeof(line) - 1, 0) < 0)
		err(1, "pread");
	puts(line);
	return 0;
}

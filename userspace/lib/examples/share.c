// SPDX-License-Identifier: LGPL-2.1-or-later
/* Hand a region to another process over a socket: both see the same bytes. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libvmadev.h>

static char *map_region(int region)
{
	char *map = vmadev_map(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
			       MAP_SHARED, region, 0, 0);

	if (map == MAP_FAILED)
		errx(1, "%s", vmadev_error());
	return map;
}

static void receiver(int socket)
{
	int region = vmadev_receive(socket);

	if (region < 0)
		errx(1, "%s", vmadev_error());
	snprintf(map_region(region), 32, "written by the other process");
	_exit(0);
}

int main(void)
{
	int pair[2], device, region;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		err(1, "socketpair");
	if (!fork())
		receiver(pair[1]);
	device = vmadev_open(NULL, O_RDWR);
	region = device < 0 ? -1
		 : vmadev_create(device, "shared", (__u64)sysconf(_SC_PAGESIZE), 0, 0);
	if (region < 0 || vmadev_send(pair[0], region))
		errx(1, "%s", vmadev_error());
	wait(NULL);
	puts(map_region(region));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A dumb buffer as a dma-buf, mapped from its third page on: which one is seen? Takes a card. */
#include <fcntl.h>
#include <linux/types.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	struct { __u32 height, width, bpp, flags, handle, pitch; __u64 size; } dumb = {
		.height = 3, .width = 1024, .bpp = 32 };
	struct { __u32 handle, flags; __s32 fd; } prime = { .flags = O_RDWR };
	int card = open(argc > 1 ? argv[1] : "/dev/dri/card0", O_RDWR);
	char *whole, *third;

	if (ioctl(card, _IOWR('d', 0xb2, dumb), &dumb))
		return perror("no card with dumb buffers"), 2;
	prime.handle = dumb.handle;
	ioctl(card, _IOWR('d', 0x2d, prime), &prime);
	whole = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, prime.fd, 0);
	third = mmap(NULL, 4096, PROT_READ, MAP_SHARED, prime.fd, 8192);
	if (whole == MAP_FAILED || third == MAP_FAILED)
		return perror("mmap of a dma-buf"), 2;
	for (int i = 0; i < 3; i++)
		whole[i * 4096] = '0' + i;
	printf("page 2 begins with %c; mapped alone, with %c\n", whole[8192], third[0]);
	return whole[8192] != third[0];
}

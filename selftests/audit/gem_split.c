// SPDX-License-Identifier: GPL-2.0-or-later
/* A dumb buffer's mapping loses its first page: is the third still the third? Takes a card. */
#include <fcntl.h>
#include <linux/types.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	struct { __u32 height, width, bpp, flags, handle, pitch; __u64 size; } dumb = {
		.height = 3, .width = 1024, .bpp = 32 };
	struct { __u32 handle, pad; __u64 offset; } map = { 0 };
	int card = open(argc > 1 ? argv[1] : "/dev/dri/card0", O_RDWR);
	char *whole, *split;

	if (ioctl(card, _IOWR('d', 0xb2, dumb), &dumb))
		return perror("no card with dumb buffers"), 2;
	map.handle = dumb.handle;
	ioctl(card, _IOWR('d', 0xb3, map), &map);
	whole = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, map.offset);
	split = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, map.offset);
	if (whole == MAP_FAILED || split == MAP_FAILED)
		return perror("mmap"), 2;
	for (int i = 0; i < 3; i++)
		whole[i * 4096] = '0' + i;
	munmap(split, 4096);
	printf("page 2 begins with %c; where page 0 is gone, %c\n", whole[8192], split[8192]);
	return whole[8192] != split[8192];
}

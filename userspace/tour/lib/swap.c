// SPDX-License-Identifier: GPL-2.0-or-later
#include "swap.h"
#include "lines.h"
#include "tour.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <unistd.h>

#define DEVICE "/dev/zram0"
#define SYSFS "/sys/block/zram0"
#define SIZE (32 * MIB)

static bool ours;

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* What mkswap writes: a version, the last page, and a word at the page's end. */
static bool make_swap(void)
{
	static const char signature[] = "SWAPSPACE2";
	const size_t word = sizeof(signature) - 1;
	unsigned int header[2] = { 1, (unsigned int)(SIZE / page_size - 1) };
	int fd = open(DEVICE, O_WRONLY | O_CLOEXEC);
	bool made = fd >= 0 && pwrite(fd, header, sizeof(header), 1024) == sizeof(header) &&
		    pwrite(fd, signature, word, (off_t)(page_size - word)) == (ssize_t)word;

	if (fd >= 0)
		close(fd);
	return made;
}

bool swap_on(void)
{
	char size[24];

	if (lines_number("/proc/meminfo", "SwapFree") > (long)(4 * MIB / KIB))
		return true;
	/* Only the guest's init sets this: nobody else's machine gets new swap. */
	if (!getenv("VMADEV_KO"))
		return false;
	snprintf(size, sizeof(size), "%zu", SIZE);
	ours = put(SYSFS "/disksize", size) && make_swap() && !swapon(DEVICE, 0);
	return ours;
}

void swap_off(void)
{
	if (!ours)
		return;
	swapoff(DEVICE);
	put(SYSFS "/reset", "1");
	ours = false;
}

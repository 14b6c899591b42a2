// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/fb.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "open.h"

/* Then the kernel writes there, and its cursor blinks. */
static bool is_console(int fd, const char *number)
{
	struct fb_con2fbmap map = { .console = 1 };

	return !ioctl(fd, FBIOGET_CON2FBMAP, &map) &&
	       map.framebuffer == strtoul(number, NULL, 10);
}

static const char *open_fbdev(struct subject *subject, char *const *options)
{
	const char *number = option_value(options, "fb");
	struct fb_fix_screeninfo screen;
	char path[32];
	const char *why;

	if (!number)
		number = "0";
	snprintf(path, sizeof(path), "/dev/fb%s", number);
	why = open_node(subject, path, "a graphics driver with CONFIG_DRM_FBDEV_EMULATION");
	if (why)
		return why;
	if (ioctl(subject->fd, FBIOGET_FSCREENINFO, &screen))
		return failed("FBIOGET_FSCREENINFO");
	subject->length = whole_pages(screen.smem_start % page_size() + screen.smem_len);
	subject->traits |= TRAIT_SIZED | TRAIT_OTHERS;
	if (is_console(subject->fd, number))
		subject->traits |= TRAIT_RING;
	return NULL;
}

const struct opener opener_fbdev = {
	.name = "fbdev",
	.about = "a screen, /dev/fb0: what is written there is seen for a moment",
	.options = "fb=N",
	.open = open_fbdev,
};

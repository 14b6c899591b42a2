// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/ioctl.h>
#include <unistd.h>

#include "open.h"

/* No header of the kernel's for programs has them; see its usbmon.rst. */
#define MON_IOCT_RING_SIZE _IO(0x92, 4)
#define MON_IOCQ_RING_SIZE _IO(0x92, 5)

/* Each descriptor has a ring of its own: there is no other that reads it. */
static const char *open_usbmon(struct subject *subject, char *const *options)
{
	const char *bus = option_value(options, "bus");
	const char *why;
	char path[32];
	int length;

	snprintf(path, sizeof(path), "/dev/usbmon%s", bus ? bus : "0");
	why = open_node(subject, path, "usbmon");
	if (why)
		return why;
	close(subject->reader);
	subject->reader = -1;
	ioctl(subject->fd, MON_IOCT_RING_SIZE, subject->length);
	length = ioctl(subject->fd, MON_IOCQ_RING_SIZE);
	if (length <= 0)
		return failed("MON_IOCQ_RING_SIZE");
	subject->length = whole_pages((size_t)length);
	subject->traits |= TRAIT_SIZED | TRAIT_RING;
	return NULL;
}

const struct opener opener_usbmon = {
	.name = "usbmon",
	.about = "the ring that what goes over a USB is recorded in",
	.options = "bus=N",
	.open = open_usbmon,
};

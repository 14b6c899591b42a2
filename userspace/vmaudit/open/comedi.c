// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/comedi.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "open.h"

static bool set_size(int fd, int subdevice, size_t length)
{
	struct comedi_bufconfig config = {
		.subdevice = (unsigned int)subdevice, .size = (unsigned int)length,
	};

	return subdevice < 0 || (!ioctl(fd, COMEDI_BUFCONFIG, &config) && config.size == length);
}

/* A mapping that may be written is of the buffer to be sent, any other of what was received. */
static const char *open_comedi(struct subject *subject, char *const *options)
{
	const char *node = option_value(options, "node");
	const char *why = open_node(subject, node ? node : "/dev/comedi0",
				    "a comedi driver: comedi_test");
	struct comedi_devinfo info;

	if (why)
		return why;
	close(subject->reader);
	subject->reader = -1;
	if (ioctl(subject->fd, COMEDI_DEVINFO, &info))
		return failed("COMEDI_DEVINFO; comedi_config sets a device up");
	if (!set_size(subject->fd, info.read_subdevice, subject->length) ||
	    !set_size(subject->fd, info.write_subdevice, subject->length))
		return failed("COMEDI_BUFCONFIG");
	subject->traits |= TRAIT_SIZED;
	return NULL;
}

const struct opener opener_comedi = {
	.name = "comedi",
	.about = "the buffer of a device for measuring",
	.options = "node=/dev/comediN",
	.open = open_comedi,
};

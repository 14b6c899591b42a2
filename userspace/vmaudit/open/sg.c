// SPDX-License-Identifier: GPL-2.0-or-later
#include <scsi/sg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "open.h"

/* Each descriptor has a buffer of its own: there is no other that reads it. */
static const char *open_sg(struct subject *subject, char *const *options)
{
	const char *node = option_value(options, "node");
	const char *why = open_node(subject, node ? node : "/dev/sg0",
				    "sg and a SCSI device: scsi_debug");
	int length = (int)subject->length;

	if (why)
		return why;
	close(subject->reader);
	subject->reader = -1;
	if (ioctl(subject->fd, SG_SET_RESERVED_SIZE, &length) ||
	    ioctl(subject->fd, SG_GET_RESERVED_SIZE, &length))
		return failed("SG_SET_RESERVED_SIZE");
	subject->length = whole_pages((size_t)length);
	subject->traits |= TRAIT_SIZED;
	return NULL;
}

const struct opener opener_sg = {
	.name = "sg",
	.about = "the reserved buffer of a SCSI device's descriptor",
	.options = "node=/dev/sgN",
	.open = open_sg,
};

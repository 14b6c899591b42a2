// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "open.h"

/* Memory that transfers of a USB device may use; it is not talked to. */
static const char *open_usbfs(struct subject *subject, char *const *options)
{
	const char *node = option_value(options, "node");
	char path[64];

	if (node)
		snprintf(path, sizeof(path), "%s", node);
	else if (!first_path(path, sizeof(path), "/dev/bus/usb/*/*"))
		return "no /dev/bus/usb: there is no USB, or no devtmpfs";
	subject->traits |= TRAIT_OWN;
	return open_node(subject, path, "a USB device");
}

const struct opener opener_usbfs = {
	.name = "usbfs",
	.about = "memory for transfers of a USB device",
	.options = "node=/dev/bus/usb/BUS/DEVICE",
	.open = open_usbfs,
};

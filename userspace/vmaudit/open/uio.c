// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "open.h"

#define NEW_ID "/sys/bus/pci/drivers/uio_pci_generic/new_id"

/* uio_pci_generic takes no device by itself. */
static const char *bind_to(const char *id)
{
	char folder[256], line[64];
	const char *why = pci_folder(folder, sizeof(folder), id);
	int fd, length;

	if (why)
		return why;
	strcat(folder, "/uio");
	if (!access(folder, F_OK))
		return NULL;
	fd = open(NEW_ID, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return no_node(NEW_ID, "uio_pci_generic");
	length = snprintf(line, sizeof(line), "%.*s %s", (int)strcspn(id, ":"), id,
			  strchr(id, ':') + 1);
	if (write(fd, line, (size_t)length) != length)
		return failed(NEW_ID);
	close(fd);
	return NULL;
}

static const char *open_uio(struct subject *subject, char *const *options)
{
	const char *number = option_value(options, "uio"), *id = option_value(options, "id");
	const char *why = id ? bind_to(id) : NULL;
	char path[128], line[64];

	if (why)
		return why;
	snprintf(path, sizeof(path), "/dev/uio%s", number ? number : "0");
	why = open_node(subject, path, "a driver of UIO: uio_pci_generic, with id=VENDOR:DEVICE");
	if (why)
		return why;
	snprintf(path, sizeof(path), "/sys/class/uio/uio%s/maps/map0/size", number ? number : "0");
	if (!read_line(line, sizeof(line), path))
		return "its device has no memory, or its driver does not map that";
	subject->length = whole_pages(strtoul(line, NULL, 16));
	subject->traits |= TRAIT_SIZED | TRAIT_REGISTERS | TRAIT_OTHERS;
	return NULL;
}

const struct opener opener_uio = {
	.name = "uio",
	.about = "the first memory of a device of UIO; with id= uio_pci_generic gets that one",
	.options = "uio=N,id=VENDOR:DEVICE",
	.open = open_uio,
};

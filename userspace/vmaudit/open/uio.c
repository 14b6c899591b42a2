// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "open.h"

#define NEW_ID "/sys/bus/pci/drivers/uio_pci_generic/new_id"

/* uio_pci_generic takes no device by itself. The name is that of the device of UIO. */
static const char *bind_to(const char *id, char *name, size_t room)
{
	char folder[256], pattern[300], path[300], line[64];
	const char *why = pci_folder(folder, sizeof(folder), id);
	int fd, length;

	if (why)
		return why;
	snprintf(pattern, sizeof(pattern), "%s/uio/uio*", folder);
	if (first_path(path, sizeof(path), pattern)) {
		snprintf(name, room, "%s", strrchr(path, '/') + 1);
		return NULL;
	}
	fd = open(NEW_ID, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return no_node(NEW_ID, "uio_pci_generic");
	length = snprintf(line, sizeof(line), "%.*s %s", (int)strcspn(id, ":"), id,
			  strchr(id, ':') + 1);
	if (write(fd, line, (size_t)length) != length)
		return failed(NEW_ID);
	close(fd);
	if (!first_path(path, sizeof(path), pattern))
		return "uio_pci_generic does not take it: it has another driver, or no interrupt";
	snprintf(name, room, "%s", strrchr(path, '/') + 1);
	return NULL;
}

static const char *open_uio(struct subject *subject, char *const *options)
{
	const char *number = option_value(options, "map"), *id = option_value(options, "id");
	unsigned long map = number ? strtoul(number, NULL, 10) : 0;
	char name[32] = "uio0", path[128], line[64];
	const char *why = id ? bind_to(id, name, sizeof(name)) : NULL;

	if (why)
		return why;
	snprintf(path, sizeof(path), "/dev/%s", name);
	why = open_node(subject, path, "a driver of UIO: uio_pci_generic, with id=VENDOR:DEVICE");
	if (why)
		return why;
	snprintf(path, sizeof(path), "/sys/class/uio/%s/maps/map%lu/size", name, map);
	if (!read_line(line, sizeof(line), path))
		return "its device has no such memory, or its driver does not map that";
	/* The offset is no place in it, but says which. */
	subject->offset = (off_t)(map * page_size());
	subject->length = whole_pages(strtoul(line, NULL, 16));
	subject->traits |= TRAIT_SIZED | TRAIT_REGISTERS | TRAIT_OTHERS;
	return NULL;
}

const struct opener opener_uio = {
	.name = "uio",
	.about = "memory of a device of UIO; with id= uio_pci_generic gets that one",
	.options = "id=VENDOR:DEVICE,map=N",
	.open = open_uio,
};

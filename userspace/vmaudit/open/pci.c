// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "open.h"

static unsigned long number_in(const char *folder, const char *name)
{
	char path[512], line[64] = "";

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	read_line(line, sizeof(line), path);
	return strtoul(line, NULL, 16);
}

const char *pci_folder(char *path, size_t room, const char *id)
{
	unsigned int vendor, device;
	glob_t found;
	bool is_there = false;

	if (!id || sscanf(id, "%x:%x", &vendor, &device) != 2)
		return "id=VENDOR:DEVICE names a PCI device, in hex, as lspci -n does";
	if (glob("/sys/bus/pci/devices/*", 0, NULL, &found))
		return "no PCI device in /sys/bus/pci/devices";
	for (size_t i = 0; i < found.gl_pathc && !is_there; i++) {
		snprintf(path, room, "%s", found.gl_pathv[i]);
		is_there = number_in(path, "vendor") == vendor &&
			   number_in(path, "device") == device;
	}
	globfree(&found);
	return is_there ? NULL : "no PCI device has that id; lspci -n lists them";
}

/* What a driver has claimed the kernel may not give: CONFIG_IO_STRICT_DEVMEM. */
static const char *open_pci_resource(struct subject *subject, char *const *options)
{
	const char *bar = option_value(options, "bar");
	char folder[256], path[512];
	const char *why = pci_folder(folder, sizeof(folder), option_value(options, "id"));
	struct stat st;

	if (why)
		return why;
	snprintf(path, sizeof(path), "%s/resource%s", folder, bar ? bar : "0");
	why = open_node(subject, path, "memory of that device, bar=N");
	if (why)
		return why;
	if (fstat(subject->fd, &st))
		return failed("fstat");
	subject->length = whole_pages((size_t)st.st_size);
	subject->traits |= TRAIT_SIZED | TRAIT_REGISTERS;
	return NULL;
}

const struct opener opener_pci_resource = {
	.name = "pci-resource",
	.about = "the memory of a PCI device, a resourceN of sysfs",
	.options = "id=VENDOR:DEVICE,bar=N",
	.open = open_pci_resource,
};

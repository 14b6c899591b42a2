// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <linux/pci.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* Which bytes of the bus a BAR is; the file has a line of start, end and flags for each. */
static bool bar_range(const char *folder, unsigned long bar, unsigned long long *start,
		      unsigned long long *end)
{
	char path[512], line[128];
	FILE *file;
	bool got;

	snprintf(path, sizeof(path), "%s/resource", folder);
	file = fopen(path, "re");
	if (!file)
		return false;
	do
		got = fgets(line, sizeof(line), file);
	while (got && bar--);
	fclose(file);
	return got && sscanf(line, "%llx %llx", start, end) == 2 && *end;
}

/* The older way to the same memory: the whole bus, from which a BAR is cut out. */
static const char *open_proc_pci(struct subject *subject, char *const *options)
{
	const char *bar = option_value(options, "bar");
	unsigned long long start, end;
	char folder[256], path[512];
	const char *why = pci_folder(folder, sizeof(folder), option_value(options, "id"));
	unsigned int domain, bus, device, function;

	if (why)
		return why;
	if (!bar_range(folder, bar ? strtoul(bar, NULL, 10) : 0, &start, &end))
		return "that device has no such memory, bar=N";
	if (sscanf(strrchr(folder, '/'), "/%x:%x:%x.%x", &domain, &bus, &device, &function) != 4 ||
	    domain)
		return "that device is not of the first PCI domain";
	snprintf(path, sizeof(path), "/proc/bus/pci/%02x/%02x.%x", bus, device, function);
	why = open_node(subject, path, "CONFIG_PROC_FS");
	if (why)
		return why;
	if (ioctl(subject->fd, PCIIOC_MMAP_IS_MEM) || ioctl(subject->reader, PCIIOC_MMAP_IS_MEM))
		return failed("PCIIOC_MMAP_IS_MEM");
	subject->offset = (off_t)start;
	subject->length = whole_pages(end + 1 - start);
	subject->traits |= TRAIT_SIZED | TRAIT_REGISTERS | TRAIT_OTHERS;
	return NULL;
}

const struct opener opener_proc_pci = {
	.name = "proc-pci",
	.about = "the memory of a PCI device, a file of /proc/bus/pci",
	.options = "id=VENDOR:DEVICE,bar=N",
	.open = open_proc_pci,
};

const struct opener opener_pci_resource = {
	.name = "pci-resource",
	.about = "the memory of a PCI device, a resourceN of sysfs",
	.options = "id=VENDOR:DEVICE,bar=N",
	.open = open_pci_resource,
};

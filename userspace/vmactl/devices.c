// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory of PCI devices that are bound to the module, by the names of their BARs. */
#include "vmactl.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOUND	"/sys/bus/pci/drivers/vmadev"
#define BARS	6

bool device_is(const char *name)
{
	int end = 0;

	sscanf(name, "%*x:%*x:%*x.%*x.bar%*u%n", &end);
	return end && !name[end];
}

int device_open(const char *name, int oflags)
{
	int node = vmadev_open(NULL, oflags);
	int fd = node < 0 ? -1 : vmadev_open_by_name(node, name, 0, 0);

	if (fd < 0)
		die_vmadev();
	close(node);
	return fd;
}

static int is_device(const struct dirent *entry)
{
	return !!strchr(entry->d_name, ':');
}

static void visit_bars(int node, const char *device, void (*visit)(int fd, int holder, void *data),
		       void *data)
{
	for (int bar = 0; bar < BARS; bar++) {
		char name[VMADEV_NAME_MAX];
		int fd;

		snprintf(name, sizeof(name), "%.40s.bar%d", device, bar);
		fd = vmadev_open_by_name(node, name, 0, 0);
		if (fd >= 0) {
			visit(fd, 0, data);
			close(fd);
		} else if (errno != ENOENT) {
			warn("%s", vmadev_error());
			return;
		}
	}
}

void devices_each(int node, void (*visit)(int fd, int holder, void *data), void *data)
{
	struct dirent **entries;
	int count = scandir(BOUND, &entries, is_device, alphasort);

	for (int i = 0; i < count; i++) {
		visit_bars(node, entries[i]->d_name, visit, data);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

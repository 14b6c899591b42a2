// SPDX-License-Identifier: GPL-2.0-or-later
/* PCI devices, and the module as their driver */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vt.h"

#define DEVICES	"/sys/bus/pci/devices"
#define DRIVERS	"/sys/bus/pci/drivers"

/* Four hexadecimal digits of a file "0x1af4". */
static bool is_id(const char *name, const char *file, const char *digits)
{
	char path[300], id[8] = "";
	FILE *f;

	snprintf(path, sizeof(path), DEVICES "/%s/%s", name, file);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fscanf(f, "0x%4s", id) != 1)
		id[0] = '\0';
	fclose(f);
	return !strncmp(id, digits, 4);
}

static bool is_kind(const char *name, const char *kind)
{
	return is_id(name, "vendor", kind) && is_id(name, "device", kind + 5);
}

bool vt_pci_find(const char *kind, int nth, char name[VT_PCI_NAME])
{
	struct dirent **entries;
	bool found = false;
	int n = scandir(DEVICES, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (!found && entries[i]->d_name[0] != '.' &&
		    is_kind(entries[i]->d_name, kind) && !nth--) {
			snprintf(name, VT_PCI_NAME, "%.15s", entries[i]->d_name);
			found = true;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return found;
}

int vt_write_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done;

	if (fd < 0)
		return -1;
	done = write(fd, word, strlen(word));
	close(fd);
	return done == (ssize_t)strlen(word) ? 0 : -1;
}

int vt_pci_write(const char *name, const char *file, const char *word)
{
	char path[128];

	snprintf(path, sizeof(path), DEVICES "/%s/%s", name, file);
	return vt_write_word(path, word);
}

bool vt_pci_is_bound(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), DRIVERS "/vmadev/%s", name);
	return !access(path, F_OK);
}

int vt_pci_bind(const char *name)
{
	if (vt_pci_write(name, "driver_override", "vmadev"))
		return -1;
	vt_pci_write(name, "driver/unbind", name);
	vt_write_word("/sys/bus/pci/drivers_probe", name);
	return vt_pci_is_bound(name) ? 0 : -1;
}

int vt_pci_unbind(const char *name)
{
	return vt_write_word(DRIVERS "/vmadev/unbind", name);
}

void vt_pci_release(const char *name)
{
	vt_pci_unbind(name);
	vt_pci_write(name, "driver_override", "\n");
}

bool vt_pci_bar(const char *name, int nr, __u64 *start, __u64 *bytes)
{
	unsigned long long first, last;
	bool found = false;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), DEVICES "/%s/resource", name);
	f = fopen(path, "re");
	if (!f)
		return false;
	for (int i = 0; i <= nr; i++)
		found = fscanf(f, "%llx %llx %*x", &first, &last) == 2;
	fclose(f);
	*start = first;
	*bytes = last - first + 1;
	return found;
}

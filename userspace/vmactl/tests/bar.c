// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl on memory of a PCI device: QEMU's ivshmem, whose BAR 0 is less than a page. */
#include "run.h"

#include <dirent.h>
#include <fcntl.h>

#define DEVICES	"/sys/bus/pci/devices/"
#define UNBIND	"/sys/bus/pci/drivers/vmadev/unbind"

static bool has(const char *path, const char *text)
{
	char found[16] = "";
	int fd = open(path, O_RDONLY);
	bool same = fd >= 0 && read(fd, found, sizeof(found) - 1) > 0 &&
		    !strncmp(found, text, strlen(text));

	close(fd);
	return same;
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return done;
}

FIXTURE(device)
{
	char name[16], override[64], bar[32];
};

static bool find(char *name, size_t room)
{
	DIR *devices = opendir(DEVICES);
	struct dirent *entry;
	bool found = false;

	while (devices && !found && (entry = readdir(devices))) {
		char vendor[300], device[300];

		snprintf(vendor, sizeof(vendor), DEVICES "%s/vendor", entry->d_name);
		snprintf(device, sizeof(device), DEVICES "%s/device", entry->d_name);
		found = has(vendor, "0x1af4") && has(device, "0x1110");
		if (found)
			snprintf(name, room, "%.15s", entry->d_name);
	}
	if (devices)
		closedir(devices);
	return found;
}

FIXTURE_SETUP(device)
{
	if (!find(self->name, sizeof(self->name)))
		SKIP(return, "no such PCI device in this guest");
	snprintf(self->override, sizeof(self->override), DEVICES "%s/driver_override", self->name);
	snprintf(self->bar, sizeof(self->bar), "%s.bar2", self->name);
	ASSERT_TRUE(put(self->override, "vmadev"));
	ASSERT_TRUE(put("/sys/bus/pci/drivers_probe", self->name));
}

FIXTURE_TEARDOWN(device)
{
	if (!self->name[0])
		return;
	put(UNBIND, self->name);
	put(self->override, "\n");
}

TEST_F(device, is_listed_filled_and_dumped_by_its_name)
{
	struct run run;

	VMACTL(&run, "info");
	EXPECT_EQ(0, run.status);
	EXPECT_STREQ("", run.err);
	EXPECT_NE(NULL, strstr(run.out, self->bar));
	EXPECT_EQ(NULL, strstr(run.out, ".bar0"));
	VMACTL(&run, "info", "--region", self->bar);
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, self->bar));
	EXPECT_EQ(NULL, strstr(run.out, "default"));
	VMACTL(&run, "fill", "--region", self->bar, "--text", "hello", "--length", "5");
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "dump", "--region", self->bar, "--length", "16");
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, "hello"));
	EXPECT_REFUSAL(1, "of a fixed size", "resize", "--region", self->bar, "4096");
	ASSERT_TRUE(put(UNBIND, self->name));
	EXPECT_REFUSAL(1, "no such BAR", "dump", "--region", self->bar, "--length", "16");
	VMACTL(&run, "info");
	EXPECT_EQ(NULL, strstr(run.out, self->bar));
}

TEST_HARNESS_MAIN

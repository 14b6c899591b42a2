// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers of PCI devices, where the width of an access tells: QEMU's edu, which answers to
 * 32 bits, and virtio. Also who may open them, and what the module binds to.
 */
#include <linux/capability.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pci.h"

/* edu's */
#define IDENTIFICATION	0x00
#define LIVENESS	0x04
#define FACTORIAL	0x08
#define STATUS		0x20
#define COMPUTING	0x01
#define EDU		0x010000edu

/* virtio's common configuration, at the begin of its memory */
#define FEATURE_SELECT	0x00
#define FEATURE		0x04
#define NUM_QUEUES	0x12
#define DEVICE_STATUS	0x14
#define VERSION_1	0x01	/* of the upper half of features */
#define ACKNOWLEDGE	0x01

FIXTURE(device) {
	char device[VT_PCI_NAME], name[VMADEV_NAME_MAX];
	int node, fd;
};

typedef FIXTURE_DATA(device) device;

FIXTURE_SETUP(device)
{
	self->node = -1;
	if (!vt_pci_find(KIND_EDU, 0, self->device))
		SKIP(return, NO_DEVICE);
	self->node = vt_open(O_RDWR);
	ASSERT_LE(0, self->node);
	EXPECT_FALSE(vt_pci_is_bound(self->device));
	ASSERT_EQ(0, bind_as(self->device, false));
	snprintf(self->name, sizeof(self->name), "%s.bar0", self->device);
	self->fd = vt_open_by_name(self->node, self->name, 0, 0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(device)
{
	if (self->node < 0)
		return;
	close(self->fd);
	vt_pci_release(self->device);
	close(self->node);
}

static __u32 get32(int fd, off_t at)
{
	__u32 value = 0;

	return pread(fd, &value, sizeof(value), at) == sizeof(value) ? value : 0;
}

static bool put32(int fd, off_t at, __u32 value)
{
	return pwrite(fd, &value, sizeof(value), at) == sizeof(value);
}

TEST_F(device, registers_are_read_and_written)
{
	EXPECT_EQ(EDU, get32(self->fd, IDENTIFICATION));
	EXPECT_TRUE(put32(self->fd, LIVENESS, 0x12345678));
	EXPECT_EQ(~0x12345678u, get32(self->fd, LIVENESS));
	EXPECT_TRUE(put32(self->fd, FACTORIAL, 10));
	while (get32(self->fd, STATUS) & COMPUTING)
		usleep(1000);
	EXPECT_EQ(3628800u, get32(self->fd, FACTORIAL));
}

/* By any strategy: a load of 32 bits is one of the device. */
TEST_F(device, mapping_is_of_the_registers)
{
	const __u32 all[] = { VMADEV_STRATEGY_REMAP, VMADEV_STRATEGY_PFN };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		int fd = vt_open_by_name(self->node, self->name, 0, all[i]);
		volatile __u32 *map = mmap(NULL, vt_page(), PROT_READ | PROT_WRITE, MAP_SHARED,
					   fd, 0);

		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(EDU, map[IDENTIFICATION / 4]);
		map[LIVENESS / 4] = 77 + i;
		EXPECT_EQ(~(__u32)(77 + i), map[LIVENESS / 4]);
		EXPECT_EQ(~(__u32)(77 + i), get32(self->fd, LIVENESS));
		munmap((void *)map, vt_page());
		close(fd);
	}
}

/* edu answers to no other width, and other bytes than a register's are told then. */
TEST_F(device, width_is_that_of_the_call)
{
	const __u32 edu = EDU;
	char bytes[8];
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	char *map = mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(1, pread(self->fd, bytes, 1, IDENTIFICATION));
	EXPECT_NE(0, memcmp(bytes, &edu, 1));
	ASSERT_EQ(2, pread(self->fd, bytes, 2, IDENTIFICATION));
	EXPECT_NE(0, memcmp(bytes, &edu, 2));
	ASSERT_EQ(3, pread(self->fd, bytes, 3, IDENTIFICATION));
	EXPECT_NE(0, memcmp(bytes, &edu, 3));
	ASSERT_EQ(4, pread(self->fd, bytes, 4, IDENTIFICATION));
	EXPECT_EQ(0, memcmp(bytes, &edu, 4));
	ASSERT_EQ(5, pread(self->fd, bytes, 5, IDENTIFICATION));
	EXPECT_EQ(0, memcmp(bytes, &edu, 4));
	ASSERT_EQ(8, pread(self->fd, bytes, 8, IDENTIFICATION));
	EXPECT_NE(0, memcmp(bytes, &edu, 4));
	if (VT_ACCESS_ASKED) {
		EXPECT_EQ(4, pread(mem, bytes, 4, (uintptr_t)map));
		EXPECT_EQ(0, memcmp(bytes, &edu, 4));
	}
	EXPECT_TRUE(put32(self->fd, LIVENESS, 5));
	EXPECT_EQ(1, pwrite(self->fd, "x", 1, LIVENESS));
	EXPECT_EQ(2, pwrite(self->fd, "xy", 2, LIVENESS));
	EXPECT_EQ(~5u, get32(self->fd, LIVENESS));
	munmap(map, vt_page());
	close(mem);
}

/* What the caller has not all of is no narrower access, but none. */
TEST_F(device, write_of_what_is_no_memory_is_none)
{
	char *page = mmap(NULL, 2 * vt_page(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + vt_page(), vt_page()));
	EXPECT_TRUE(put32(self->fd, LIVENESS, 6));
	EXPECT_EQ(-1, pwrite(self->fd, page + vt_page() - 4, 8, LIVENESS));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(~6u, get32(self->fd, LIVENESS));
	munmap(page, vt_page());
}

/* As the device's own driver would; whoever has it by itself has it again afterwards. */
TEST(virtio_is_asked_for_its_features)
{
	int node = vt_open(O_RDWR), fd;
	char device[VT_PCI_NAME], name[VMADEV_NAME_MAX];
	__u16 queues = 0;
	__u8 status = 0xff;

	if (!vt_pci_find(KIND_VIRTIO, 0, device))
		SKIP(return, NO_DEVICE);
	ASSERT_EQ(0, vt_pci_bind(device));
	snprintf(name, sizeof(name), "%s.bar4", device);
	fd = vt_open_by_name(node, name, 0, 0);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(put32(fd, FEATURE_SELECT, 1));
	EXPECT_EQ(1u, get32(fd, FEATURE_SELECT));
	EXPECT_EQ((__u32)VERSION_1, get32(fd, FEATURE) & VERSION_1);
	EXPECT_EQ(2, pread(fd, &queues, 2, NUM_QUEUES));
	EXPECT_EQ(1, queues);
	status = ACKNOWLEDGE;
	EXPECT_EQ(1, pwrite(fd, &status, 1, DEVICE_STATUS));
	status = 0xff;
	EXPECT_EQ(1, pread(fd, &status, 1, DEVICE_STATUS));
	EXPECT_EQ(ACKNOWLEDGE, status);
	status = 0;
	EXPECT_EQ(1, pwrite(fd, &status, 1, DEVICE_STATUS));
	close(fd);
	vt_pci_release(device);
	vt_write_word("/sys/bus/pci/drivers_probe", device);
	close(node);
}

static int open_errno(int fd, const char *name, __u32 access, __u32 strategy)
{
	int bar = vt_open_by_name(fd, name, access, strategy), err = errno;

	close(bar);
	return bar < 0 ? err : 0;
}

TEST_F(device, name_is_a_bar_s)
{
	int mine = vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), self->name), fd;
	char name[VMADEV_NAME_MAX];

	ASSERT_LE(0, mine);
	fd = vt_open_by_name(self->node, self->name, 0, 0);
	EXPECT_EQ(EDU, get32(fd, IDENTIFICATION));
	close(fd);
	EXPECT_EQ(ENOENT, open_errno(self->node, "default", 0, 0));
	EXPECT_EQ(ENOENT, open_errno(self->node, "", 0, 0));
	EXPECT_EQ(ENOENT, open_errno(self->node, self->device, 0, 0));
	EXPECT_EQ(EINVAL, open_errno(self->node, "with/slash", 0, 0));
	EXPECT_EQ(EINVAL, open_errno(self->node, self->name, 3, 0));
	EXPECT_EQ(EINVAL, open_errno(self->node, self->name, 0, 99));
	EXPECT_EQ(EOPNOTSUPP, open_errno(self->node, self->name, 0, VMADEV_STRATEGY_PAGE));
	close(mine);
	mine = vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), "mine");
	EXPECT_EQ(ENOENT, open_errno(self->node, "mine", 0, 0));
	close(mine);

	/* ivshmem's registers have less than a page, and share it. */
	if (!vt_pci_find(KIND_SHARED, 0, name))
		return;
	ASSERT_EQ(0, vt_pci_bind(name));
	strcat(name, ".bar0");
	EXPECT_EQ(ENOENT, open_errno(self->node, name, 0, 0));
	name[strlen(name) - 5] = '\0';
	vt_pci_release(name);
}

static int without_rights(void *arg)
{
	const device *d = arg;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return 1;
	data[0].effective &= ~(1u << CAP_SYS_RAWIO);
	if (syscall(SYS_capset, &header, data))
		return 2;
	if (open_errno(d->node, d->name, 0, 0) != EPERM)
		return 3;
	/* What it was given it has. */
	return get32(d->fd, IDENTIFICATION) == EDU ? 0 : 4;
}

TEST_F(device, descriptor_gives_no_more_than_it_has)
{
	int mine = vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), "mine"), fd;
	int reader = vt_open(O_RDONLY);

	ASSERT_LE(0, mine);
	EXPECT_EQ(EPERM, open_errno(mine, self->name, 0, 0));
	EXPECT_EQ(EPERM, open_errno(self->fd, self->name, 0, 0));
	EXPECT_EQ(EACCES, open_errno(reader, self->name, VMADEV_ACCESS_READ_WRITE, 0));
	fd = vt_open_by_name(reader, self->name, 0, 0);
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(EDU, get32(fd, IDENTIFICATION));
	EXPECT_FALSE(put32(fd, LIVENESS, 1));
	close(fd);
	EXPECT_EQ(0, vt_in_child(without_rights, self));
	close(reader);
	close(mine);
}

/* Nothing of the module's is bound by itself; an id that is told to it is. */
TEST_F(device, binds_to_what_it_is_told)
{
	vt_pci_release(self->device);
	vt_write_word("/sys/bus/pci/drivers_probe", self->device);
	EXPECT_FALSE(vt_pci_is_bound(self->device));
	EXPECT_EQ(ENOENT, open_errno(self->node, self->name, 0, 0));
	EXPECT_EQ(0, vt_write_word("/sys/bus/pci/drivers/vmadev/new_id", "1234 11e8"));
	EXPECT_TRUE(vt_pci_is_bound(self->device));
	EXPECT_EQ(0, open_errno(self->node, self->name, 0, 0));
	EXPECT_EQ(0, vt_write_word("/sys/bus/pci/drivers/vmadev/remove_id", "1234 11e8"));
	/* QEMU's host bridge has no memory at all. */
	EXPECT_EQ(-1, vt_pci_bind("0000:00:00.0"));
	vt_pci_write("0000:00:00.0", "driver_override", "\n");
}

TEST_HARNESS_MAIN

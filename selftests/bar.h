/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of a PCI device: BAR 2 of QEMU's ivshmem, which is memory of the host's. There are
 * two of these devices with the same memory: one is the module's, the other's BAR is mapped by
 * sysfs, and shows what is really there.
 *
 *	|........|	4 MiB; the last page has a text of the host's
 */
#ifndef BAR_H
#define BAR_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pci.h"

#define NPAGES	24	/* that the tests look at, of more */

FIXTURE(bar) {
	char device[VT_PCI_NAME], other[VT_PCI_NAME];
	char name[VMADEV_NAME_MAX];
	int node, fd;
	size_t page, bytes;
	char *there;		/* the memory, by the other device */
};

FIXTURE_VARIANT(bar) {
	__u32 strategy;
	bool combines;
};

#define BAR_MODE(name, s, wc)					\
	FIXTURE_VARIANT_ADD(bar, name) {			\
		.strategy = VMADEV_STRATEGY_##s,		\
		.combines = wc,					\
	}

BAR_MODE(remap, REMAP, false);
BAR_MODE(pfn, PFN, false);
BAR_MODE(huge, HUGE, false);
BAR_MODE(remap_wc, REMAP, true);
BAR_MODE(pfn_wc, PFN, true);
BAR_MODE(huge_wc, HUGE, true);

typedef FIXTURE_DATA(bar) bar;
typedef FIXTURE_VARIANT(bar) bar_kind;

static inline void *map_resource(const char *device, int nr, size_t bytes)
{
	char path[96];
	void *map;
	int fd;

	vt_pci_write(device, "enable", "1");
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource%d", device, nr);
	fd = open(path, O_RDWR | O_CLOEXEC);
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return map;
}

static inline int open_bar(const bar *b, const bar_kind *k)
{
	return vt_open_by_name(b->node, b->name, 0, k->strategy);
}

static inline char *map_all(const bar *b, int fd)
{
	return mmap(NULL, b->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

FIXTURE_SETUP(bar)
{
	struct vmadev_info info;

	self->there = MAP_FAILED;
	self->fd = -1;
	self->node = -1;
	if (!vt_pci_find(KIND_SHARED, 0, self->device) || !vt_pci_find(KIND_SHARED, 1, self->other))
		SKIP(return, NO_DEVICE);
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->node = vt_open(O_RDWR);
	ASSERT_LE(0, self->node);
	ASSERT_EQ(0, bind_as(self->device, variant->combines));
	snprintf(self->name, sizeof(self->name), "%s.bar2", self->device);
	self->fd = open_bar(self, variant);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vt_info(self->fd, &info));
	self->bytes = info.bytes;
	self->there = map_resource(self->other, 2, self->bytes);
	ASSERT_NE(MAP_FAILED, self->there);
	for (int i = 0; i < NPAGES; i++)
		vt_pattern(self->there + i * self->page, self->page, i + 1);
}

FIXTURE_TEARDOWN(bar)
{
	if (self->device[0])
		vt_pci_release(self->device);
	if (self->there != MAP_FAILED)
		munmap(self->there, self->bytes);
	close(self->fd);
	close(self->node);
}

static inline bool page_is(const bar *b, const char *map, int i, unsigned int seed)
{
	return vt_is_pattern(map + i * b->page, b->page, seed);
}

/* Pages @from to @to (excluded), seen at @map, are as they were set up. */
static inline bool are_filled(const bar *b, const char *map, int from, int to)
{
	for (int i = from; i < to; i++)
		if (!page_is(b, map, i - from, i + 1))
			return false;
	return true;
}

#endif

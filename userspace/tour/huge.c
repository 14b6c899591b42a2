// SPDX-License-Identifier: GPL-2.0-or-later
/* huge: one page-table entry for 512 pages. */
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/probe.h"
#include "lib/tour.h"
#include "lib/util.h"

#define SIZE (2 * MIB)	/* what one entry of the level above has */

static const char *map_region(int fd)
{
	return map_or_die(NULL, SIZE, READ_WRITE, MAP_SHARED, fd, 0);
}

/* How many faults it takes to read a byte of each page. */
static __u64 faults_of(int fd, const char *map)
{
	__u64 begin = device_faults(fd);

	for (size_t at = 0; at < SIZE; at += page_size)
		if (probe_read(map + at))
			tour_die("a page cannot be read");
	return device_faults(fd) - begin;
}

static __u64 read_by(int region, unsigned int strategy)
{
	int fd = device_handle(region, strategy);
	const char *map = map_region(fd);
	__u64 faults = faults_of(fd, map);

	tour_line("%-5s %4llu faults for %zu pages", strategy_text(strategy),
		  (unsigned long long)faults, SIZE / page_size);
	munmap((char *)map, SIZE);
	close(fd);
	return faults;
}

static void step_faults(int region, bool served)
{
	const __u64 pages = SIZE / page_size;
	__u64 pfn, page, huge = 0;

	tour_step("A fault for each 512",
		  "A region of %s, whose memory lies side by side. We map it by different\n"
		  "strategies, and read a byte of each page.", size_text(SIZE));
	pfn = read_by(region, VMADEV_STRATEGY_PFN);
	page = read_by(region, VMADEV_STRATEGY_PAGE);
	if (served)
		huge = read_by(region, VMADEV_STRATEGY_HUGE);
	tour_why("A page table has levels. Where 2 MiB of memory lie side by side, and begin at\n"
		 "such a multiple, as the address does, one entry of the level above stands for\n"
		 "all 512. pfn makes 16 small entries at a fault. page maps a large folio so,\n"
		 "which the kernel gives if it has one: else it is a fault for each page.");
	tour_check(pfn == pages / 16, "pfn takes a fault for 16 pages");
	tour_check(page == 1 || page == pages, "page takes one for a folio");
	if (served)
		tour_check(huge == 1, "huge takes one for all");
}

static void step_address(int region)
{
	const char *map = map_region(region);
	const uintptr_t rest = (uintptr_t)map % SIZE;

	tour_step("Where it lies", "We look at the address that mmap chose.");
	tour_line("%p, which is %s past a multiple of 2 MiB", (const void *)map, size_text(rest));
	tour_why("mmap asks the driver where. For most files any page will do; at another\n"
		 "distance from 2 MiB no entry of that size would fit.");
	tour_check(!rest, "it is a multiple of 2 MiB");
	munmap((char *)map, SIZE);
}

static void step_split(int region)
{
	int fd = device_handle(region, VMADEV_STRATEGY_PAGE);
	char *map = (char *)map_region(fd);
	int hole, beside;
	__u64 faults;

	tour_step("A hole in it",
		  "We store to each page, unmap one in the middle, and read the next.");
	for (size_t at = 0; at < SIZE; at += page_size)
		memcpy(map + at, &at, sizeof(at));
	munmap(map + 100 * page_size, page_size);
	faults = device_faults(fd);
	hole = probe_read(map + 100 * page_size);
	beside = memcmp(map + 101 * page_size, &(size_t){ 101 * page_size }, sizeof(size_t));
	tour_line("the page itself:  %s", probe_text(hole));
	tour_line("the one after it: %s, after %llu faults", beside ? "other bytes" : "its bytes",
		  (unsigned long long)(device_faults(fd) - faults));
	tour_why("One entry cannot stand for 511 pages. The kernel splits it into small ones, or\n"
		 "drops it and asks again; a program sees none of that.");
	tour_check(hole, "the page is gone");
	tour_check(!beside, "its neighbour has its bytes");
	munmap(map, SIZE);
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "huge",
		.title = "one entry for 512 pages",
		.intro = "A page-table entry for each 4 KiB is 256 thousand of them a GiB, made\n"
			 "one by one. There are larger ones.",
	};
	struct vmadev_info info = { .size = sizeof(info) };
	int device, region;

	tour_begin(&about, argc, argv);
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);	/* which the tour's programs begin with */
	device = device_open("Huge entries");
	if (device < 0)
		return tour_end();
	region = device_create(device, "tour-huge", SIZE, VMADEV_BACKING_CONTIG,
			       VMADEV_STRATEGY_PAGE);
	if (ioctl(region, VMADEV_IOC_INFO, &info))
		tour_die("VMADEV_IOC_INFO");
	step_faults(region, info.orders & SIZE / page_size);
	step_address(region);
	step_split(region);
	close(region);
	close(device);
	return tour_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* revoke: memory that is taken away from all who map it. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/maps.h"
#include "lib/peer.h"
#include "lib/probe.h"
#include "lib/tour.h"
#include "lib/util.h"

#define PAGES 4

static void take_away(int region, __u32 how)
{
	struct vmadev_revoke revoke = { .size = sizeof(revoke), .how = how };

	if (ioctl(region, VMADEV_IOC_REVOKE, &revoke))
		tour_die("VMADEV_IOC_REVOKE");
}

static void give_back(int region)
{
	struct vmadev_restore restore = { .size = sizeof(restore) };

	if (ioctl(region, VMADEV_IOC_RESTORE, &restore))
		tour_die("VMADEV_IOC_RESTORE");
}

static char *map_region(int region)
{
	return map_or_die(NULL, PAGES * page_size, READ_WRITE, MAP_SHARED, region, 0);
}

/* What becomes of a child that maps the same memory: 0, or a signal. */
static int peer_reads(struct peer *peer)
{
	peer_tell(peer);
	return peer_join(peer);
}

static void step_gone(int region, char *map)
{
	const char *const before = "here";
	struct peer peer;
	int own, other, error;
	char text[5];

	tour_step("Gone at once",
		  "Two processes map a region. One revokes it, as a driver does whose device\n"
		  "is pulled out, or as who lent memory wants it back. Then both read.");
	memcpy(map, before, sizeof(text));
	if (!peer_fork(&peer)) {
		peer_wait(&peer);
		_exit(probe_read(map));
	}
	watch_from(map, PAGES * page_size);
	take_away(region, VMADEV_REVOKE_SIGBUS);
	own = probe_read(map);
	other = peer_reads(&peer);
	error = pread(region, text, sizeof(text), 0) < 0 ? errno : 0;
	watch_show();
	tour_line("who revoked it reads:   %s", probe_text(own));
	tour_line("the other one reads:    %s", probe_text(other));
	tour_line("read(2):                %s", errno_text(error));
	tour_why("The page-table entries of all processes are gone before the call returns,\n"
		 "and the next access asks the driver. The mappings stay: addresses belong to\n"
		 "the program, and only it gives them back.");
	tour_check(own == SIGBUS && other == SIGBUS, "both get SIGBUS");
	tour_check(error == ENODEV, "read is ENODEV");
	tour_check(maps_count(map, PAGES * page_size) == 1, "the mapping is still there");
}

static void step_restored(int region, const char *map)
{
	int signal;

	tour_step("And back",
		  "RESTORE gives the region other memory. We read through the same mapping.");
	give_back(region);
	signal = probe_read(map);
	tour_line("we read:  %s, and find %s", probe_text(signal), *map ? "bytes" : "zeros");
	tour_why("Whoever had a descriptor or a mapping has it still. The bytes are not those\n"
		 "of before: that memory has gone to somebody else.");
	tour_check(!signal && !*map, "the mapping works, with zeros");
}

static void step_dummy(int region, volatile char *map, __u32 how, const char *what, char byte)
{
	char first;

	tour_step("What a program finds", "We revoke it once more, and ask for %s instead of a\n"
		  "signal. We read, store, and read again.", what);
	map[0] = 'x';
	take_away(region, how);
	first = map[0];
	map[0] = 'y';
	tour_line("the first byte:  0x%02x, then 0x%02x", (unsigned char)first,
		  (unsigned char)map[0]);
	give_back(region);
	tour_line("after RESTORE:   0x%02x", (unsigned char)map[0]);
	tour_why("A PCI device that is gone reads as all ones, which is what a driver in a\n"
		 "program looks for; a display's memory reads as zeros or what was stored. A\n"
		 "page of nobody's stands in, one for each process, until memory comes back.");
	tour_check(first == byte, "it reads as %s", what);
	tour_check(!map[0], "what was stored meanwhile is nowhere");
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "revoke",
		.title = "memory that is taken away",
		.intro = "Who has mapped a file can be sure of it: no program takes it away. But\n"
			 "devices are pulled out, and what is lent is wanted back.",
	};
	int device, region;
	char *map;

	tour_begin(&about, argc, argv);
	device = device_open("Memory that is taken away");
	if (device < 0)
		return tour_end();
	region = device_create(device, "tour-revoke", PAGES * page_size, VMADEV_BACKING_PAGES,
			       VMADEV_STRATEGY_PAGE);
	map = map_region(region);
	step_gone(region, map);
	step_restored(region, map);
	step_dummy(region, map, VMADEV_REVOKE_ONES, "all ones", -1);
	munmap(map, PAGES * page_size);
	close(region);
	close(device);
	return tour_end();
}

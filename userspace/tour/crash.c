// SPDX-License-Identifier: GPL-2.0-or-later
/* crash: what a power cut leaves of what was stored through a mapping. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/maps.h"
#include "lib/tour.h"
#include "lib/util.h"

#define PAGES 4

/* A file of one record: its header says which number the record has. */
enum { HEADER, RECORD };

struct disk {
	int region;
	char *map;
};

static void store(const struct disk *disk, int page, char byte)
{
	memset(disk->map + (size_t)page * page_size, byte, page_size);
}

static void sync_page(const struct disk *disk, int page)
{
	if (msync(disk->map + (size_t)page * page_size, page_size, MS_SYNC))
		tour_die("msync");
}

/* All of the region durable, full of @byte */
static struct disk disk_new(int device, char byte)
{
	struct disk disk = { .region = device_create(device, "tour-crash", PAGES * page_size,
						     VMADEV_BACKING_MEDIA, 0) };

	disk.map = map_or_die(NULL, PAGES * page_size, READ_WRITE, MAP_SHARED, disk.region, 0);
	memset(disk.map, byte, PAGES * page_size);
	if (fsync(disk.region))
		tour_die("fsync");
	return disk;
}

static void disk_end(const struct disk *disk)
{
	munmap(disk->map, PAGES * page_size);
	close(disk->region);
}

/* The first byte of each page of a region, or of what a crash with @kept leaves. */
static void bytes_of(int region, char *text)
{
	for (int i = 0; i < PAGES; i++)
		if (pread(region, text + i, 1, i * (off_t)page_size) != 1)
			tour_die("pread");
	text[PAGES] = '\0';
}

static void state_of(const struct disk *disk, __u64 kept, char *text)
{
	int state = device_crash(disk->region, kept, PAGES);

	bytes_of(state, text);
	close(state);
}

static void dirty_text(const struct disk *disk, char *text)
{
	__u64 dirty = device_unsynced(disk->region);

	for (int i = 0; i < PAGES; i++)
		text[i] = dirty >> i & 1 ? 'D' : '.';
	text[PAGES] = '\0';
}

static void step_cut(int device)
{
	char before[PAGES + 1], after[PAGES + 1], dirty[PAGES + 1];
	struct disk disk = disk_new(device, 'a');

	tour_step("The power goes",
		  "A region of the backing media has two copies: what the mapping shows, and what\n"
		  "was made durable. It is full of a, durably. We store b to pages 0 and 2, call\n"
		  "msync for page 2 alone, and cut the power.");
	store(&disk, 0, 'b');
	store(&disk, 2, 'b');
	dirty_text(&disk, dirty);
	tour_line("not durable after the stores:  %s", dirty);
	sync_page(&disk, 2);
	bytes_of(disk.region, before);
	dirty_text(&disk, dirty);
	state_of(&disk, 0, after);
	tour_line("not durable after msync:       %s", dirty);
	tour_line("what the mapping shows:        %s", before);
	tour_line("what a power cut leaves:       %s", after);
	tour_why("A store is in the memory that all programs share, at once. It is on the disk\n"
		 "when msync(MS_SYNC) or fsync says so, and not before.");
	tour_check(!strcmp(dirty, "D..."), "what was synced is durable, what was not is not");
	tour_check(!strcmp(before, "baba") && !strcmp(after, "aaba"),
		   "the cut takes page 0 back, and leaves page 2");
	disk_end(&disk);
}

/* A record is whole if it is of the number that the header says. */
static bool survives(const char *bytes)
{
	return bytes[HEADER] == bytes[RECORD];
}

static int print_states(const struct disk *disk)
{
	const __u64 dirty = device_unsynced(disk->region);
	int broken = 0;

	for (__u64 kept = 0; kept < 1 << PAGES; kept++) {
		char bytes[PAGES + 1];

		if (kept & ~dirty)
			continue;
		state_of(disk, kept, bytes);
		tour_line("header %c, record %c: %s", bytes[HEADER], bytes[RECORD],
			  survives(bytes) ? "fine" : "BROKEN");
		broken += !survives(bytes);
	}
	return broken;
}

static void step_states(int device)
{
	struct disk disk = disk_new(device, '1');
	int broken;

	tour_step("A program that is wrong",
		  "It keeps a record, and a header that says which number the record has. It\n"
		  "writes record 2, then the header, then calls msync for both. The power goes\n"
		  "before that msync. Each state that the disk may have then:");
	store(&disk, RECORD, '2');
	store(&disk, HEADER, '2');
	broken = print_states(&disk);
	tour_why("Until msync returns, the kernel may have written some of the pages already,\n"
		 "in any order. So each page is old or new, whatever the others are.");
	tour_check(broken == 2, "two of four states are broken: one page is new, one is old");
	disk_end(&disk);
}

/* The record is written to where no header leads yet, and the header after it. */
static void step_right(int device)
{
	struct disk disk = disk_new(device, '1');
	int bad = 0;

	tour_step("A program that is right",
		  "It writes record 2 beside the old one (page 2), syncs it, and only then stores\n"
		  "the header that leads there. The power goes before the header is synced.");
	store(&disk, 2, '2');
	sync_page(&disk, 2);
	store(&disk, HEADER, '2');
	for (__u64 kept = 0; kept < 2; kept++) {
		char bytes[PAGES + 1], record;

		state_of(&disk, kept, bytes);
		record = bytes[HEADER] == '2' ? bytes[2] : bytes[RECORD];
		tour_line("header %c, its record %c: %s", bytes[HEADER], record,
			  bytes[HEADER] == record ? "fine" : "BROKEN");
		bad += bytes[HEADER] != record;
	}
	tour_why("One page is stored at a time that counts, and what it leads to is durable\n"
		 "before. 'vmactl crash --each' tries the states of a program of yours.");
	tour_check(device_unsynced(disk.region) == 1 << HEADER, "only the header is not durable");
	tour_check(!bad, "both states are fine: the old record, or the new one");
	disk_end(&disk);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "crash",
		.title = "what a power cut leaves",
		.intro = "Who stores through a mapping of a file finds it there after a crash of\n"
			 "the program. After a crash of the machine, what is there?",
	};
	int device;

	tour_begin(&about, argc, argv);
	device = device_open("A power cut");
	if (device >= 0) {
		step_cut(device);
		step_states(device);
		step_right(device);
		close(device);
	}
	return tour_end();
}

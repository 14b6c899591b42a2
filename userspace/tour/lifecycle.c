// SPDX-License-Identifier: GPL-2.0-or-later
/* One mapping from mmap to munmap, and what the kernel calls at each step. */
#include <stdio.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/maps.h"
#include "lib/probe.h"
#include "lib/trace.h"
#include "lib/tour.h"
#include "lib/util.h"

#define PAGES 16

enum act { MMAP, READ, WRITE, MSYNC, MUNMAP, ACTS };

static const struct {
	const char *what, *calls;
} acts[ACTS] = {
	[MMAP] = { "mmap", "the file's mmap or mmap_prepare" },
	[READ] = { "read a byte", "vm_ops->fault" },
	[WRITE] = { "write a byte", "vm_ops->page_mkwrite" },
	[MSYNC] = { "msync(MS_SYNC)", "the file's fsync" },
	[MUNMAP] = { "munmap", "vm_ops->close, if there is one" },
};

/* The life of a mapping: faults and memory (KiB) at each step. */
struct life {
	long faults[ACTS], rss[ACTS], dirty[ACTS];
	int events[ACTS];
};

static void do_act(enum act act, char *place, size_t length, int fd)
{
	switch (act) {
	case MMAP:
		map_or_die(place, length, READ_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
		break;
	case READ:
		probe_read(place);
		break;
	case WRITE:
		probe_write(place, 'w');
		break;
	case MSYNC:
		if (msync(place, length, MS_SYNC))
			tour_die("msync");
		break;
	default:
		munmap(place, length);
	}
}

static struct life live(int fd, size_t length)
{
	char *place = free_range(length);
	struct life life;

	probe_read(&life);	/* the probe's own first faults are not the subject */
	tour_line("%-15s  %6s  %9s  %6s  %s", "we do", "faults", "in memory", "dirty",
		  "the kernel calls");
	for (enum act act = MMAP; act < ACTS; act++) {
		bool touch = act == READ || act == WRITE;

		life.faults[act] = faults_now();
		do_act(act, place, length, fd);
		life.faults[act] = faults_now() - life.faults[act];
		life.rss[act] = smaps_kib(place, "Rss");
		life.dirty[act] = smaps_kib(place, "Shared_Dirty") +
				  smaps_kib(place, "Private_Dirty");
		if (act == MUNMAP)
			tour_line("%-15s  %6ld  %9s  %6s  %s", acts[act].what,
				  life.faults[act], "no VMA", "-", acts[act].calls);
		else
			tour_line("%-15s  %6ld  %5ld KiB  %2ld KiB  %s", acts[act].what,
				  life.faults[act], life.rss[act], life.dirty[act],
				  touch && !life.faults[act] ? "nothing" : acts[act].calls);
		life.events[act] = trace_print();
	}
	return life;
}

static void step_words(void)
{
	tour_step("Old words and new",
		  "Nothing is done here. The calls of a mapping have changed their names; the\n"
		  "steps below use those of today.");
	tour_line("%-10s %-16s %s", "Linux 2.0", "today", "called when");
	tour_line("%-10s %-16s %s", "open", "open",
		  "a VMA is copied: by fork, or when it is split");
	tour_line("%-10s %-16s %s", "nopage", "fault", "an address is touched that has no page");
	tour_line("%-10s %-16s %s", "wppage", "page_mkwrite",
		  "a page of a shared mapping is to become writable");
	tour_line("%-10s %-16s %s", "sync", "fsync (file)", "msync, fsync");
	tour_line("%-10s %-16s %s", "close", "close", "a VMA goes");
}

static void step_file(void)
{
	int fd = temp_file("life.bin", (off_t)page_size);
	struct life life;

	tour_step("A file of one page", "We map it, read it, write it, msync it and unmap it.");
	life = live(fd, page_size);
	if (on_disk(fd))
		tour_why("mmap makes a VMA and nothing else; the first touch brings the page,\n"
			 "the first write asks the file system, and msync makes the page clean\n"
			 "and read-only again.");
	else
		tour_why("mmap makes a VMA and nothing else; the first touch brings the page.\n"
			 "This file is in a tmpfs, which has no disk to write to and need not\n"
			 "know of writes; on a disk the write would be a second fault, for\n"
			 "page_mkwrite, and msync would make the page clean.");
	tour_check(!life.rss[MMAP], "after mmap there is a VMA and no page");
	tour_check(life.faults[READ] == 1 && life.rss[READ] == (long)(page_size / KIB),
		   "the read is one fault and brings one page");
	if (on_disk(fd))
		tour_check(life.faults[WRITE] == 1 && !life.dirty[MSYNC],
			   "the write is one more fault; after msync nothing is dirty");
	else
		tour_check(!life.faults[WRITE], "the write is no fault");
	close(fd);
}

static void step_page(int device)
{
	int region = device_create(device, "tour-life", page_size, VMADEV_BACKING_PAGES,
				   VMADEV_STRATEGY_PAGE);
	struct life life;
	bool traced, seen;

	tour_step("/dev/vmadev, strategy page",
		  "The same on the device. Below each step, what the module's tracepoints say.");
	traced = trace_start("The module's tracepoints");
	life = live(region, page_size);
	trace_stop();
	tour_why("This strategy has no page_mkwrite, so the fault for reading may make the page\n"
		 "writable at once; and no close, so that the kernel may merge its VMAs.");
	tour_check(!life.rss[MMAP], "after mmap there is a VMA and no page");
	tour_check(life.faults[READ] == 1, "the read is one fault");
	tour_check(!life.faults[WRITE], "the write is none");
	seen = life.events[MMAP] && life.events[READ] == 1 && !life.events[WRITE];
	if (traced)
		tour_check(seen,
			   "mmap and one fault were traced, and nothing for the write");
	close(region);
}

static void step_remap(int device)
{
	int region = device_create(device, "tour-remap", page_size, VMADEV_BACKING_CONTIG,
				   VMADEV_STRATEGY_REMAP);
	struct life life;
	bool traced;

	tour_step("/dev/vmadev, strategy remap",
		  "The same with a strategy that makes every page-table entry within mmap.");
	traced = trace_start("The module's tracepoints");
	life = live(region, page_size);
	trace_stop();
	tour_why("remap_pfn_range fills the page table at mmap, so nothing is left to fault.\n"
		 "The kernel does not count such pages as the process's memory (VM_PFNMAP).");
	tour_check(!life.faults[READ] && !life.faults[WRITE],
		   "neither the read nor the write is a fault");
	tour_check(!life.rss[WRITE], "and none of it is counted as in memory");
	if (traced)
		tour_check(life.events[MUNMAP] == 1, "close was traced: this strategy has one");
	close(region);
}

/* Map and touch @PAGES with a strategy: how many faults? */
static long touch_all(int device, enum vmadev_backing_id backing,
		      enum vmadev_strategy_id strategy)
{
	size_t length = PAGES * page_size;
	int fd = device_create(device, "tour-faults", length, backing, strategy);
	char *map = map_alone(length, READ_WRITE, MAP_SHARED, fd, 0);
	unsigned long long at_mmap = device_stats(fd).pages;
	long faults = faults_now();
	struct vmadev_stats stats;
	char made[32] = "not seen", served[32] = "not seen";

	touch_pages(map, length, 1);
	faults = faults_now() - faults;
	stats = device_stats(fd);
	if (stats.observed & VMADEV_STAT_PAGES)
		snprintf(made, sizeof(made), "%llu", at_mmap);
	if (stats.observed & VMADEV_STAT_FAULTS_WRITE)
		snprintf(served, sizeof(served), "%llu",
			 (unsigned long long)(stats.faults_read + stats.faults_write));
	tour_line("%-9s  %15s  %12ld  %21s", strategy_text(strategy), made, faults, served);
	munmap(map, length);
	close(fd);
	return faults;
}

static void step_strategies(int device)
{
	long remap, pfn, page, insert, cache, anon;

	tour_step("Every strategy, side by side",
		  "%d pages are mapped and each is written once.", PAGES);
	tour_line("%-9s  %15s  %12s  %21s", "strategy", "entries at mmap", "faults taken",
		  "served by the module");
	remap = touch_all(device, VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_REMAP);
	insert = touch_all(device, VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_INSERT);
	pfn = touch_all(device, VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PFN);
	page = touch_all(device, VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE);
	cache = touch_all(device, VMADEV_BACKING_SHMEM, VMADEV_STRATEGY_CACHE);
	anon = touch_all(device, VMADEV_BACKING_NONE, VMADEV_STRATEGY_ANON);
	tour_why("Who fills the table at mmap pays once, for all pages; who waits for the touch\n"
		 "pays for each, or, like pfn, takes the neighbours along. (cache and anon are\n"
		 "served by the kernel's own code, which the module does not see.)");
	tour_check(!remap && !insert, "remap and insert: no fault at all");
	tour_check(page == PAGES, "page: a fault for each page");
	tour_check(pfn > 0 && pfn < page, "pfn: fewer, since a fault brings its neighbours");
	tour_check(cache > 0 && anon > 0, "cache and anon: at the touch");
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "lifecycle",
		.title = "a mapping from its birth to its end",
		.intro = "mmap only promises. This follows one mapping through its life and\n"
			 "counts what really happens.",
	};
	int device;

	tour_begin(&about, argc, argv);
	step_words();
	step_file();
	device = device_open("The device's mappings, and its strategies side by side");
	if (device >= 0) {
		step_page(device);
		step_remap(device);
		step_strategies(device);
		close(device);
	}
	return tour_end();
}

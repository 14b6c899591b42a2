// SPDX-License-Identifier: GPL-2.0-or-later
/* Have pages early (MAP_POPULATE), and keep them (mlock). */
#include <errno.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/maps.h"
#include "lib/peer.h"
#include "lib/probe.h"
#include "lib/swap.h"
#include "lib/tour.h"
#include "lib/util.h"

#define PAGES 16
#define NOBODY 65534

static const char *const fields[] = { "Rss", "Locked", NULL };
static size_t length;

/* Map, look, touch everything: how many faults does the touching take? */
static long touch_faults(const char *label, int flags, long *rss)
{
	char *map = map_alone(length, READ_WRITE, ANONYMOUS | flags, -1, 0);
	long faults;

	*rss = smaps_kib(map, "Rss");
	faults = faults_now();
	touch_pages(map, length, 1);
	faults = faults_now() - faults;
	tour_line("%-14s in memory after mmap: %3ld KiB, faults when touched: %2ld",
		  label, *rss, faults);
	munmap(map, length);
	return faults;
}

static void step_populate(void)
{
	long plain_rss, plain, ready_rss, ready;

	tour_step("MAP_POPULATE",
		  "%d pages are mapped without and with it, and then touched.", PAGES);
	plain = touch_faults("without", 0, &plain_rss);
	ready = touch_faults("MAP_POPULATE", MAP_POPULATE, &ready_rss);
	tour_why("Populating brings all pages within the call, so that no touch has to wait\n"
		 "later.");
	tour_check(!plain_rss && plain > 0, "without it the pages come when they are touched");
	tour_check(ready_rss >= (long)(length / KIB) && !ready,
		   "with it they are there, and nothing faults");
}

static void step_lock(void)
{
	char *map = free_range(length);
	long first, half, none, all;

	tour_step("MAP_LOCKED, munlock, mlock",
		  "%d pages are mapped locked; half is unlocked, then the rest.", PAGES);
	watch_from(map, length);
	map_or_die(map, length, READ_WRITE, ANONYMOUS | MAP_LOCKED | MAP_FIXED_NOREPLACE, -1, 0);
	watch_show();
	smaps_print("MAP_LOCKED", map, fields);
	first = smaps_kib(map, "Locked");
	watch_from(map, length);
	munlock(map + length / 2, length / 2);
	watch_show();
	half = status_kib(0, "VmLck");
	tour_line("locked in the whole process: %ld KiB", half);
	munlock(map, length);
	none = status_kib(0, "VmLck");
	tour_line("after munlock of the rest:   %ld KiB", none);
	mlock(map, length);
	smaps_print("mlock of all", map, fields);
	tour_why("Locked is a property of the VMA: the kernel fills it at once and never takes\n"
		 "its pages away; to unlock a half is to split it.");
	tour_check(first == (long)(length / KIB), "MAP_LOCKED locked all pages, untouched");
	tour_check(half == (long)(length / 2 / KIB) && !none,
		   "munlock gave up one half, then the other");
	all = smaps_kib(map, "Locked");
	tour_check(all == (long)(length / KIB) && smaps_flag(map, "lo"),
		   "mlock locked all again (flag lo in smaps)");
	munmap(map, length);
}

/* In a child that is nobody: root may lock what it likes. */
static int limited_mlock(void)
{
	struct rlimit limit = { .rlim_cur = length / 2, .rlim_max = length / 2 };
	struct peer child;
	char *map;

	if (peer_fork(&child))
		return peer_join(&child);
	map = map_or_die(NULL, length, READ_WRITE, ANONYMOUS, -1, 0);
	if (setrlimit(RLIMIT_MEMLOCK, &limit) || (!geteuid() && setuid(NOBODY)))
		tour_die("become nobody");
	_exit(mlock(map, length) ? errno : 0);
}

static void step_limit(void)
{
	int error;

	tour_step("RLIMIT_MEMLOCK",
		  "The limit is %s; a process without privileges locks %s.",
		  size_text(length / 2), size_text(length));
	error = limited_mlock();
	tour_line("mlock: %s", errno_text(error));
	tour_why("Locked memory is lost to all others, so it is rationed.");
	tour_check(error == ENOMEM, "mlock past the limit is ENOMEM");
}

/* Ask the kernel to take all pages away; some may be busy, so ask again. */
static int page_out(char *map)
{
	int error = 0;

	for (int try = 0; try < 5 && !error && smaps_kib(map, "Rss"); try++)
		error = madvise(map, length, MADV_PAGEOUT) ? errno : 0;
	return error;
}

static char *filled(int fd, off_t offset)
{
	char *map = map_alone(length, READ_WRITE, fd < 0 ? ANONYMOUS : MAP_SHARED, fd, offset);

	touch_pages(map, length, 'x');
	if (fd >= 0 && msync(map, length, MS_SYNC))
		tour_die("msync");
	return map;
}

static void step_pressure(int fd, const char *where)
{
	char *locked, *loose;
	size_t locked_pages, loose_pages;
	int locked_error, loose_error;

	tour_step("When memory is wanted back",
		  "Two mappings of %d pages, one of them locked. MADV_PAGEOUT asks the kernel\n"
		  "to move both out to %s.", PAGES, where);
	locked = filled(fd, 0);
	loose = filled(fd, (off_t)length);
	mlock(locked, length);
	smaps_print("locked, before", locked, fields);
	smaps_print("not locked, before", loose, fields);
	locked_error = page_out(locked);
	loose_error = page_out(loose);
	locked_pages = pages_resident(locked, length);
	loose_pages = pages_resident(loose, length);
	smaps_print("locked, after", locked, fields);
	smaps_print("not locked, after", loose, fields);
	tour_line("in memory, as mincore says:  locked %zu pages, not locked %zu pages",
		  locked_pages, loose_pages);
	tour_line("madvise:                     locked %s, not locked %s",
		  errno_text(locked_error), errno_text(loose_error));
	tour_why("This is what mlock is for: keys that must not reach a disk, and answers that\n"
		 "must not wait for one.");
	tour_check(locked_pages == PAGES && locked_error == EINVAL,
		   "what is locked stayed, and the advice was refused");
	tour_check(loose_pages < PAGES / 2, "what is not locked went to %s", where);
	tour_check(loose[0] == 'x' && loose[length - page_size] == 'x',
		   "and came back unchanged when it was touched");
	munmap(locked, length);
	munmap(loose, length);
}

static void step_swap(void)
{
	int fd;

	if (swap_on()) {
		step_pressure(-1, "swap");
		swap_off();
		return;
	}
	fd = temp_file("pages.bin", 2 * (off_t)length);
	if (on_disk(fd))
		step_pressure(fd, "a file");
	tour_leave_out("Locked pages and swap", "no swap here (make demo has some, on zram)");
	close(fd);
}

static void step_device(void)
{
	int device = device_open("mlock on /dev/vmadev"), region, remap, error;
	char *page_map, *remap_map;

	if (device < 0)
		return;
	tour_step("On /dev/vmadev",
		  "One region, mapped with the strategies page and remap; mlock on both.");
	region = device_create(device,
			       "tour-lock", length, VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_PAGE);
	remap = device_handle(region, VMADEV_STRATEGY_REMAP);
	page_map = map_alone(length, READ_WRITE, MAP_SHARED, region, 0);
	remap_map = map_alone(length, READ_WRITE, MAP_SHARED, remap, 0);
	error = mlock(page_map, length) || mlock(remap_map, length);
	smaps_print("page", page_map, fields);
	smaps_print("remap", remap_map, fields);
	tour_why("remap's pages are nothing that the kernel could take away, so it does not\n"
		 "mark such a mapping as locked, and mlock says yes all the same.");
	tour_check(!error, "mlock works on both");
	tour_check(smaps_flag(page_map, "lo"), "page is locked as any file is");
	tour_check(!smaps_flag(remap_map, "lo"), "remap is not marked (and needs no lock)");
	close(remap);
	close(region);
	close(device);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "lock",
		.title = "pages that are there, and stay",
		.intro = "A mapping begins empty, and the kernel may take its pages away again.\n"
			 "Both can be changed.",
	};

	tour_begin(&about, argc, argv);
	length = PAGES * page_size;
	step_populate();
	step_lock();
	step_limit();
	step_swap();
	step_device();
	return tour_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory of no file, private and shared, across fork. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/maps.h"
#include "lib/peer.h"
#include "lib/tour.h"
#include "lib/util.h"

static size_t length;

static void step_zero(void)
{
	static const char *const fields[] = { "Size", "Rss", NULL };
	char *map;
	long read, written;
	int zeros = 0;

	tour_step("Zeros that cost nothing",
		  "4 new pages of private anonymous memory are read, then written.");
	map = free_range(length);
	watch_from(map, length);
	map_or_die(map, length, READ_WRITE, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	watch_show();
	for (size_t at = 0; at < length; at++)
		zeros += !map[at];
	read = smaps_kib(map, "Rss");
	smaps_print("all read", map, fields);
	touch_pages(map, length, 1);
	written = smaps_kib(map, "Rss");
	smaps_print("all written", map, fields);
	tour_why("A read of what was never written shows one page of zeros that all processes\n"
		 "share; the first write brings a page of one's own.");
	tour_check(zeros == (int)length, "all bytes are zero");
	tour_check(!read, "reading took no memory");
	tour_check(written == (long)(length / KIB), "writing took 4 pages");
	munmap(map, length);
}

/* Write before fork, let the child overwrite it; what does the parent see? */
static char *across_fork(int flags, int fd)
{
	struct peer peer;
	char *map = free_range(length);

	watch_from(map, length);
	map_or_die(map, length, READ_WRITE, flags | MAP_FIXED_NOREPLACE, fd, 0);
	watch_now("mapped");
	snprintf(map, length, "written by the parent");
	tour_line("before fork:          \"%s\"", map);
	if (!peer_fork(&peer)) {
		snprintf(map, length, "written by the child");
		_exit(0);
	}
	if (peer_join(&peer))
		tour_die("the child failed");
	tour_line("the child wrote:      \"written by the child\"");
	tour_line("the parent now sees:  \"%s\"", map);
	return map;
}

static bool from_child(const char *map)
{
	return !strcmp(map, "written by the child");
}

static void fork_both_ways(const char *private, const char *shared, int flags, int fd)
{
	char *map;

	tour_step(private, "Parent and child have the same page at fork. Then the child writes.");
	map = across_fork(MAP_PRIVATE | flags, fd);
	tour_why("Private memory is copied at fork, page by page, when one of the two writes.");
	tour_check(!from_child(map), "the parent does not see it");
	munmap(map, length);

	tour_step(shared, "The same with MAP_SHARED.");
	map = across_fork(MAP_SHARED | flags, fd);
	tour_why("Shared memory is one object that both point to.");
	if (flags & MAP_ANONYMOUS)
		tour_say("(The object is a nameless file of the kernel's. maps calls it\n"
			 "/dev/zero, after the old way to ask for such memory.)");
	tour_check(from_child(map), "the parent sees it");
	munmap(map, length);
}

static void step_device(void)
{
	int device = device_open("The device's own anonymous memory"), region;

	if (device < 0)
		return;
	region = device_create(device, "tour-anonymous",
			       length, VMADEV_BACKING_NONE, VMADEV_STRATEGY_ANON);
	fork_both_ways("/dev/vmadev, strategy anon, private",
		       "/dev/vmadev, strategy anon, shared", 0, region);
	close(region);
	close(device);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "anonymous",
		.title = "memory of no file",
		.intro = "MAP_ANONYMOUS gives zeroed memory. Private or shared makes a\n"
			 "difference only when a process forks.",
	};
	int zero;

	tour_begin(&about, argc, argv);
	length = 4 * page_size;
	step_zero();
	fork_both_ways("MAP_ANONYMOUS, private", "MAP_ANONYMOUS, shared", MAP_ANONYMOUS, -1);
	zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
	if (zero < 0)
		tour_die("open /dev/zero");
	fork_both_ways("/dev/zero, private", "/dev/zero, shared", 0, zero);
	step_device();
	return tour_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* MAP_PRIVATE: copies of what is written, on a file and on the device. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/maps.h"
#include "lib/tour.h"
#include "lib/util.h"

#define PAGES 8

static const char *const fields[] = { "Rss", "Anonymous", NULL };
static size_t length;

/* Page n holds the n-th small letter. */
static void fill(int fd)
{
	for (int n = 0; n < PAGES; n++) {
		const char letter = (char)('a' + n);

		if (pwrite(fd, &letter, 1, n * (off_t)page_size) != 1)
			tour_die("write page %d", n);
	}
}

/* The first byte of each page, in the object and in a mapping. */
static void letters(char *out, int fd, const char *map)
{
	for (int n = 0; n < PAGES; n++) {
		if (map)
			out[n] = map[n * page_size];
		else if (pread(fd, out + n, 1, n * (off_t)page_size) != 1)
			tour_die("read page %d", n);
	}
	out[PAGES] = '\0';
}

/* Print both, and tell whether they are as expected. */
static bool seen(int fd, const char *map, const char *object_text, const char *map_text)
{
	char object[PAGES + 1], mapping[PAGES + 1];

	letters(object, fd, NULL);
	letters(mapping, fd, map);
	tour_line("the object:   %s", object);
	tour_line("the mapping:  %s", mapping);
	return !strcmp(object, object_text) && !strcmp(mapping, map_text);
}

static char *step_copy(const char *heading, int fd)
{
	char *map = free_range(length);
	bool changed;
	long copied;

	tour_step(heading, "8 pages hold the letters a to h. We map them private, read all, and\n"
			   "write capitals to 3 pages.");
	fill(fd);
	watch_from(map, length);
	map_or_die(map, length, READ_WRITE, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0);
	watch_show();
	seen(fd, map, "", "");
	smaps_print("all pages read", map, fields);
	map[1 * page_size] = 'B';
	map[3 * page_size] = 'D';
	map[6 * page_size] = 'G';
	copied = smaps_kib(map, "Anonymous");
	smaps_print("3 pages written", map, fields);
	tour_why("Until it is written, a page of a private mapping is the object's own. The\n"
		 "first write makes a copy, which belongs to this process alone (Anonymous).");
	changed = seen(fd, map, "abcdefgh", "aBcDefGh");
	tour_check(changed, "the mapping has the capitals, the object does not");
	tour_check(copied == (long)(3 * page_size / KIB), "exactly 3 pages were copied");
	return map;
}

static void step_follow(int fd, char *map)
{
	tour_step("The object changes later",
		  "We write x to the first page of the file and y to the second, by write().");
	if (pwrite(fd, "x", 1, 0) != 1 || pwrite(fd, "y", 1, (off_t)page_size) != 1)
		tour_die("write");
	tour_why("The first page has no copy yet, so it follows the file; the second has one,\n"
		 "so it does not. (POSIX promises neither; Linux does it so.)");
	tour_check(seen(fd, map, "xycdefgh", "xBcDefGh"), "x came through, y did not");
}

static void step_drop(int fd, char *map)
{
	tour_step("Throw the copies away",
		  "madvise(MADV_DONTNEED) drops the pages of the mapping.");
	smaps_print("before", map, fields);
	madvise(map, length, MADV_DONTNEED);
	smaps_print("after", map, fields);
	tour_why("The copies were nowhere else, so what was written is gone; the next touch\n"
		 "finds the file again.");
	tour_check(seen(fd, map, "xycdefgh", "xycdefgh"), "the mapping shows the file");
}

static void step_device(void)
{
	int device = device_open("On /dev/vmadev"), page, remap, error;
	struct vmadev_stats stats;
	char *map;

	if (device < 0)
		return;
	page = device_create(device, "tour-private", length, VMADEV_BACKING_CONTIG,
			     VMADEV_STRATEGY_PAGE);
	map = step_copy("The same on /dev/vmadev", page);
	stats = device_stats(page);
	tour_line("the device served:  %llu faults to read", (unsigned long long)stats.faults_read);
	/* Since 6.18 the kernel maps at once what came as one folio. */
	tour_check(stats.faults_read && stats.faults_read <= PAGES,
		   "the device was asked for each page once, or for all; the\n"
		   "copies were the kernel's own work");
	munmap(map, length);

	tour_step("A strategy that cannot",
		  "The same region, mapped private with the strategy remap.");
	remap = device_handle(page, VMADEV_STRATEGY_REMAP);
	map = mmap(NULL, length, READ_WRITE, MAP_PRIVATE, remap, 0);
	error = map == MAP_FAILED ? errno : 0;
	tour_line("mmap(MAP_PRIVATE) with remap:  %s", errno_text(error));
	tour_why("remap hands out bare page frames that the kernel may not count, and what it\n"
		 "cannot count it does not copy safely; so vmadev refuses.");
	tour_check(error == EINVAL, "remap refuses MAP_PRIVATE with EINVAL");
	close(remap);
	close(page);
	close(device);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "private",
		.title = "copy on write",
		.intro = "A private mapping begins as a view of its object and becomes its own,\n"
			 "page by page, as it is written.",
	};
	char *map;
	int fd;

	tour_begin(&about, argc, argv);
	length = PAGES * page_size;
	fd = temp_file("letters.txt", (off_t)length);
	map = step_copy("On a file", fd);
	step_follow(fd, map);
	step_drop(fd, map);
	munmap(map, length);
	step_device();
	return tour_end();
}

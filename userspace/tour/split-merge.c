// SPDX-License-Identifier: GPL-2.0-or-later
/* How mappings (VMAs) split and merge, and what keeps neighbours apart. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/maps.h"
#include "lib/tour.h"
#include "lib/util.h"

#define PAGES 8
#define HALF (PAGES / 2)
#define FIXED (ANONYMOUS | MAP_FIXED)

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

/* The range that all happens in. */
static char *base;
static size_t length;

static void *page(int n)
{
	return base + n * page_size;
}

/* Draw the range, a letter a VMA, a dot for what is not mapped; return their number. */
static int draw(const char *label)
{
	static struct maps maps;
	char picture[PAGES + 1] = "";

	maps_read(&maps, 0, (uintptr_t)base, (uintptr_t)base + length);
	for (int i = 0; i < PAGES; i++) {
		const struct map *map = maps_at(&maps, page(i));

		picture[i] = map ? (char)('A' + (map - maps.map)) : '.';
	}
	tour_line("%-34s %s   %zu mapping%s", label, picture, maps.count,
		  maps.count == 1 ? "" : "s");
	return (int)maps.count;
}

static void map_pages(int first, int count, int prot)
{
	map_or_die(page(first), count * page_size, prot, FIXED, -1, 0);
}

static void step_split(void)
{
	int split, merged;

	tour_step("munmap in the middle",
		  "One mmap of 8 pages; two pages in its middle go, and come back.");
	map_pages(0, PAGES, READ_WRITE);
	draw("mmap of 8 pages");
	munmap(page(3), 2 * page_size);
	split = draw("munmap of pages 3 and 4");
	map_pages(3, 2, READ_WRITE);
	merged = draw("mmap of pages 3 and 4 again");
	tour_why("A VMA is one range with one set of rights, so a hole makes two of it; and a\n"
		 "mapping that fits between its neighbours joins them.");
	tour_check(split == 2, "the hole makes two mappings");
	tour_check(merged == 1, "what fills it makes one again");
}

static void step_protect(void)
{
	int split, merged;

	tour_step("mprotect in the middle", "Two pages become read-only, and writable again.");
	mprotect(page(3), 2 * page_size, PROT_READ);
	split = draw("pages 3 and 4 read-only");
	mprotect(page(3), 2 * page_size, READ_WRITE);
	merged = draw("and writable again");
	tour_why("Rights belong to the VMA, not to the page; the kernel keeps as few VMAs as it\n"
		 "can.");
	tour_check(split == 3, "other rights in the middle make three mappings");
	tour_check(merged == 1, "the same rights make one again");
}

/* What the two halves of the range are mapped from. */
struct half {
	int flags;
	const int *fd;
};

static int one, two, again;

static const struct half anonymous = { ANONYMOUS, NULL };
static const struct half private_one = { MAP_PRIVATE, &one };
static const struct half shared_one = { MAP_SHARED, &one };
static const struct half shared_two = { MAP_SHARED, &two };
static const struct half shared_again = { MAP_SHARED, &again };

static void map_half(const struct half *half, int first, int offset)
{
	map_or_die(page(first), HALF * page_size, READ_WRITE, half->flags | MAP_FIXED,
		   half->fd ? *half->fd : -1, offset * (off_t)page_size);
}

/* What is done to the right half; 0 if it worked. */
static int make_read_only(void)
{
	return mprotect(page(HALF), HALF * page_size, PROT_READ);
}

static int lock(void)
{
	return mlock(page(HALF), HALF * page_size);
}

static int keep_from_children(void)
{
	return madvise(page(HALF), HALF * page_size, MADV_DONTFORK);
}

static int name(void)
{
	return prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, page(HALF), HALF * page_size, "tour");
}

static int write_apart(void)
{
	munmap(page(3), 2 * page_size);
	touch_pages(page(0), 3 * page_size, 1);
	touch_pages(page(5), 3 * page_size, 1);
	map_pages(3, 2, READ_WRITE);
	return 0;
}

static void step_neighbours(void)
{
	static const struct {
		const char *what;
		const struct half *left, *right;
		int right_offset;
		int (*act)(void);
		int mappings;
	} rows[] = {
		{ "alike, both anonymous", &anonymous, &anonymous, 0, NULL, 1 },
		{ "one file, the offset goes on", &shared_one, &shared_one, HALF, NULL, 1 },
		{ "one file, the offset jumps", &shared_one, &shared_one, 0, NULL, 2 },
		{ "one private, one shared", &private_one, &shared_one, HALF, NULL, 2 },
		{ "one of a file, one anonymous", &private_one, &anonymous, 0, NULL, 2 },
		{ "two files", &shared_one, &shared_two, HALF, NULL, 2 },
		{ "one file, opened twice", &shared_one, &shared_again, HALF, NULL, 2 },
		{ "other rights (mprotect)", &anonymous, &anonymous, 0, make_read_only, 2 },
		{ "one locked (mlock)", &anonymous, &anonymous, 0, lock, 2 },
		{ "one not for children (madvise)", &anonymous, &anonymous, 0,
		  keep_from_children, 2 },
		{ "both written before they met", &anonymous, &anonymous, 0, write_apart, 2 },
		{ "one has a name (prctl)", &anonymous, &anonymous, 0, name, 2 },
	};
	const char *wrong = NULL;

	tour_step("Neighbours",
		  "Two mappings of 4 pages each are put side by side, in many ways. The first\n"
		  "two pairs merge, the others do not.");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		munmap(base, length);
		map_half(rows[i].left, 0, 0);
		map_half(rows[i].right, HALF, rows[i].right_offset);
		if (rows[i].act && rows[i].act())
			tour_line("%-34s not on this kernel (%s)", rows[i].what, errno_text(errno));
		else if (draw(rows[i].what) != rows[i].mappings)
			wrong = rows[i].what;
	}
	tour_why("They merge only if one VMA can say all that the two said: rights, flags,\n"
		 "file, and an offset that goes on. Pages written apart have separate reverse\n"
		 "maps, which are not joined afterwards.");
	tour_check(!wrong, "%s", wrong ? wrong : "each pair merges or does not, as announced");
}

/* Map a handle with @strategy, change the rights of its middle there and back. */
static int there_and_back(int region, enum vmadev_strategy_id strategy)
{
	int fd = device_handle(region, strategy), mappings;
	char label[64];

	snprintf(label, sizeof(label), "%s: rights there and back", strategy_text(strategy));
	map_or_die(base, length, READ_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	mprotect(page(3), 2 * page_size, PROT_READ);
	mprotect(page(3), 2 * page_size, READ_WRITE);
	mappings = draw(label);
	munmap(base, length);
	close(fd);
	return mappings;
}

static void step_device(void)
{
	int device = device_open("On /dev/vmadev"), region;
	int plain, special;

	if (device < 0)
		return;
	region = device_create(device, "tour-split", length, VMADEV_BACKING_CONTIG, 0);
	tour_step("On /dev/vmadev",
		  "One region, two strategies: rights change in the middle, and back.");
	plain = there_and_back(region, VMADEV_STRATEGY_PAGE);
	special = there_and_back(region, VMADEV_STRATEGY_REMAP);
	tour_why("remap makes a VM_PFNMAP mapping; the kernel never merges such special ones,\n"
		 "so what was split once stays split.");
	tour_check(plain == 1, "page: the three mappings are one again");
	tour_check(special == 3, "remap: they stay three");
	close(region);
	close(device);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "split-merge",
		.title = "one mapping becomes two, and two become one",
		.intro = "The kernel keeps a set of ranges, the VMAs; each line of\n"
			 "/proc/PID/maps is one. Below, each letter is a page, and each new\n"
			 "letter a new VMA.",
	};

	tour_begin(&about, argc, argv);
	length = PAGES * page_size;
	base = free_range(length);
	one = temp_file("one.bin", (off_t)length);
	two = temp_file("two.bin", (off_t)length);
	again = open(temp_path("one.bin"), O_RDWR | O_CLOEXEC);
	if (again < 0)
		tour_die("open one.bin again");
	step_split();
	step_protect();
	step_neighbours();
	step_device();
	return tour_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a mapping goes: hints, MAP_FIXED and MAP_FIXED_NOREPLACE. */
#include <errno.h>
#include <string.h>

#include "lib/maps.h"
#include "lib/tour.h"
#include "lib/util.h"

/* A range of eight pages, free at first. */
static char *base;
static size_t length;

static void step_hint(void)
{
	char *free, *taken;

	tour_step("A hint",
		  "We ask for two pages at an address that is free, then for the same address\n"
		  "once more.");
	watch_from(base, length);
	free = map_or_die(base, 2 * page_size, READ_WRITE, ANONYMOUS, -1, 0);
	taken = map_or_die(base, 2 * page_size, PROT_READ, ANONYMOUS, -1, 0);
	watch_show();
	tour_line("asked for  %p  %p", (void *)base, (void *)base);
	tour_line("got        %p  %p", (void *)free, (void *)taken);
	tour_why("Without MAP_FIXED the address is only a wish; if something is there, the\n"
		 "kernel chooses another place and says nothing.");
	tour_check(free == base, "a free place is given");
	tour_check(taken != base, "a taken one is not, and that is no error");
	munmap(taken, 2 * page_size);
}

static void step_fixed(void)
{
	char *middle = base + page_size;

	tour_step("MAP_FIXED",
		  "Four pages hold the letter A. A new page is mapped over the second of them\n"
		  "with MAP_FIXED.");
	map_or_die(base, 4 * page_size, READ_WRITE, ANONYMOUS | MAP_FIXED, -1, 0);
	memset(base, 'A', 4 * page_size);
	watch_from(base, length);
	map_or_die(middle, page_size, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0);
	watch_show();
	tour_line("first letter of the four pages: %c %s %c %c", base[0],
		  middle[0] ? "A" : "(zero)", base[2 * page_size], base[3 * page_size]);
	tour_why("MAP_FIXED unmaps whatever is in the way, without a question: whoever owned it\n"
		 "finds other memory there.");
	tour_check(!middle[0], "the second page is new and zeroed; its A is lost");
	tour_check(base[0] == 'A' && base[2 * page_size] == 'A',
		   "the pages around it are as before");
	tour_check(maps_count(base, 4 * page_size) == 3, "one mapping became three");
}

static void step_noreplace(void)
{
	char *beside = base + 6 * page_size;
	void *taken, *free;
	int error;

	tour_step("MAP_FIXED_NOREPLACE",
		  "The same request with MAP_FIXED_NOREPLACE, over the old pages and beside them.");
	watch_from(base, length);
	taken = mmap(base, page_size, READ_WRITE, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	error = taken == MAP_FAILED ? errno : 0;
	free = mmap(beside, page_size, READ_WRITE, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	watch_show();
	tour_line("over the old pages:  %s", errno_text(error));
	tour_line("beside them:         %s",
		  free == beside ? "works" : "does not work");
	tour_why("This is MAP_FIXED for those who believe that a place is free: they learn if\n"
		 "they are wrong, and nothing is lost (Linux 4.17).");
	tour_check(error == EEXIST && base[0] == 'A',
		   "a taken place is EEXIST, and its bytes stay");
	tour_check(free == beside, "a free place is given, exactly");
}

static void step_unaligned(void)
{
	char *crooked = base + 100, *hint;
	void *fixed;
	int error;

	tour_step("Unaligned addresses",
		  "We ask for an address 100 bytes into a page: with MAP_FIXED, and as a hint.");
	munmap(base, length);
	fixed = mmap(crooked, page_size, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0);
	error = fixed == MAP_FAILED ? errno : 0;
	hint = map_or_die(crooked, page_size, PROT_READ, ANONYMOUS, -1, 0);
	tour_line("MAP_FIXED at %p:  %s", (void *)crooked, errno_text(error));
	tour_line("a hint at %p:     %p", (void *)crooked, (void *)hint);
	tour_why("Mappings are made of whole pages.");
	tour_check(error == EINVAL, "MAP_FIXED refuses it with EINVAL");
	tour_check((hint - base) % (long)page_size == 0, "a hint is moved to the edge of a page");
	munmap(hint, page_size);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "fixed",
		.title = "who chooses the address",
		.intro = "mmap takes an address. What it means depends on a flag.",
	};

	tour_begin(&about, argc, argv);
	length = 8 * page_size;
	base = free_range(length);
	step_hint();
	step_fixed();
	step_noreplace();
	step_unaligned();
	return tour_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The stack: it grows by being touched, never shrinks, and has its limits. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>

#include "lib/maps.h"
#include "lib/probe.h"
#include "lib/tour.h"
#include "lib/util.h"

#define GUARD_GAP_PAGES 256	/* stack_guard_gap, a boot parameter, by default */

static char *stack_start(void)
{
	static struct maps maps;
	char here;

	maps_read(&maps, 0, 0, -1ull);
	return (char *)(uintptr_t)maps_at(&maps, &here)->start;
}

static void step_grow(void)
{
	char *before = stack_start(), *after;
	long rss;

	tour_step("It grows when it is touched",
		  "A function with 1 MiB of local variables writes to all of them. Nobody calls\n"
		  "mmap.");
	watch_named("[stack]");
	touch_stack(MIB);
	watch_show();
	after = stack_start();
	tour_why("A touch just below the stack is a page fault like any other, and the kernel\n"
		 "answers it by moving the start of the mapping down.");
	tour_check(before - after > (long)(MIB / 2), "[stack] begins %s further down",
		   size_text(before - after));

	tour_step("It does not shrink", "The function has returned. We look again.");
	rss = smaps_kib(after, "Rss");
	watch_now("now");
	tour_line("still in memory: %ld KiB", rss);
	tour_why("The kernel sees touches, not returns; the pages stay for the next call.");
	tour_check(stack_start() == after, "[stack] begins where it began");
	tour_check(rss >= (long)(MIB / KIB), "and what was touched is still in memory");
}

static void step_limit(void)
{
	struct rlimit old, limit;
	static struct maps maps;
	char here, *bottom;
	int inside, outside;

	getrlimit(RLIMIT_STACK, &old);
	maps_read(&maps, 0, 0, -1ull);
	limit = old;
	limit.rlim_cur = 2 * MIB;
	bottom = (char *)(uintptr_t)(maps_at(&maps, &here)->end - limit.rlim_cur);
	tour_step("RLIMIT_STACK",
		  "We set the limit to 2 MiB, then touch the last page that it allows, and the\n"
		  "one below.");
	watch_named("[stack]");
	if (setrlimit(RLIMIT_STACK, &limit))
		tour_die("setrlimit");
	outside = probe_write(bottom - page_size, 1);
	inside = probe_write(bottom, 1);
	setrlimit(RLIMIT_STACK, &old);
	watch_show();
	tour_line("the last page inside the limit:  %s", probe_text(inside));
	tour_line("the page below:                  %s", probe_text(outside));
	tour_why("The limit is read when the stack grows. The kernel has no return value to\n"
		 "give there, so it sends SIGSEGV: this is what a runaway recursion dies of.");
	tour_check(!inside, "inside the limit the stack grows");
	tour_check(outside == SIGSEGV, "past it there is SIGSEGV");
}

static void step_guard_gap(void)
{
	size_t gap = GUARD_GAP_PAGES * page_size;
	char *wall = stack_start() - gap - 8 * page_size;
	int outside, inside;

	tour_step("The guard gap",
		  "We map a page %s below the stack, then let the stack grow towards it.",
		  size_text(gap + 8 * page_size));
	map_or_die(wall - page_size, page_size, READ_WRITE, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	watch_from(wall - page_size, 4 * gap);
	outside = probe_write(wall + gap - page_size, 1);
	inside = probe_write(wall + gap, 1);
	watch_show();
	tour_line("a touch %s above the page:   %s", size_text(gap), probe_text(inside));
	tour_line("a touch one page nearer:        %s", probe_text(outside));
	tour_why("The stack never comes nearer than %d pages to another mapping, so that a\n"
		 "large local array cannot step over the edge into foreign memory.",
		 GUARD_GAP_PAGES);
	tour_check(!inside, "up to the gap the stack grows");
	tour_check(outside == SIGSEGV,
		   "inside the gap there is SIGSEGV, though nothing is mapped there");
	munmap(wall - page_size, page_size);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "stack",
		.title = "a mapping that grows by itself",
		.intro = "The stack is one mapping below the top of the address space. It\n"
			 "starts small and grows downward.",
	};

	tour_begin(&about, argc, argv);
	step_grow();
	step_limit();
	step_guard_gap();
	return tour_end();
}

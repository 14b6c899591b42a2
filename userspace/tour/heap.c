// SPDX-License-Identifier: GPL-2.0-or-later
/* The heap: the program break, up and down, and what stops it. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/maps.h"
#include "lib/probe.h"
#include "lib/tour.h"
#include "lib/util.h"

#define GROW (256 * KIB)

static char *program_break(void)
{
	return sbrk(0);
}

/* The heap begins here; the tour returns to it at last. */
static char *start;

static void watch_heap(void)
{
	watch_from(start, 8 * MIB);
}

static void step_where(void)
{
	tour_step("Where it begins", "We ask for the program break, sbrk(0), and do nothing else.");
	tour_line("bss ends at         %p", (void *)&end);
	tour_line("the break is at     %p  (%s further up)", (void *)start,
		  size_text((uintptr_t)start - (uintptr_t)&end));
	tour_why("The heap follows the program's own data; the distance is random, new at each\n"
		 "start, so that its addresses cannot be guessed.");
	tour_check(start >= &end, "the break lies behind bss");
}

static void step_up(void)
{
	tour_step("Up",
		  "sbrk(%s) moves the break up; a mapping named [heap] appears.", size_text(GROW));
	watch_heap();
	if (sbrk(GROW) == (void *)-1)
		tour_die("sbrk");
	watch_show();
	tour_why("The heap is one mapping of zeroed memory that ends at the break.");
	tour_check(program_break() == start + GROW, "the break moved by exactly %s",
		   size_text(GROW));
	tour_check(smaps_kib(start, "Size") == GROW / KIB, "[heap] is %s long", size_text(GROW));
}

static void step_touched(void)
{
	static const char *const fields[] = { "Size", "Rss", NULL };
	long before = smaps_kib(start, "Rss"), after;

	tour_step("Memory comes with the first touch",
		  "We write one byte to each of the first 4 pages.");
	smaps_print("before", start, fields);
	touch_pages(start, 4 * page_size, 1);
	smaps_print("after", start, fields);
	after = smaps_kib(start, "Rss");
	tour_why("The break only says which addresses are allowed; a page is given when it is\n"
		 "touched (Rss is what is really in memory).");
	tour_check(after - before >= (long)(4 * page_size / KIB), "Rss grew by 4 pages");
}

static void step_down(void)
{
	int signal;

	tour_step("Down",
		  "sbrk(-%s) gives half of it back; a touch beyond the break is then an error.",
		  size_text(GROW / 2));
	watch_heap();
	sbrk(-(intptr_t)(GROW / 2));
	watch_show();
	signal = probe_write(start + GROW / 2 + page_size, 1);
	tour_line("a write one page behind the break: %s", probe_text(signal));
	tour_why("Moving the break down unmaps what lies behind it.");
	tour_check(smaps_kib(start, "Size") == GROW / 2 / KIB, "[heap] is half as long");
	tour_check(signal == SIGSEGV, "memory behind the break is gone");
}

static void step_limited(void)
{
	struct rlimit old, limit;
	char *before = program_break();
	void *grown, *mapped;
	int heap_error, map_error;

	getrlimit(RLIMIT_DATA, &old);
	limit = old;
	limit.rlim_cur = (rlim_t)status_kib(0, "VmData") * KIB + 64 * KIB;
	tour_step("RLIMIT_DATA",
		  "We set the limit to what we have and 64 KiB more, then ask for 1 MiB: first\n"
		  "by sbrk, then by mmap.");
	setrlimit(RLIMIT_DATA, &limit);
	grown = sbrk(MIB);
	heap_error = grown == (void *)-1 ? errno : 0;
	mapped = mmap(NULL, MIB, READ_WRITE, ANONYMOUS, -1, 0);
	map_error = mapped == MAP_FAILED ? errno : 0;
	setrlimit(RLIMIT_DATA, &old);
	tour_line("sbrk(1 MiB):                    %s", errno_text(heap_error));
	tour_line("mmap(1 MiB, private, writable): %s", errno_text(map_error));
	tour_why("Once the limit meant only the heap; since Linux 4.7 it counts all private\n"
		 "writable memory, or mmap would be the way around it.");
	tour_check(heap_error == ENOMEM && program_break() == before,
		   "sbrk fails with ENOMEM and the break stays");
	tour_check(map_error == ENOMEM, "so does mmap");
}

static void step_in_the_way(void)
{
	char *stone = (char *)(((uintptr_t)program_break() + MIB) & -page_size);
	char *before = program_break();
	int error;

	tour_step("A mapping in the way",
		  "One page is mapped 1 MiB above the break; then sbrk(2 MiB) must fail,\n"
		  "although memory is free.");
	watch_heap();
	map_or_die(stone, page_size, PROT_READ, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	error = sbrk(2 * MIB) == (void *)-1 ? errno : 0;
	watch_show();
	tour_line("sbrk(2 MiB): %s", errno_text(error));
	tour_why("The heap is one piece and cannot jump over another mapping; that is why\n"
		 "malloc falls back to mmap.");
	tour_check(error == ENOMEM && program_break() == before,
		   "sbrk fails with ENOMEM and the break stays");
	munmap(stone, page_size);
	error = sbrk(2 * MIB) == (void *)-1 ? errno : 0;
	tour_check(!error, "with the page gone the same sbrk works");
}

static void step_back(void)
{
	tour_step("Back to the start",
		  "brk(the first break) returns everything; the mapping goes.");
	watch_heap();
	if (brk(start))
		tour_die("brk");
	watch_show();
	tour_why("A heap of length zero is no mapping at all.");
	tour_check(maps_count(start, 8 * MIB) == 0, "[heap] is gone");
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "heap",
		.title = "the program break goes up and down",
		.intro = "Behind the program's data lies its heap. One number describes it: the\n"
			 "program break, its end. brk sets it, sbrk moves it.",
	};

	tour_begin(&about, argc, argv);
	start = program_break();
	step_where();
	step_up();
	step_touched();
	step_down();
	step_limited();
	step_in_the_way();
	step_back();
	return tour_end();
}

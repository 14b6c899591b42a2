// SPDX-License-Identifier: GPL-2.0-or-later
/* The address space of a live process, drawn as textbooks draw it. */
#include <errno.h>
#include <string.h>
#include <sys/personality.h>

#include "lib/lines.h"
#include "lib/look.h"
#include "lib/tour.h"

#define RUNS 3
#define GIB (1024ull * MIB)

/* Built at fixed addresses, as textbooks assume; at any (PIE); for 32 bits. */
#define FIXED "layout-probe-fixed"
#define PIE "layout-probe"
#define SMALL "layout-probe-32"

static struct look looks[RUNS];

static void look_or_die(struct look *look, const char *name)
{
	errno = -look_at(look, name, 0);
	if (errno)
		tour_die("start %s", name);
}

static bool ascending(const struct look *look, const enum place *order, int count)
{
	for (int i = 1; i < count; i++)
		if (look->place[order[i - 1]] >= look->place[order[i]])
			return false;
	return true;
}

static void step_draw(void)
{
	static const enum place from_below[] = { TEXT, DATA, BSS, HEAP, SECOND, FIRST, STACK };
	struct look *modern = &looks[0], *classic = &looks[1];
	bool have_classic;

	tour_step("A process from top to bottom",
		  "We start a small program, and draw what /proc/PID/maps says about it. Boxes\n"
		  "are mapped, what stands between colons is a gap. Beside it the same program\n"
		  "with the classic layout (personality ADDR_COMPAT_LAYOUT).");
	look_or_die(modern, FIXED);
	have_classic = !look_at(classic, FIXED, ADDR_COMPAT_LAYOUT);
	look_draw("modern", modern, "classic", have_classic ? classic : NULL);
	tour_say("(vdso: functions that the kernel lends to every process. ld-linux: the\n"
		 "dynamic linker. Mappings 1 and 2 are what the program asked of mmap, in this\n"
		 "order.)");
	tour_why("Both have the program at the bottom, its heap growing up, and the stack at\n"
		 "the top, growing down. The classic layout begins mappings at a third of the\n"
		 "way and goes up; so heap and mappings had to share what lay between. The\n"
		 "modern one begins below the stack and goes down.");
	tour_check(ascending(modern, from_below, ARRAY_SIZE(from_below)),
		   "modern, from below: text, data, bss, heap, mapping 2, mapping 1, stack");
	if (!have_classic) {
		tour_leave_out("The classic layout",
			       "personality(ADDR_COMPAT_LAYOUT) is refused here, perhaps by a\n"
			       "container; run it outside");
		return;
	}
	tour_check(classic->place[FIRST] < classic->place[SECOND],
		   "classic: the second mapping lies above the first");
	tour_check(classic->place[FIRST] < classic->place[STACK] / 2,
		   "classic: mappings begin in the lower half");
	tour_check(modern->place[FIRST] > modern->place[STACK] / 2,
		   "modern: mappings begin in the upper half");
}

static bool all_differ(const struct look *look, enum place place)
{
	return look[0].place[place] != look[1].place[place] &&
	       look[1].place[place] != look[2].place[place] &&
	       look[0].place[place] != look[2].place[place];
}

static void print_row(const char *what, enum place place)
{
	tour_line("%-14s %12llx  %12llx  %12llx  %s", what,
		  looks[0].place[place], looks[1].place[place], looks[2].place[place],
		  all_differ(looks, place) ? "random" :
		  looks[0].place[place] == looks[1].place[place] ? "the same" : "partly");
}

static void run_three_times(const char *name)
{
	for (int run = 0; run < RUNS; run++)
		look_or_die(&looks[run], name);
}

static void step_random(void)
{
	long randomize = lines_long("/proc/sys/kernel/randomize_va_space");
	bool fixed;

	tour_step("What is random",
		  "The same program is started three times; then a build of it that may lie\n"
		  "anywhere (PIE), three times.");
	tour_line("%-14s %12s  %12s  %12s", "address of", "first run", "second run", "third run");
	run_three_times(FIXED);
	print_row("text", TEXT);
	print_row("heap", HEAP);
	fixed = looks[0].place[TEXT] == looks[1].place[TEXT] &&
		looks[1].place[TEXT] == looks[2].place[TEXT];
	run_three_times(PIE);
	print_row("text, PIE", TEXT);
	print_row("heap, PIE", HEAP);
	print_row("mapping 1", FIRST);
	print_row("libc", LIBC);
	print_row("vdso", VDSO);
	print_row("stack", STACK);
	tour_why("An attacker must know where things are. Only what the linker fixed stays in\n"
		 "place, which is why distributions build everything as PIE.");
	tour_check(fixed, "text that is linked to an address is always there");
	if (randomize < 2) {
		tour_leave_out("What is random",
			       "kernel.randomize_va_space is %ld here, not 2", randomize);
		return;
	}
	tour_check(all_differ(looks, TEXT) && all_differ(looks, HEAP),
		   "PIE: text and heap are elsewhere each time");
	tour_check(all_differ(looks, FIRST) && all_differ(looks, LIBC) && all_differ(looks, STACK),
		   "so are mappings, libraries and the stack");
}

static void step_small(void)
{
	struct look *four = &looks[0], *three = &looks[1];
	int error = look_at(four, SMALL, 0), three_error;

	if (error) {
		tour_leave_out("A 32-bit process", "%s", error == -ENOENT ?
			       "it was built without a 32-bit compiler (install\n"
			       "gcc-i686-linux-gnu, make again)" :
			       "this kernel runs no 32-bit programs (CONFIG_IA32_EMULATION)");
		return;
	}
	tour_step("A 32-bit process",
		  "The same, built for 32 bits: on this kernel, and as on a 32-bit kernel\n"
		  "(personality ADDR_LIMIT_3GB).");
	three_error = look_at(three, SMALL, ADDR_LIMIT_3GB);
	look_draw("4 GiB", four, "3 GiB of 4", three_error ? NULL : three);
	tour_why("32 bits can name 4 GiB. A 32-bit kernel keeps the upper one for itself and\n"
		 "leaves 3 to the process; a 64-bit kernel lies elsewhere, so the process may\n"
		 "have nearly all 4.");
	tour_check(four->place[STACK] > 3 * GIB,
		   "under a 64-bit kernel the stack lies above 3 GiB");
	if (three_error)
		tour_leave_out("3 GiB of 4",
			       "personality(ADDR_LIMIT_3GB) is refused here, perhaps by a\n"
			       "container");
	else
		tour_check(three->place[STACK] < 3 * GIB, "with ADDR_LIMIT_3GB it lies below");
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "layout",
		.title = "the address space, drawn from life",
		.intro = "Each process has its own addresses, from 0 to far more than there is\n"
			 "memory. Nearly all of it is a gap.",
	};

	tour_begin(&about, argc, argv);
	step_draw();
	step_random();
	step_small();
	return tour_end();
}

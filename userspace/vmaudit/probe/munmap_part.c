// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

enum { FIRST, MIDDLE, LAST };

/*
 * Each page is marked, so that one in another's place is seen, and not yet accessed where
 * the hole is made: the faults that come then are of VMAs that were split.
 */
static void run(struct audit *audit)
{
	char *marked = map_subject(audit), *at;
	size_t length = audit->subject->length, unit = unit_of(audit, marked, 2);
	size_t parts = length / unit;
	size_t hole = audit->probe->value == FIRST ? 0 :
		      audit->probe->value == LAST ? parts - 1 : parts / 2;

	mark(audit, marked);
	at = map_again(audit, marked);
	step(audit, "munmap of part %zu of %zu", hole, parts);
	if (munmap(at + hole * unit, unit))
		refused(audit, "munmap of part %zu of %zu", hole, parts);
	if (vt_read(at + hole * unit) >= 0)
		defect(audit, "part %zu is still there", hole);
	must_hold(audit, at, 0, hole * unit, "after a later one was unmapped");
	must_hold(audit, at, (hole + 1) * unit, length - (hole + 1) * unit,
		  "after an earlier one was unmapped");
	works(audit, "part %zu of %zu went, the others hold what they held", hole, parts);
}

#define MUNMAP(which, place, needed) {						\
	.name = "munmap-" which,						\
	.asks = "can the " which " page be unmapped, and do the others stay right?",	\
	.rule = "what is unmapped is gone, what is left is as it was",		\
	.change = "use vmf->pgoff in ->fault, not the distance from vm_start; count in ->open "	\
		  "and ->close",							\
	.why = "a split VMA has another vm_start: who counts from it maps the wrong page",	\
	.needs = NEEDS_PARTS | (needed),					\
	.value = (place),							\
	.run = run,								\
}

const struct probe probe_munmap_first = MUNMAP("first", FIRST, NEEDS_TWO);
const struct probe probe_munmap_middle = MUNMAP("middle", MIDDLE, NEEDS_THREE);
const struct probe probe_munmap_last = MUNMAP("last", LAST, NEEDS_TWO);

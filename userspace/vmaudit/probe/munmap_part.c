// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

enum { FIRST, MIDDLE, LAST };

/* What is left holds what it held. */
static void run(struct audit *audit)
{
	size_t length = audit->subject->length, hole = 0, unit;
	char *at = map_subject(audit);

	unit = unit_of(audit, at, audit->probe->value == MIDDLE ? 3 : 2);
	if (audit->probe->value == MIDDLE)
		hole = length / unit / 2 * unit;
	if (audit->probe->value == LAST)
		hole = length - unit;
	mark(audit, at);
	at = map_again(audit, at);
	step(audit, "munmap of a page");
	if (munmap(at + hole, unit))
		refused(audit, "munmap of page %zu of %zu", hole / unit, length / unit);
	if (vt_read(at + hole) >= 0)
		defect(audit, "page %zu is still there", hole / unit);
	must_hold(audit, at, 0, hole, "before the hole");
	must_hold(audit, at, hole + unit, length - hole - unit, "after the hole");
	if (vt_read(at + hole) >= 0)
		defect(audit, "page %zu is there again, since those beside it were accessed",
		       hole / unit);
	works(audit, "page %zu of %zu went, the others hold what they held", hole / unit,
	      length / unit);
}

#define MUNMAP(which, place, needed) {						\
	.name = "munmap-" which,						\
	.asks = "can the " which " page be unmapped, and do the others stay right?",	\
	.rule = "what is unmapped is gone, what is left is as it was",		\
	.change = "use vmf->pgoff in ->fault, not the distance from vm_start; count in ->open "	\
		  "and ->close",							\
	.why = "a split VMA has another vm_start: who counts from it maps the wrong page",	\
	.needs = NEEDS_PARTS | (needed),						\
	.value = (place),							\
	.run = run,								\
}

const struct probe probe_munmap_first = MUNMAP("first", FIRST, NEEDS_TWO);
const struct probe probe_munmap_middle = MUNMAP("middle", MIDDLE, NEEDS_THREE);
const struct probe probe_munmap_last = MUNMAP("last", LAST, NEEDS_TWO);

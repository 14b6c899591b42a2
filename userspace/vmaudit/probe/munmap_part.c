// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

enum { FIRST, MIDDLE, LAST };

/*
 * Each page is marked, so that one in another's place is seen, and not yet accessed where
 * the hole is made: the faults that come then are of VMAs that were split.
 */
static void run(struct audit *audit)
{
	size_t page = page_size(), pages = audit->subject->length / page;
	size_t hole = audit->probe->value == FIRST ? 0 :
		      audit->probe->value == LAST ? pages - 1 : pages / 2;
	const struct marks *marks = mark_pages(audit);
	char *at = marks->at;

	step(audit, "munmap of page %zu", hole);
	if (munmap(at + hole * page, page))
		refused(audit, "munmap of page %zu of %zu", hole, pages);
	if (vt_read(at + hole * page) >= 0)
		defect(audit, "page %zu is still there", hole);
	for (size_t i = 0; i < pages; i++)
		if (i != hole)
			check_mark(audit, marks, at, i);
	works(audit, "page %zu of %zu went, the others hold what they held", hole, pages);
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

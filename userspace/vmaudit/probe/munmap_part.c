// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

enum { FIRST, MIDDLE, LAST };

/* The neighbours of the hole hold what they held. */
static void run(struct audit *audit)
{
	size_t page = page_size(), pages = audit->subject->length / page;
	size_t hole = audit->probe->value == FIRST ? 0 :
		      audit->probe->value == LAST ? pages - 1 : pages / 2;
	char *at = map_subject(audit);
	int before[2] = { -1, -1 };

	if (hole)
		before[0] = must_read(audit, at + (hole - 1) * page, "the page before it");
	if (hole + 1 < pages)
		before[1] = must_read(audit, at + (hole + 1) * page, "the page after it");
	step(audit, "munmap of a page");
	if (munmap(at + hole * page, page))
		refused(audit, "munmap of page %zu of %zu", hole, pages);
	if (vt_read(at + hole * page) >= 0)
		defect(audit, "page %zu is still there", hole);
	for (int i = 0; i < 2; i++) {
		int byte;

		if (before[i] < 0)
			continue;
		byte = must_read(audit, at + (i ? hole + 1 : hole - 1) * page, "a page that is left");
		if (byte != before[i] && !(audit->subject->traits & (TRAIT_REGISTERS | TRAIT_RING)))
			defect(audit, "a page that is left changed from %#x to %#x", before[i], byte);
	}
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

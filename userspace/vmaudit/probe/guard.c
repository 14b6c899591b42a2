// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL	102
#define MADV_GUARD_REMOVE	103
#endif

static void run(struct audit *audit)
{
	size_t page = page_size(), middle = audit->subject->length / page / 2 * page;
	char *at = map_subject(audit);
	int before[3], now[3], guarded;

	/* A private page begins anew after its guard. */
	if ((audit->subject->flags & MAP_TYPE) == MAP_SHARED)
		take_sample(audit, at + middle);
	for (int i = 0; i < 3; i++)
		before[i] = must_read(audit, at + middle + (i - 1) * (ssize_t)page, "a page");
	step(audit, "MADV_GUARD_INSTALL");
	if (madvise(at + middle, page, MADV_GUARD_INSTALL))
		refused(audit, "MADV_GUARD_INSTALL");
	guarded = vt_read(at + middle);
	if (guarded >= 0)
		silent(audit, "MADV_GUARD_INSTALL: success, and the page is still there");
	if (guarded != -SIGSEGV)
		late(audit, -guarded, "a read of a guard page, where SIGSEGV is promised");
	step(audit, "MADV_GUARD_REMOVE");
	if (madvise(at + middle, page, MADV_GUARD_REMOVE))
		refused(audit, "MADV_GUARD_INSTALL was not, MADV_GUARD_REMOVE");
	for (int i = 0; i < 3; i++) {
		now[i] = must_read(audit, at + middle + (i - 1) * (ssize_t)page,
				   "a page after its guard went");
		if (now[i] != before[i])
			defect(audit, "%s changed from %#x to %#x", i == 1 ? "the guarded page" :
			       "a neighbour", (unsigned int)before[i], (unsigned int)now[i]);
	}
	works(audit, "SIGSEGV in the middle page, and its bytes are back afterwards");
}

const struct probe probe_guard = {
	.name = "guard",
	.asks = "does MADV_GUARD_INSTALL guard a page, and MADV_GUARD_REMOVE bring it back?",
	.rule = "a guard page is SIGSEGV, its neighbours and the object keep their bytes",
	.change = "have ->fault find the page again by vmf->pgoff after its entry was dropped",
	.why = "allocators and stacks guard by it; file mappings since 6.15, anonymous since 6.13",
	.needs = NEEDS_MEMORY | NEEDS_THREE,
	.run = run,
};

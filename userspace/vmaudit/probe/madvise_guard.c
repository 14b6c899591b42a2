// SPDX-License-Identifier: GPL-2.0-or-later
#include "madvise.h"

static void run(struct audit *audit)
{
	size_t length = audit->subject->length, unit, middle;
	char *at = map_subject(audit);
	int byte = 0;

	unit = unit_of(audit, at, 3);
	middle = length / unit / 2 * unit;
	mark(audit, at);
	at = map_again(audit, at);
	step(audit, "madvise with MADV_GUARD_INSTALL");
	if (madvise(at + middle, unit, MADV_GUARD_INSTALL))
		refused(audit, "MADV_GUARD_INSTALL");
	must_hold(audit, at, 0, middle, "beside a guard");
	must_hold(audit, at, middle + unit, length - middle - unit, "beside a guard");
	if (vt_read(at + middle) >= 0)
		silent(audit, "the guarded page can be read");
	if (audit->probe->value == MADV_GUARD_INSTALL)
		works(audit, "the guarded page cannot be read, the others hold what they held");
	step(audit, "madvise with MADV_GUARD_REMOVE");
	if (madvise(at + middle, unit, MADV_GUARD_REMOVE))
		refused(audit, "MADV_GUARD_REMOVE");
	must_read(audit, at + middle, "the page whose guard was removed");
	if (changed_page(at, middle, unit, &byte) != NO_PAGE &&
	    wrong_page(at, middle, unit, NULL) != NO_PAGE)
		defect(audit, "the page whose guard was removed begins with %#x", byte);
	works(audit, "the guard went, and the page can be read");
}

#define GUARD(word, advice, question) {							\
	MADVISE(word, advice, question),						\
	.why = "since 6.13, of files since 6.15: guards without a VMA of their own",	\
	.needs = NEEDS_THREE | NEEDS_PARTS | NEEDS_MEMORY,				\
	.run = run,									\
}

const struct probe probe_madvise_guard_install = GUARD("guard-install", MADV_GUARD_INSTALL,
	"can a page be made a guard?");
const struct probe probe_madvise_guard_remove = GUARD("guard-remove", MADV_GUARD_REMOVE,
	"does a guard go, and the page come back?");

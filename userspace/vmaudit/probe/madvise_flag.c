// SPDX-License-Identifier: GPL-2.0-or-later
#include "madvise.h"

#define NONE (-1)

/* Advice that smaps shows: @first is what it takes back, if it does. */
static const struct advice {
	int advice;
	int first;
	const char *flag;
} advices[] = {
	{ MADV_NORMAL, MADV_RANDOM, "rr" },
	{ MADV_RANDOM, NONE, "rr" },
	{ MADV_SEQUENTIAL, NONE, "sr" },
	{ MADV_MERGEABLE, NONE, "mg" },
	{ MADV_UNMERGEABLE, MADV_MERGEABLE, "mg" },
	{ MADV_HUGEPAGE, NONE, "hg" },
	{ MADV_NOHUGEPAGE, NONE, "nh" },
	{ MADV_DONTDUMP, NONE, "dd" },
	{ MADV_DODUMP, MADV_DONTDUMP, "dd" },
};

static void run(struct audit *audit)
{
	size_t length = audit->subject->length, i = 0;
	char *at = map_subject(audit), flags[256];
	const struct advice *advice;
	bool sets, was;

	while (advices[i].advice != audit->probe->value)
		i++;
	advice = &advices[i];
	sets = advice->first == NONE;
	mark(audit, at);
	if (!sets)
		madvise(at, length, advice->first);
	was = vt_has_flag(at, advice->flag);
	step(audit, "madvise");
	if (madvise(at, length, advice->advice))
		refused(audit, "%s", audit->probe->name);
	must_hold(audit, at, 0, length, "after madvise");
	if (vt_smaps_flags(at, flags, sizeof(flags)))
		note(audit, "all pages hold what they held; there is no smaps to tell more");
	if (!sets && !was)
		note(audit, "all pages hold what they held; there was no '%s' to take back",
		     advice->flag);
	if (vt_has_flag(at, advice->flag) != sets)
		silent(audit, "'%s' in VmFlags is as it was: %s", advice->flag, flags);
	works(audit, "'%s' %s VmFlags, and all pages hold what they held", advice->flag,
	      sets ? "is in" : "is gone from");
}

#define FLAG(word, advice, question, because) {						\
	MADVISE(word, advice, question),						\
	.why = because,									\
	.needs = NEEDS_MEMORY,								\
	.run = run,									\
}

#define DUMP "a core dump that reads registers may hang a machine; one that leaves out data misleads"
#define MERGE "pages that are the same in many machines are kept once; special mappings are passed over"
#define HUGE "a huge page saves faults; on special mappings the advice is ignored"

const struct probe probe_madvise_normal = FLAG("normal", MADV_NORMAL,
	"is MADV_RANDOM taken back by MADV_NORMAL?", "it is what others are taken back by");
const struct probe probe_madvise_random = FLAG("random", MADV_RANDOM,
	"does MADV_RANDOM arrive?", "it turns off reading ahead and around a fault");
const struct probe probe_madvise_sequential = FLAG("sequential", MADV_SEQUENTIAL,
	"does MADV_SEQUENTIAL arrive?", "it makes the kernel read further ahead");
const struct probe probe_madvise_mergeable = FLAG("mergeable", MADV_MERGEABLE,
	"can same pages be merged (KSM)?", MERGE);
const struct probe probe_madvise_unmergeable = FLAG("unmergeable", MADV_UNMERGEABLE,
	"is MADV_MERGEABLE taken back?", MERGE);
const struct probe probe_madvise_hugepage = FLAG("hugepage", MADV_HUGEPAGE,
	"does it take the advice to use huge pages?", HUGE);
const struct probe probe_madvise_nohugepage = FLAG("nohugepage", MADV_NOHUGEPAGE,
	"does it take the advice to use no huge pages?", HUGE);
const struct probe probe_madvise_dontdump = FLAG("dontdump", MADV_DONTDUMP,
	"can it be left out of core dumps?", DUMP);
const struct probe probe_madvise_dodump = FLAG("dodump", MADV_DODUMP,
	"can it be taken into core dumps again?", DUMP);

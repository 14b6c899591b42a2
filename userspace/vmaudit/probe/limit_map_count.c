// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static long most_mappings(void)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
	long most = -1;

	if (file && fscanf(file, "%ld", &most) != 1)
		most = -1;
	if (file)
		fclose(file);
	return most;
}

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at = map_subject(audit);
	size_t unit = unit_of(audit, at, 3);
	int split, whole;

	step(audit, "mprotect of the middle");
	if (mprotect(at + unit, unit, PROT_NONE))
		not_applicable(audit, "it cannot be split: %s", strerror(errno));
	split = vt_vmas_in(at, subject->length);
	if (mprotect(at + unit, unit, subject->prot))
		not_applicable(audit, "it cannot be made whole: %s", strerror(errno));
	whole = vt_vmas_in(at, subject->length);
	note(audit, "%d mapping(s) split, %d when whole again, of max_map_count %ld", split, whole,
	     most_mappings());
}

const struct probe probe_limit_map_count = {
	.name = "limit-map-count",
	.asks = "how many mappings of the limit does it take after it was split and made whole?",
	.why = "what never merges again runs a long-lived process into max_map_count: ENOMEM",
	.needs = NEEDS_THREE | NEEDS_PARTS,
	.run = run,
};

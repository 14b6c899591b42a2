// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#define MOST (4u << 20)

static void run(struct audit *audit)
{
	static const char *const keys[] = {
		"AnonHugePages", "ShmemPmdMapped", "FilePmdMapped", "Shared_Hugetlb",
		"Private_Hugetlb",
	};
	size_t length = audit->subject->length < MOST ? audit->subject->length : MOST;
	char *at = map_subject(audit);

	step(audit, "a read of each page");
	for (size_t i = 0; i < length; i += page_size())
		must_read(audit, at + i, "a page");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		long kb = vt_smaps_kb(at, keys[i]);

		if (kb > 0)
			note(audit, "%s: %ld kB", keys[i], kb);
	}
	if (vt_has_flag(at, "pf"))
		note(audit, "smaps does not look into pf, VM_PFNMAP");
	note(audit, "no entry is larger than a page");
}

const struct probe probe_thp = {
	.name = "thp",
	.asks = "is it mapped by entries larger than a page?",
	.why = "that takes a length and an alignment of 2 MiB, and ->huge_fault or large folios",
	.needs = NEEDS_MEMORY,
	.run = run,
};

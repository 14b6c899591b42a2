// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static void run(struct audit *audit)
{
	char *at = map_subject(audit);
	unsigned char resident = 0;

	must_read(audit, at, "the mapping");
	step(audit, "mincore");
	if (mincore(at, page_size(), &resident))
		refused(audit, "mincore");
	if (!(resident & 1))
		note(audit, "a page that was read is not resident%s",
		     vt_has_flag(at, "pf") ? ": pf, VM_PFNMAP" : "");
	works(audit, "a page that was read is resident");
}

const struct probe probe_mincore = {
	.name = "mincore",
	.asks = "is a page that was touched resident?",
	.why = "it looks into the page cache, and of VM_PFNMAP it says no",
	.needs = NEEDS_MEMORY,
	.run = run,
};

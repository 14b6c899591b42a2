// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static long committed_kb(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kb = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Committed_AS: %ld", &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb;
}

static void run(struct audit *audit)
{
	size_t length = audit->subject->length;
	long before = committed_kb(), after;
	char *at = map_subject(audit);

	after = committed_kb();
	step(audit, "an access to each page");
	faults_of(at, length, audit->subject->prot & PROT_WRITE);
	note(audit, "of %zu kB Rss has %ld, Pss %ld, Committed_AS grew by %ld", length >> 10,
	     vt_smaps_kb(at, "Rss"), vt_smaps_kb(at, "Pss"), after - before);
}

const struct probe probe_accounting = {
	.name = "accounting",
	.asks = "in whose figures does it appear?",
	.why = "what is in no one's Rss is found by nobody when memory is short",
	.needs = NEEDS_MEMORY,
	.run = run,
};

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

/* What this process' cgroup is charged with; -1: it is in none, or in the one of all. */
static long charged_kb(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[256], path[320] = "";
	long long bytes;
	bool known;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "0::", 3))
			snprintf(path, sizeof(path), "/sys/fs/cgroup%.*s/memory.current",
				 (int)strcspn(line + 3, "\n"), line + 3);
	if (file)
		fclose(file);
	file = fopen(path, "re");
	known = file && fscanf(file, "%lld", &bytes) == 1;
	if (file)
		fclose(file);
	return known ? (long)(bytes >> 10) : -1;
}

static void run(struct audit *audit)
{
	size_t length = audit->subject->length;
	long committed = committed_kb(), charged = charged_kb();
	char *at = map_subject(audit), cgroup[64] = "";

	committed = committed_kb() - committed;
	step(audit, "an access to each page");
	faults_of(at, length, audit->subject->prot & PROT_WRITE);
	if (charged >= 0)
		snprintf(cgroup, sizeof(cgroup), ", its cgroup is charged with %ld more",
			 charged_kb() - charged);
	note(audit, "of %zu kB Rss has %ld, Pss %ld, Committed_AS grew by %ld%s", length >> 10,
	     vt_smaps_kb(at, "Rss"), vt_smaps_kb(at, "Pss"), committed, cgroup);
}

const struct probe probe_accounting = {
	.name = "accounting",
	.asks = "in whose figures does it appear?",
	.why = "what is in no one's Rss is found by nobody when memory is short",
	.needs = NEEDS_MEMORY,
	.run = run,
};

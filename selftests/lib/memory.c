// SPDX-License-Identifier: GPL-2.0-or-later
/* How much memory is in use */
#include <stdio.h>
#include <string.h>

#include "vt.h"

long vt_meminfo_kb(const char *key)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char name[64];
	long kb, found = -1;

	while (f && found < 0 && fscanf(f, " %63[^:]: %ld%*[^\n]", name, &kb) == 2)
		if (!strcmp(name, key))
			found = kb;
	if (f)
		fclose(f);
	return found;
}

/* Since 6.7 that is up to an eighth of memory, where many pages are freed. */
static long cpus_have_kb(void)
{
	FILE *f = fopen("/proc/zoneinfo", "re");
	long pages = 0, count;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " count: %ld", &count) == 1)
			pages += count;
	if (f)
		fclose(f);
	return pages * (long)(vt_page() / 1024);
}

long vt_used_kb(void)
{
	return vt_meminfo_kb("MemTotal") - vt_meminfo_kb("MemFree") - cpus_have_kb();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory that nothing points to any more, where the kernel has kmemleak. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"

/* What is younger than this is not looked at. */
#define YOUNG_SECONDS	5

static bool scan(void)
{
	int fd = open(KMEMLEAK, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, "scan", 4) == 4;

	if (fd >= 0)
		close(fd);
	return done;
}

bool leaks_watched(void)
{
	return !access(KMEMLEAK, W_OK);
}

/**
 * leaks_found - look for leaks, and print them
 *
 * Return: whether there is one that was not there at the last call.
 */
bool leaks_found(void)
{
	bool found = false;
	char line[512];
	FILE *leaks;

	sleep(YOUNG_SECONDS + 1);
	/* An object is reported when two scans in a row miss it. */
	if (!scan() || !scan())
		return false;
	leaks = fopen(KMEMLEAK, "re");
	while (leaks && fgets(line, sizeof(line), leaks)) {
		found = true;
		printf("# leak: %s", line);
	}
	if (leaks)
		fclose(leaks);
	return found;
}

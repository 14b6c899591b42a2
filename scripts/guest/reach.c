// SPDX-License-Identifier: GPL-2.0-or-later
/* What of the module has run, if it is one that scripts/mutate built to tell. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "guest.h"

#define REACHED		"/sys/module/" MODULE_NAME "/parameters/reached"

/**
 * reach_print - print what has run since the last call, and is not asked again
 * @when: how the lines begin
 */
void reach_print(const char *when)
{
	char text[4096];
	ssize_t got;

	do {
		int fd = open(REACHED, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return;
		got = read(fd, text, sizeof(text));
		close(fd);
		if (got > 0)
			printf("# %s: %.*s\n", when, (int)got, text);
	} while (got > 0);
}

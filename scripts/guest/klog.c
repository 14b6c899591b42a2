// SPDX-License-Identifier: GPL-2.0-or-later
/* Watch the kernel log for what no healthy kernel says. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "splat.h"

/* What a machine that is slow says of itself, whatever runs on it. */
static const char noise[] =
	"^(clocksource|hrtimer|perf|random|sched|tsc|workqueue)[: ]";

static char collected[1 << 16];
static size_t used;

/* The first splat in it, and the first message that is not noise. */
static char splat[256], word[256];

static void collect(const char *message, size_t len)
{
	if (used + len + 2 > sizeof(collected))
		return;
	memcpy(collected + used, message, len);
	used += len;
	collected[used++] = '\n';
	collected[used] = '\0';
}

static void keep_first(char *kept, size_t room, const char *message)
{
	if (!*kept)
		snprintf(kept, room, "%s", message);
}

/*
 * KCSAN finds races in the kernel's own code, too. The title of a report names the
 * two functions, and their modules; the report goes on to a line of '='.
 */
static bool is_others_race(const char *message)
{
	static bool inside;

	if (!strncmp(message, "BUG: KCSAN:", strlen("BUG: KCSAN:")))
		inside = !strstr(message, "[" MODULE_NAME "]");
	else if (*message == '=')
		inside = false;
	return inside;
}

/**
 * klog_collect - take what the kernel has logged since the last call
 *
 * Return: the first splat in it, or NULL.
 */
const char *klog_collect(void)
{
	static regex_t bad, idle;
	static int fd = -1;
	char record[8192];
	ssize_t got;

	if (fd < 0) {
		fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 || regcomp(&bad, KERNEL_SPLAT, REG_EXTENDED | REG_NOSUB) ||
		    regcomp(&idle, noise, REG_EXTENDED | REG_NOSUB)) {
			return "its log cannot be watched";
		}
	}

	used = 0;
	collected[0] = '\0';
	splat[0] = '\0';
	word[0] = '\0';
	/* One read is one record; EPIPE: the log was faster, go on with its oldest. */
	while ((got = read(fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		char *message;

		if (got <= 0)
			continue;
		record[got] = '\0';
		message = strchr(record, ';');
		/* What programs write into it has a facility above the kernel's. */
		if (!message || atoi(record) > 7)
			continue;
		message++;
		message[strcspn(message, "\n")] = '\0';
		if (is_others_race(message))
			continue;
		collect(message, strlen(message));
		if (!regexec(&bad, message, 0, NULL, 0))
			keep_first(splat, sizeof(splat), message);
		if (regexec(&idle, message, 0, NULL, 0))
			keep_first(word, sizeof(word), message);
	}
	return *splat ? splat : NULL;
}

/* klog_spoke - the first message of all that klog_collect() took, or NULL */
const char *klog_spoke(void)
{
	return *word ? word : NULL;
}

/* klog_print - show what klog_collect() took */
void klog_print(void)
{
	for (char *line = strtok(collected, "\n"); line; line = strtok(NULL, "\n"))
		printf("# kernel: %s\n", line);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failnth.h"

#define DEBUGFS "/sys/kernel/debug/"

static const char *const injectors[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
#define NR_INJECTORS (sizeof(injectors) / sizeof(injectors[0]))

static int fail_fd = -1;

static bool set(const char *injector, const char *knob, const char *value)
{
	char path[128];
	bool done;
	int fd;

	snprintf(path, sizeof(path), DEBUGFS "%s/%s", injector, knob);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	close(fd);
	return done;
}

const char *failnth_setup(void)
{
	fail_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_fd < 0)
		return "no fail-nth in this kernel";
	for (size_t i = 0; i < NR_INJECTORS; i++)
		if (!set(injectors[i], "verbose", "0"))
			return "no fault injection through debugfs in this kernel";
	/* By default whatever may sleep is spared. */
	set("failslab", "ignore-gfp-wait", "N");
	set("fail_page_alloc", "ignore-gfp-wait", "N");
	set("fail_page_alloc", "ignore-gfp-highmem", "N");
	return NULL;
}

/* The first number in a file; 0 if there is none. */
static unsigned long number_in(const char *name, const char *file)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/module/%s/%s", name, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoul(text, NULL, 0);
}

/* From @symbol to the next one above it. */
static bool range_of_symbol(const char *symbol, unsigned long *start, unsigned long *end)
{
	char line[512], name[256];
	unsigned long addr;
	FILE *f;

	*start = 0;
	*end = -1ul;
	f = fopen("/proc/kallsyms", "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx %*c %255s", &addr, name) == 2 && !strcmp(name, symbol))
			*start = addr;
	rewind(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx", &addr) == 1 && addr > *start && addr < *end)
			*end = addr;
	fclose(f);
	return *start;
}

bool failnth_sites(bool pages, const char *symbol)
{
	unsigned long start = 0, end = -1ul;
	char from[32], to[32];

	/* An order that nobody asks for: none. */
	set("fail_page_alloc", "min-order", pages ? "0" : "99");
	if (symbol) {
		start = number_in(symbol, "sections/.text");
		end = start + number_in(symbol, "coresize");
		if (!start && !range_of_symbol(symbol, &start, &end))
			return false;
	}
	snprintf(from, sizeof(from), "0x%lx", start);
	snprintf(to, sizeof(to), "0x%lx", end);
	for (size_t i = 0; i < NR_INJECTORS; i++) {
		/* The widest range first: none may be empty in between. */
		if (!set(injectors[i], "stacktrace-depth", symbol ? "32" : "0"))
			return !symbol;
		set(injectors[i], "require-start", "0");
		set(injectors[i], "require-end", to);
		set(injectors[i], "require-start", from);
	}
	return true;
}

void failnth_arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(fail_fd, text, len, 0) != len)
		abort();
}

/*
 * The fault may still hit this very read (it copies to user memory), or the
 * write: then the operation had fewer sites.
 */
bool failnth_disarm(void)
{
	char text[16] = "";
	bool fired = pread(fail_fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;

	while (pwrite(fail_fd, "0", 1, 0) != 1)
		;
	return fired;
}

bool failnth_starve(bool on, int order)
{
	char min_order[16];
	int fd;

	snprintf(min_order, sizeof(min_order), "%d", order);
	if (!set("fail_page_alloc", "task-filter", "Y") ||
	    !set("fail_page_alloc", "min-order", min_order) ||
	    !set("fail_page_alloc", "times", "-1") ||
	    !set("fail_page_alloc", "probability", on ? "100" : "0"))
		return false;
	fd = open("/proc/thread-self/make-it-fail", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	on = write(fd, on ? "1" : "0", 1) == 1;
	close(fd);
	return on;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stop before and after the last pass, for an emulator that is to note what is
 * executed between; it wants to know then what the kernel calls its functions.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "vmabench.h"

#define MOST_TIMES 4
#define MOST_BYTES MIB(2)

static bool wanted;

/* The addresses of all functions, as "ADDRESS TYPE NAME [MODULE]" on standard error. */
static void print_functions(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[1024];

	if (!file)
		die("/proc/kallsyms: %s", strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		const char *type = strchr(line, ' ');

		/* Those are what stands before a function, for call depth tracking. */
		if (type && strchr("tTwW", type[1]) && strncmp(type + 3, "__pfx_", 6))
			fputs(line, stderr);
	}
	fclose(file);
}

void pause_want(void)
{
	wanted = true;
	print_functions();
}

/* Who notes each instruction need not see a page's thousands of times. */
void pause_shortens(struct bench_case *bench)
{
	if (!wanted)
		return;
	bench->is_long = true;
	if (bench->times > MOST_TIMES)
		bench->times = MOST_TIMES;
	if (bench->bytes > MOST_BYTES * (bench->step ? bench->step : 1) &&
	    !strcmp(bench->unit, "page"))
		bench->bytes = MOST_BYTES * (bench->step ? bench->step : 1);
}

/* Says why on standard error, and waits for a line, or the end, of standard input. */
void pause_for(const char *format, ...)
{
	va_list args;
	int c;

	if (!wanted)
		return;
	fputs("# pause: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	do {
		c = getchar();
	} while (c != EOF && c != '\n');
}

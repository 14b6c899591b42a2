// SPDX-License-Identifier: GPL-2.0-or-later
/* The frame of a tour program: headings, paragraphs, claims, the verdict. */
#include "tour.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define WIDTH 78
#define EXIT_SKIP 4

size_t page_size;

static const struct tour *self;
static bool coloured;
static int steps, held, failed, left_out;
static char reasons[8][320];

const char *ink(enum ink ink)
{
	static const char *const code[] = {
		[INK_OFF] = "\033[0m", [INK_BOLD] = "\033[1m", [INK_DIM] = "\033[2m",
		[INK_GOOD] = "\033[32m", [INK_BAD] = "\033[1;31m", [INK_NEW] = "\033[32m",
		[INK_GONE] = "\033[31m", [INK_CHANGED] = "\033[33m",
	};

	return coloured ? code[ink] : "";
}

const char *size_text(unsigned long long bytes)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	static char text[8][24];
	static unsigned int next;
	char *out = text[next++ % ARRAY_SIZE(text)];
	double value = (double)bytes;
	bool whole;
	int i = 0;

	/* 1032 KiB says more than 1.0 MiB. */
	while ((value >= 10240 || (value >= 1024 && !(bytes % 1024))) &&
	       i + 1 < (int)ARRAY_SIZE(unit)) {
		if (value < 10240 && (unsigned long long)value % 1024)
			break;
		value /= 1024;
		i++;
	}
	whole = !i || value >= 20 || value == (double)(unsigned long long)value;
	snprintf(out, sizeof(text[0]), "%.*f %s", whole ? 0 : 1, value, unit[i]);
	return out;
}

/* Print @label and the words of @text, broken at WIDTH, the rest indented. */
static void print_wrapped(enum ink label_ink, const char *label, const char *text)
{
	int indent = 3 + (int)strlen(label), column = indent;

	printf("   %s%s%s", ink(label_ink), label, ink(INK_OFF));
	while (*text) {
		int word = (int)strcspn(text, "\n ");

		if (column > indent && column + word + 1 > WIDTH) {
			printf("\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			putchar(' ');
			column++;
		}
		printf("%.*s", word, text);
		column += word;
		text += word;
		text += strspn(text, "\n ");
	}
	putchar('\n');
}

/* The text of this function's fmt and what follows it. */
#define FORMAT(text)							\
	do {								\
		va_list args;						\
									\
		va_start(args, fmt);					\
		vsnprintf(text, sizeof(text), fmt, args);		\
		va_end(args);						\
	} while (0)

static void print_help(void)
{
	printf("%s: %s\n\nUsage: %s [--plain]\n\n"
	       "  -p, --plain  no colours, also on a terminal\n"
	       "  -h, --help   this text\n\n"
	       "Exit status: 0 all that it claims holds, 1 something does not, 2 wrong usage,\n"
	       "4 nothing of it can run here.\n",
	       self->name, self->title, self->name);
}

void tour_begin(const struct tour *tour, int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "plain", no_argument, NULL, 'p' },
		{ }
	};
	/* Not from the heap: what a program does to its heap is the subject of some. */
	static char buffer[64 * KIB];
	int option, i;

	self = tour;
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	coloured = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	/* A page at a time, whatever this machine does with huge ones. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));

	opterr = 0;
	while ((option = getopt_long(argc, argv, "hp", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			coloured = false;
			break;
		case 'h':
			print_help();
			exit(0);
		default:
			fprintf(stderr, "%s: unknown option %s: try %s --help\n", self->name,
				argv[optind - 1], self->name);
			exit(2);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: takes no argument, but got %s: try %s --help\n", self->name,
			argv[optind], self->name);
		exit(2);
	}

	i = printf("%s%s: %s%s\n", ink(INK_BOLD), self->name, self->title, ink(INK_OFF));
	i -= (int)(strlen(ink(INK_BOLD)) + strlen(ink(INK_OFF))) + 1;
	while (i-- > 0)
		putchar('=');
	puts("\n");
	tour_say("%s", self->intro);
}

void tour_step(const char *heading, const char *fmt, ...)
{
	char text[1024];

	FORMAT(text);
	printf("\n%s%d. %s%s\n", ink(INK_BOLD), ++steps, heading, ink(INK_OFF));
	print_wrapped(INK_BOLD, "Will: ", text);
	fflush(stdout);
}

void tour_say(const char *fmt, ...)
{
	char text[1024];

	FORMAT(text);
	print_wrapped(INK_OFF, "", text);
}

void tour_line(const char *fmt, ...)
{
	char text[1024];

	FORMAT(text);
	printf("     %s\n", text);
}

void tour_why(const char *fmt, ...)
{
	char text[1024];

	FORMAT(text);
	print_wrapped(INK_BOLD, "Why:  ", text);
}

bool tour_check(bool holds, const char *fmt, ...)
{
	char text[1024];

	FORMAT(text);
	if (holds)
		held++;
	else
		failed++;
	print_wrapped(holds ? INK_GOOD : INK_BAD, holds ? "ok:   " : "FAIL: ", text);
	return holds;
}

void tour_leave_out(const char *part, const char *fmt, ...)
{
	char text[256];

	FORMAT(text);
	if (left_out < (int)ARRAY_SIZE(reasons))
		snprintf(reasons[left_out], sizeof(reasons[0]), "%s: %s", part, text);
	left_out++;
}

int tour_end(void)
{
	char rest[64] = "";

	if (left_out)
		snprintf(rest, sizeof(rest), ", %d part%s left out", left_out,
			 left_out == 1 ? "" : "s");
	putchar('\n');
	for (int i = 0; i < left_out && i < (int)ARRAY_SIZE(reasons); i++)
		print_wrapped(INK_DIM, "Left out: ", reasons[i]);
	if (left_out)
		putchar('\n');
	if (failed)
		printf("%snot ok - %s: %d of %d claims do not hold%s%s\n", ink(INK_BAD), self->name,
		       failed, failed + held, rest, ink(INK_OFF));
	else if (!held)
		printf("ok - %s # SKIP nothing of it can run here\n", self->name);
	else
		printf("%sok - %s: %d claim%s held%s%s\n", ink(INK_GOOD), self->name, held,
		       held == 1 ? "" : "s", rest, ink(INK_OFF));
	fflush(stdout);
	if (failed)
		return EXIT_FAILURE;
	return held ? EXIT_SUCCESS : EXIT_SKIP;
}

void tour_die(const char *fmt, ...)
{
	int error = errno;
	char text[1024];

	FORMAT(text);
	printf("\n%snot ok - %s: %s%s%s%s\n", ink(INK_BAD), self ? self->name : "tour", text,
	       error ? ": " : "", error ? strerror(error) : "", ink(INK_OFF));
	exit(EXIT_FAILURE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame of a tour program. A program is a row of steps; a step says what
 * will happen, does it, shows the mappings before and after, says why, and
 * checks it:
 *
 *	tour_begin(&about, argc, argv);
 *	tour_step("A page is unmapped", "The mapping becomes two.");
 *	watch_from(base, length);
 *	munmap(base + page, page);
 *	watch_show();
 *	tour_why("A VMA is one range, so a hole makes two of it.");
 *	tour_check(vmas == 2, "two mappings are left");
 *	return tour_end();
 */
#ifndef TOUR_H
#define TOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define attribute(...) __attribute__((__VA_ARGS__))
#define __printf(fmt, args) attribute(format(printf, fmt, args))

struct tour {
	const char *name;	/* of the program */
	const char *title;	/* one line: the driver and --help print it */
	const char *intro;	/* the words in front of the first step */
};

/* Parse --help and --plain, print the heading. */
void tour_begin(const struct tour *tour, int argc, char **argv);
/* A numbered heading, and what will happen. */
void tour_step(const char *heading, const char *will, ...) __printf(2, 3);
/* A paragraph; a line as it is, indented; one sentence with the reason. */
void tour_say(const char *fmt, ...) __printf(1, 2);
void tour_line(const char *fmt, ...) __printf(1, 2);
void tour_why(const char *fmt, ...) __printf(1, 2);
/* A claim: printed, counted, and a failure if it does not hold. */
bool tour_check(bool holds, const char *claim, ...) __printf(2, 3);
/* A part that cannot run here, told at the end: the reason, and what to do. */
void tour_leave_out(const char *part, const char *reason, ...) __printf(2, 3);
/* The verdict, as the last line. Returns the exit status: 0, 1, or 4 (skip). */
int tour_end(void);
/* Stop: the set-up of a step failed. The text should say which call. */
noreturn void tour_die(const char *fmt, ...) __printf(1, 2);

extern size_t page_size;

/* What a text looks like in colour; empty strings if there is none. */
enum ink { INK_OFF, INK_BOLD, INK_DIM, INK_GOOD, INK_BAD, INK_NEW, INK_GONE, INK_CHANGED };
const char *ink(enum ink ink);

/* "4 KiB", "1.5 MiB", "127 TiB". Eight results live at a time. */
const char *size_text(unsigned long long bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways to show events, and which of them. */
#ifndef VMATRACE_SHOW_H
#define VMATRACE_SHOW_H

#include <stdio.h>

#include "../collect/collector.h"

/**
 * struct filter - which events are shown; 0 and NULL: all
 * @calls:   names, up to a NULL
 * @size:    the range has at least so many bytes
 * @start:   @end: it touches these addresses
 * @path:    a VMA that changed has this in its name
 * @counted: the number of VMAs changed
 */
struct filter {
	const char *calls[32];
	__u64 size, start, end;
	const char *path;
	bool counted;
};

/* filter_add - one -e; false: it is none (nothing is said) */
bool filter_add(struct filter *filter, const char *text);
bool filter_passes(const struct filter *filter, const struct event *event);

/**
 * struct show - where events are written, and how
 * @quiet:   no reasons; @silent: nothing but calls
 * @many:    more than one process was seen
 */
struct show {
	FILE *out;
	const char *name;
	struct filter filter;
	bool colour, quiet, json, summary, check;
	bool many;
	pid_t first;
	unsigned long differences;
};

bool show_text(struct show *show, struct event *event);
bool show_json(struct show *show, struct event *event);
bool show_text_note(struct show *show, pid_t pid, const char *text);
bool show_json_note(struct show *show, pid_t pid, const char *text);

/* summary_add - count an event; summary_print - the table of them */
void summary_add(const struct event *event);
void summary_print(FILE *out, unsigned long unforeseen);

/* error_name - "ENOMEM" of an errno */
const char *error_name(int error);

#endif

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

struct show;

/**
 * struct format - a way to write events; where one of these is NULL, nothing is written
 * @note: what is no call
 * @end:  after the last of them
 * @needs_all: with some events left out it would be wrong
 */
struct format {
	const char *name;
	bool (*event)(struct show *show, struct event *event);
	bool (*note)(struct show *show, pid_t pid, const char *text);
	bool (*end)(struct show *show);
	bool needs_all;
};

extern const struct format format_text, format_json, format_chrome, format_folded, format_ledger,
		    format_summary;

/* format_find - by name; NULL: there is none. format_names - all, with a space between */
const struct format *format_find(const char *name);
const char *format_names(void);

/**
 * struct show - where events are written, and how
 * @program: its name; NULL: it is not known
 * @format:  NULL: not at all
 * @quiet:   no reasons
 * @many:    more than one process was seen
 * @time:    of the last event
 * @unforeseen: so many calls the model did not foresee
 */
struct show {
	FILE *out;
	const char *program;
	const struct format *format;
	struct filter filter;
	bool colour, quiet, check;
	bool many;
	pid_t first;
	double time;
	unsigned long differences, unforeseen;
};

/* show_written - could all be written so far? */
bool show_written(const struct show *show);

/* error_name - "ENOMEM" of an errno */
const char *error_name(int error);

#endif

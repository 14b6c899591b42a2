/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read a file line by line, without the heap. */
#ifndef TOUR_LINES_H
#define TOUR_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines {
	int fd;
	size_t begin, end;
	char buffer[8192];
};

bool lines_open(struct lines *lines, const char *path);
/* The next line without its newline; NULL at the end, which also closes. */
char *lines_next(struct lines *lines);
void lines_close(struct lines *lines);
/* The number after @key in a file of "key: number" lines; -1 if there is none. */
long lines_number(const char *path, const char *key);

/* The number that a file of one number holds; -1 if there is none. */
long lines_long(const char *path);

#endif

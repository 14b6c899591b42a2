// SPDX-License-Identifier: GPL-2.0-or-later
#include "lines.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool lines_open(struct lines *lines, const char *path)
{
	lines->begin = 0;
	lines->end = 0;
	lines->fd = open(path, O_RDONLY | O_CLOEXEC);
	return lines->fd >= 0;
}

void lines_close(struct lines *lines)
{
	if (lines->fd >= 0)
		close(lines->fd);
	lines->fd = -1;
}

char *lines_next(struct lines *lines)
{
	for (;;) {
		char *line = lines->buffer + lines->begin;
		size_t have = lines->end - lines->begin;
		char *newline = memchr(line, '\n', have);
		ssize_t got;

		if (newline) {
			*newline = '\0';
			lines->begin = (size_t)(newline - lines->buffer) + 1;
			return line;
		}
		memmove(lines->buffer, line, have);
		lines->begin = 0;
		lines->end = have;
		got = read(lines->fd, lines->buffer + have, sizeof(lines->buffer) - have);
		if (got <= 0) {
			lines_close(lines);
			return NULL;
		}
		lines->end += (size_t)got;
	}
}

long lines_number(const char *path, const char *key)
{
	static struct lines lines;
	size_t length = strlen(key);
	char *line;

	if (!lines_open(&lines, path))
		return -1;
	while ((line = lines_next(&lines))) {
		if (strncmp(line, key, length) || line[length] != ':')
			continue;
		lines_close(&lines);
		return strtol(line + length + 1, NULL, 10);
	}
	return -1;
}

long lines_long(const char *path)
{
	static struct lines lines;
	long number = -1;
	char *line;

	if (!lines_open(&lines, path))
		return -1;
	line = lines_next(&lines);
	if (line)
		number = strtol(line, NULL, 10);
	lines_close(&lines);
	return number;
}

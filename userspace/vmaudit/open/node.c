// SPDX-License-Identifier: GPL-2.0-or-later
/* What openers of device nodes share. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>

#include "open.h"

const char *no_node(const char *path, const char *origin)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s: %s; it comes with %s", path, strerror(errno), origin);
	return text;
}

const char *open_node(struct subject *subject, const char *path, const char *origin)
{
	subject->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (subject->fd < 0)
		return no_node(path, origin);
	subject->reader = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return NULL;
}

void only_read(struct subject *subject, int fd)
{
	subject->fd = fd;
	subject->reader = fd;
}

bool first_path(char *path, size_t room, const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		return false;
	snprintf(path, room, "%s", found.gl_pathv[0]);
	globfree(&found);
	return true;
}

bool read_line(char *line, size_t room, const char *path)
{
	FILE *file = fopen(path, "re");
	bool got = file && fgets(line, (int)room, file);

	if (file)
		fclose(file);
	if (got)
		line[strcspn(line, "\n")] = '\0';
	return got;
}

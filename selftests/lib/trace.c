// SPDX-License-Identifier: GPL-2.0-or-later
/* The module's tracepoints, through tracefs */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vt.h"

#define TRACEFS "/sys/kernel/tracing/"

static int put(const char *path, const char *text)
{
	int fd, err = 0;

	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	errno = err;
	return err ? -1 : 0;
}

static char *slurp(const char *path)
{
	size_t used = 0, room = 1 << 16;
	char *text = malloc(room);
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !text)
		goto fail;
	while ((n = read(fd, text + used, room - used - 1)) > 0) {
		used += n;
		if (room - used < 2) {
			char *more = realloc(text, room *= 2);

			if (!more)
				goto fail;
			text = more;
		}
	}
	close(fd);
	text[used] = '\0';
	return text;
fail:
	if (fd >= 0)
		close(fd);
	free(text);
	return NULL;
}

int vt_trace_on(bool on)
{
	return put(TRACEFS "tracing_on", on ? "1" : "0");
}

int vt_trace_set(const char *event, const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), TRACEFS "events/vmadev/%s%s%s%s", event ? "vmadev_" : "",
		 event ? event : "", event ? "/" : "", file);
	return put(path, text);
}

int vt_trace_start(const char *event)
{
	/* Opening "trace" with O_TRUNC clears the buffer. */
	if (vt_trace_set(NULL, "enable", "0") || put(TRACEFS "trace", "\n") ||
	    vt_trace_set(event, "enable", "1"))
		return -1;
	return vt_trace_on(true);
}

char *vt_trace_stop(void)
{
	if (vt_trace_set(NULL, "enable", "0"))
		return NULL;
	return slurp(TRACEFS "trace");
}

int vt_trace_count(const char *text, const char *needle)
{
	const char *hit;
	int n = 0;

	while ((hit = strstr(text, needle))) {
		n++;
		text = strchr(hit, '\n');
		if (!text)
			break;
	}
	return n;
}

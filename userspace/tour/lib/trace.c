// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace.h"
#include "lines.h"
#include "tour.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing"
#define INSTANCE TRACING "/instances/vmadev-tour"

static bool recording;

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

bool trace_start(const char *part)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (access(TRACING "/events/vmadev", F_OK)) {
		tour_leave_out(part, "no %s/events/vmadev; as root, mount -t tracefs none %s",
			       TRACING, TRACING);
		return false;
	}
	mkdir(INSTANCE, 0700);
	recording = put(INSTANCE "/set_event_pid", pid) &&
		    put(INSTANCE "/events/vmadev/enable", "1");
	if (!recording)
		tour_leave_out(part, "%s: %s", INSTANCE, strerror(errno));
	return recording;
}

int trace_print(void)
{
	static struct lines lines;
	int events = 0;
	char *line;

	if (!recording || !lines_open(&lines, INSTANCE "/trace"))
		return 0;
	/* "COMM-PID [CPU] FLAGS SECONDS: EVENT: what it says" */
	while ((line = lines_next(&lines))) {
		char *event = line[0] == '#' ? NULL : strstr(line, ": ");

		if (!event)
			continue;
		tour_line("    %s%s%s", ink(INK_DIM), event + 2, ink(INK_OFF));
		events++;
	}
	put(INSTANCE "/trace", "\n");
	return events;
}

void trace_stop(void)
{
	if (!recording)
		return;
	put(INSTANCE "/events/vmadev/enable", "0");
	recording = false;
	rmdir(INSTANCE);
}

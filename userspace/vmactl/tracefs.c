// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracefs.h"
#include "vmactl.h"

static char instance[128];
static int pipe_fd = -1;

static const char *trace_root(void)
{
	static const char *const places[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/events", places[i]);
		if (!access(path, F_OK))
			return places[i];
		if (errno == EACCES)
			die("%s: Permission denied; run as root", path);
	}
	die("no tracefs; run: mount -t tracefs nodev /sys/kernel/tracing");
}

static void remove_instance(void)
{
	if (pipe_fd >= 0)
		close(pipe_fd);
	rmdir(instance);
}

void trace_make_instance(void)
{
	const char *root = trace_root();
	char path[128];

	snprintf(path, sizeof(path), "%s/events/vmadev", root);
	if (access(path, F_OK))
		die("%s: %s; load the module (modprobe vmadev)", path, strerror(errno));
	snprintf(instance, sizeof(instance), "%s/instances/vmactl-%d", root, getpid());
	if (mkdir(instance, 0700))
		die("%s: %s%s", instance, strerror(errno), errno == EACCES ? "; run as root" : "");
	atexit(remove_instance);
}

static int open_file(const char *file, int oflags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", instance, file);
	fd = open(path, oflags | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

static void write_file(const char *file, const char *text)
{
	int fd = open_file(file, O_WRONLY);

	if (write(fd, text, strlen(text)) < 0)
		die("%s/%s: %s", instance, file, strerror(errno));
	close(fd);
}

void trace_follow(int pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	write_file("set_event_pid", text);
	write_file("options/event-fork", "1");
}

void trace_filter(const char *format, ...)
{
	char text[64];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	write_file("events/vmadev/filter", text);
}

void trace_enable(const char *event)
{
	char file[128];

	snprintf(file, sizeof(file), "events/vmadev/%s%s%senable", event ? "vmadev_" : "",
		 event ? event : "", event ? "/" : "");
	write_file(file, "1");
}

int trace_pipe(void)
{
	pipe_fd = open_file("trace_pipe", O_RDONLY | O_NONBLOCK);
	return pipe_fd;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tracefs.h>
#include <unistd.h>

#include "tracefs.h"
#include "vmactl.h"

static struct tracefs_instance *instance;
static struct tep_handle *formats;

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

static void write_file(const char *file, const char *text)
{
	if (tracefs_instance_file_write(instance, file, text) < 0)
		die("%s/%s: %s", tracefs_instance_get_dir(instance), file, strerror(errno));
}

static void remove_instance(void)
{
	tracefs_instance_destroy(instance);
	tracefs_instance_free(instance);
}

void trace_make_instance(void)
{
	static const char *const systems[] = { "vmadev", NULL };
	const char *root = trace_root();
	char path[128];

	snprintf(path, sizeof(path), "%s/events/vmadev", root);
	if (access(path, F_OK))
		die("%s: %s; load the module (modprobe vmadev)", path, strerror(errno));
	snprintf(path, sizeof(path), "vmactl-%d", getpid());
	instance = tracefs_instance_create(path);
	if (!instance)
		die("%s/instances/%s: %s%s", root, path, strerror(errno),
		    errno == EACCES ? "; run as root" : "");
	atexit(remove_instance);
	formats = tracefs_local_events_system(NULL, systems);
	if (!formats)
		die("%s/events/vmadev: %s", root, strerror(errno));
	/* The same on every CPU, so that events can be put in order. */
	write_file("trace_clock", "mono");
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

void trace_read(int (*take)(struct tep_event *format, struct tep_record *record, int cpu,
			    void *data), void *data)
{
	if (tracefs_iterate_raw_events(formats, instance, NULL, 0, take, data))
		die("%s/per_cpu: %s", tracefs_instance_get_dir(instance), strerror(errno));
}

unsigned long long trace_lost(void)
{
	unsigned long long lost = 0;

	for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		char file[64], *stats, *overrun;

		snprintf(file, sizeof(file), "per_cpu/cpu%ld/stats", cpu);
		stats = tracefs_instance_file_read(instance, file, NULL);
		overrun = stats ? strstr(stats, "overrun: ") : NULL;
		if (overrun)
			lost += strtoull(overrun + strlen("overrun: "), NULL, 10);
		free(stats);
	}
	return lost;
}

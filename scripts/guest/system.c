// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's file systems and kernel modules, and the state of its kernel. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

static const struct {
	const char *type;
	const char *path;
} mounts[] = {
	{ "proc",	"/proc" },
	{ "sysfs",	"/sys" },
	{ "devtmpfs",	"/dev" },
	{ "devpts",	"/dev/pts" },
	{ "tmpfs",	"/dev/shm" },
	{ "tmpfs",	"/tmp" },
	{ "debugfs",	"/sys/kernel/debug" },
	{ "tracefs",	"/sys/kernel/tracing" },
	{ "cgroup2",	"/sys/fs/cgroup" },
};

/* What the module makes, and what must be gone without it. */
static const char *const traces_of_module[] = {
	"/dev/vmadev",
	"/sys/module/vmadev",
	"/sys/class/misc/vmadev",
	"/sys/kernel/debug/vmadev",
	"/sys/kernel/tracing/events/vmadev",
};

/* The parameters that the module is loaded with now, or "@" and another's name; NULL: none is. */
static char *loaded;

/* Where it is loaded from. */
static char folder[64];

void system_mount(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].path, 0755);
		if (mount(mounts[i].type, mounts[i].path, mounts[i].type, 0, NULL) &&
		    errno != EBUSY)
			printf("# cannot mount %s: %s\n", mounts[i].path, strerror(errno));
	}
	chmod("/tmp", 01777);
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

/* A driver may find its devices a moment after it was loaded. */
static bool comes_up(const char *path)
{
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };

	for (int tries = 300; tries && access(path, F_OK); tries--)
		nanosleep(&moment, NULL);
	return !access(path, F_OK);
}

void system_mount_device(const char *device, const char *path, const char *type,
			 const char *options)
{
	mkdir(path, 0755);
	if (comes_up(device) && !mount(device, path, type, 0, options))
		return;
	printf("# cannot mount %s on %s: %s\n", device, path, strerror(errno));
	rmdir(path);
}

void system_write(const char *path, const char *text)
{
	if (!comes_up(path) || !write_text(path, text))
		printf("# cannot write %s to %s: %s\n", text, path, strerror(errno));
}

/* Of this process, which counts nothing; it lasts as long as the guest. */
static void hold_perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
	};

	if (syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) < 0 &&
	    errno != ENOSYS)
		printf("# cannot open a perf event: %s\n", strerror(errno));
}

/*
 * Who traces one process has the kernel patch probes into its scheduler, and out
 * again. QEMU's TCG may run such code half patched while another CPU is at it (Oops:
 * int3). So there are probes from the start: a second one is called by a list, and
 * with two no code changes any more. The first perf event of a process patches the
 * scheduler, too.
 */
void system_hold_probes(void)
{
	static const char *const holders[] = {
		"/sys/kernel/tracing/instances/hold-1",
		"/sys/kernel/tracing/instances/hold-2",
	};
	char path[128];

	for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
		mkdir(holders[i], 0755);
		snprintf(path, sizeof(path), "%s/options/event-fork", holders[i]);
		if (!write_text(path, "1"))
			printf("# cannot set %s: %s\n", path, strerror(errno));
		snprintf(path, sizeof(path), "%s/set_event_pid", holders[i]);
		if (!write_text(path, "1"))
			printf("# cannot set %s: %s\n", path, strerror(errno));
	}
	hold_perf();
}

/* KCSAN is off while the kernel boots, which would take minutes. */
void system_watch_races(void)
{
	const char *path = "/sys/kernel/debug/kcsan";

	if (!access(path, F_OK) && !write_text(path, "on"))
		printf("# KCSAN does not start: %s\n", strerror(errno));
}

int system_insmod(const char *file, const char *params)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return errno;
	err = syscall(SYS_finit_module, fd, params, 0) ? errno : 0;
	close(fd);
	return err;
}

bool system_is_clean(void)
{
	bool clean = true;

	for (size_t i = 0; i < sizeof(traces_of_module) / sizeof(traces_of_module[0]); i++) {
		if (!access(traces_of_module[i], F_OK)) {
			printf("# %s is left behind\n", traces_of_module[i]);
			clean = false;
		}
	}
	return clean;
}

/*
 * What held the module lets go of it a moment after its descriptor was closed, if
 * the kernel waits for a grace period first: a perf event of a tracepoint does.
 */
static bool module_delete(const char *name)
{
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };
	int err;

	for (int tries = 100; tries; tries--) {
		err = syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
		if (err != EAGAIN)
			break;
		nanosleep(&moment, NULL);
	}
	errno = err;
	return !err || err == ENOENT;
}

static bool module_unload(void)
{
	char name[64];

	snprintf(name, sizeof(name), "%s", loaded && *loaded == '@' ? loaded + 1 : MODULE_NAME);
	free(loaded);
	loaded = NULL;
	if (!module_delete(name)) {
		printf("# cannot unload %s: %s\n", name, strerror(errno));
		return false;
	}
	return system_is_clean();
}

static int module_load(const char *params)
{
	const char *name = MODULE_NAME;
	char file[128], *spaced;
	int err;

	if (*params == '@') {
		name = params + 1;
		params = "";
	}
	snprintf(file, sizeof(file), "%s/%s.ko", folder, name);
	spaced = strdup(params);
	for (char *c = spaced; (c = strchr(c, ',')); )
		*c = ' ';
	err = system_insmod(file, spaced);
	if (err)
		printf("# cannot load %s with \"%s\": %s\n", file, spaced, strerror(err));
	free(spaced);
	return err;
}

/**
 * system_module_set - have the module loaded in one way
 * @params: its parameters, separated by commas; "-": not loaded; "default": none;
 *	    "@NAME": not loaded, but the module NAME.ko beside it
 *
 * Return: whether it is so now.
 */
bool system_module_set(const char *params)
{
	if (loaded && !strcmp(loaded, params))
		return true;
	if (!module_unload())
		return false;
	if (!strcmp(params, "-"))
		return true;
	if (module_load(strcmp(params, "default") ? params : ""))
		return false;
	loaded = strdup(params);
	return true;
}

/**
 * system_module_use - take the module from another folder from now on
 * @from: the folder
 *
 * Return: false if the one that is loaded cannot be unloaded, or left something behind.
 */
bool system_module_use(const char *from)
{
	bool gone = system_module_set("-");
	char file[128];

	snprintf(folder, sizeof(folder), "%s", from);
	snprintf(file, sizeof(file), "%s/" MODULE_NAME ".ko", folder);
	setenv("VMADEV_KO", file, 1);
	return gone;
}

static size_t read_text(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, room - 1);

	if (fd >= 0)
		close(fd);
	text[got < 0 ? 0 : got] = '\0';
	return got < 0 ? 0 : got;
}

unsigned long system_taint(void)
{
	char text[32];

	read_text("/proc/sys/kernel/tainted", text, sizeof(text));
	return strtoul(text, NULL, 10);
}

/* Lockdep turns itself off after its first report: what follows is unchecked. */
bool system_lockdep_off(void)
{
	char text[8192];
	const char *line;

	read_text("/proc/lockdep_stats", text, sizeof(text));
	line = strstr(text, "debug_locks:");
	return line && strtoul(line + strlen("debug_locks:"), NULL, 10) == 0;
}

void system_power_off(void)
{
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	sync();
#ifdef __x86_64__
	/* A PC without ACPI cannot switch itself off, but QEMU ends at a reset as well. */
	if (access("/sys/firmware/acpi", F_OK))
		reboot(RB_AUTOBOOT);
#endif
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PID 1 of the test guest: what its files know of each other. */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>

#define MODULE_NAME	"vmadev"
#define MODULE_FOLDER	"/m"

/* system.c: file systems, kernel modules, the state of the kernel */
void system_mount(void);
void system_mount_device(const char *device, const char *path, const char *type,
			 const char *options);
void system_write(const char *path, const char *text);
void system_hold_probes(void);
void system_watch_races(void);
int system_insmod(const char *file, const char *params);
bool system_module_set(const char *params);
bool system_module_use(const char *folder);
bool system_is_clean(void);
unsigned long system_taint(void);
bool system_lockdep_off(void);
_Noreturn void system_power_off(void);

/* klog.c: what the kernel has said since the last call */
const char *klog_collect(void);
const char *klog_spoke(void);
void klog_print(void);

/* leaks.c: memory that nothing points to */
bool leaks_watched(void);
bool leaks_found(void);

/* gcov.c: coverage of the module, for a host that listens */
bool gcov_wanted(void);
bool gcov_send(void);

/* reach.c: what of the module has run */
void reach_print(const char *when);

/* run.c: one program as a process of its own */
struct run {
	const char *name;
	const char *params;	/* of the module; "-": not loaded */
	int timeout;		/* seconds */
	int user;
	char **argv;
	bool raw;		/* it talks to the console itself */
	bool once;		/* a test that fails is enough */
};

long clock_ms(void);
const char *run_program(const struct run *run, char *why, size_t room);

#endif

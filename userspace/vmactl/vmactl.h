/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmactl: what its subcommands share. */
#ifndef VMACTL_H
#define VMACTL_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <libsmartcols/libsmartcols.h>

#include <libvmadev.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define __printf(format, first) __attribute((__format__(__printf__, format, first)))
#define __noreturn __attribute((__noreturn__))

#define EXIT_USAGE 2

/**
 * struct choice - one option of a subcommand, for getopt and for --help
 * @letter:   returned by next_option(); one that is a letter is a short option
 * @name:     long
 * @argument: in words, or NULL; in brackets if it can be left out
 * @help:     what it does
 * @word:     NULL, or gives the words that the argument can be: for 1, 2, ...
 *	      until NULL
 */
struct choice {
	int letter;
	const char *name;
	const char *argument;
	const char *help;
	const char *(*word)(__u32 index);
};

#define CHOICE_OFFSET { 'o', "offset", "BYTES", "into the region (0)", NULL }
#define CHOICE_LENGTH(help) { 'l', "length", "BYTES", help, NULL }
#define CHOICE_JSON   { 'j', "json", NULL, "print JSON", NULL }
#define CHOICE_DEVICE { 'd', "device", "PATH", "the device (" VMADEV_DEVICE ")", NULL }
#define CHOICE_REGION \
	{ 'r', "region", "NAME", "a region that 'vmactl create NAME' holds, or a BAR", NULL }

/* Beyond what a subcommand's own letters are. */
enum { WATCH_TIMES = 512 };

#define CHOICE_WATCH(help) { 'w', "watch", "[=SECONDS]", help, NULL }
#define CHOICE_TIMES { WATCH_TIMES, "times", "N", "with --watch: end after N times", NULL }

/**
 * struct command - a subcommand
 * @operands: after the options, for the usage line
 * @summary:  one line, for the list of commands
 * @about:    what --help adds to the summary
 * @choices:  its options, the last with letter 0
 * @leading:  options end at the first operand: what follows is not vmactl's
 * @run:      returns the exit status
 */
struct command {
	const char *name;
	const char *operands;
	const char *summary;
	const char *about;
	const struct choice *choices;
	bool leading;
	int (*run)(const struct command *self, int argc, char **argv);
};

extern const struct command command_copy, command_crash, command_create, command_dirty,
	command_dump, command_export, command_fault, command_fill, command_info,
	command_make_vma, command_punch, command_resize, command_restore, command_revoke,
	command_seal, command_selfcheck, command_stats, command_trace;

/* options.c; warn() and what ends print one line that starts with the subcommand */
int next_option(const struct command *self, int argc, char **argv);
void command_help(const struct command *self);
char **operands(int argc, char **argv, int least, int most);
__printf(1, 2) void warn(const char *format, ...);
__printf(1, 2) __noreturn void usage_error(const char *format, ...);
__printf(1, 2) __noreturn void die(const char *format, ...);
__noreturn void die_vmadev(void);
/* Standard output: to a file from now on; ends if what was printed cannot be written. */
void print_to(const char *path);
void flush_output(void);
__u64 parse_bytes(const char *option, const char *text);
unsigned long parse_number(const char *what, const char *text, int base, unsigned long most);

__u32 parse_word(const char *what, const char *text, const char *(*word)(__u32 index));

/* target.c: the region that a subcommand works on */
struct target {
	const char *device;
	const char *region;
};

bool target_option(struct target *target, int letter);
int target_open(const struct target *target, int oflags);

/* watch.c: is it to be shown again, how many milliseconds later (below 0: no), how often? */
struct watch {
	int milliseconds;
	unsigned long times;
};

#define WATCH_NOT { -1, ULONG_MAX }

bool watch_option(struct watch *watch, int letter);
/* Once all options are known: are they right together, and is it? */
bool watch_wanted(const struct watch *watch);
/* Until Ctrl-C; on a terminal each covers the one before. */
void watch_each(const struct watch *watch, bool json, void (*show)(void *data), void *data);

/* The part of it, in bytes; a @length of 0 is "to the end". */
struct range {
	__u64 offset;
	__u64 length;
};

bool range_option(struct range *range, int letter);
/* Checks it against the region, and finds the end. */
void range_check(int fd, struct range *range);

/* held.c: regions under a name, each behind a socket */
int held_listen(const char *name, unsigned int mode, char *path, size_t room);
int held_ask(const char *name, int *holder);
/* Warns of each that is not to be had; returns how many were. */
int held_each(void (*visit)(int fd, int holder, void *data), void *data);

/* devices.c: memory of PCI devices, as 0000:00:04.0.bar2 */
bool device_is(const char *name);
int device_open(const char *name, int oflags);
/* All that is bound; warns of what is not to be had. */
void devices_each(int node, void (*visit)(int fd, int holder, void *data), void *data);

/* table.c */
struct column {
	const char *name;
	int json;	/* SCOLS_JSON_* */
	int flags;	/* SCOLS_FL_* */
};

struct libscols_table *table_new(const char *name, const struct column *columns, size_t count,
				 bool json);
struct libscols_line *table_line(struct libscols_table *table);
__printf(3, 4) void table_cell(struct libscols_line *line, size_t column,
			       const char *format, ...);
void table_print(struct libscols_table *table);

/* regions.c: the table of regions */
struct libscols_table *regions_table(bool json);
void regions_add(struct libscols_table *table, int fd, int holder);

/* words.c: PROT_* and MAP_* as lists of words */
const char *prot_word(__u32 index);
const char *flag_word(__u32 index);
int parse_prot(const char *text);
int parse_flags(const char *text);

/* stop.c: SIGINT, SIGTERM and SIGHUP as a descriptor; milliseconds that only go up */
int stop_fd(void);
bool stop_within(int fd, int milliseconds);
long long now(void);

#endif

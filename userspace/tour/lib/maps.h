/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/maps and smaps: read, compared, printed. Allocates nothing. */
#ifndef TOUR_MAPS_H
#define TOUR_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define MAPS_MAX 160

struct map {
	unsigned long long start, end, offset;
	char prot[5];
	char name[88];
};

struct maps {
	size_t count;
	struct map map[MAPS_MAX];
};

/* The mappings of @pid (0: of this process) that overlap [@from, @to). */
void maps_read(struct maps *maps, pid_t pid, unsigned long long from, unsigned long long to);
const struct map *maps_at(const struct maps *maps, const void *address);
const struct map *maps_named(const struct maps *maps, const char *part_of_name);
/* How many mappings lie in a range of this process. */
size_t maps_count(const void *start, size_t length);
/* A line: mark, range, protection, size, name and offset. */
void map_print(char mark, const struct map *map);

/* Remember the mappings in a range (or all named so); then show what changed. */
void watch_from(const void *start, size_t length);
void watch_named(const char *part_of_name);
void watch_show(void);
/* How many bytes fewer (or, below 0, more) were mapped in the range after. */
long long watch_lost(void);
/* Print the range's mappings as they are now. */
void watch_now(const char *label);

/* One mapping's smaps, in KiB; -1 if there is no such field or mapping. */
long smaps_kib(const void *address, const char *field);
/* Does the VmFlags line of smaps hold this two-letter flag? */
bool smaps_flag(const void *address, const char *flag);
/* Print these smaps fields of a mapping on one line, after a label. */
void smaps_print(const char *label, const void *address, const char *const *fields);
/* A field of /proc/PID/status (0: this process) in KiB; -1 if there is none. */
long status_kib(pid_t pid, const char *field);

#endif

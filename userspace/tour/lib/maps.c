// SPDX-License-Identifier: GPL-2.0-or-later
#include "maps.h"
#include "lines.h"
#include "tour.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lines lines;

static const char *proc_file(pid_t pid, const char *file)
{
	static char path[64];

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	else
		snprintf(path, sizeof(path), "/proc/self/%s", file);
	return path;
}

/* "start-end prot offset dev inode name"; smaps has more lines, which are none. */
static bool parse_map(struct map *map, const char *line)
{
	int name = 0;

	*map = (struct map){ };
	if (sscanf(line, "%llx-%llx %4s %llx %*s %*s %n", &map->start,
		   &map->end, map->prot, &map->offset, &name) < 4)
		return false;
	snprintf(map->name, sizeof(map->name), "%s", line + name);
	return true;
}

static bool overlaps(const struct map *map, unsigned long long from, unsigned long long to)
{
	return map->start < to && map->end > from;
}

void maps_read(struct maps *maps, pid_t pid, unsigned long long from, unsigned long long to)
{
	const char *path = proc_file(pid, "maps"), *line;
	struct map map;

	maps->count = 0;
	if (!lines_open(&lines, path))
		tour_die("open %s", path);
	while ((line = lines_next(&lines))) {
		if (!parse_map(&map, line) || !overlaps(&map, from, to))
			continue;
		if (maps->count == MAPS_MAX)
			tour_die("more than %d mappings in %s", MAPS_MAX, path);
		maps->map[maps->count++] = map;
	}
}

const struct map *maps_at(const struct maps *maps, const void *address)
{
	for (size_t i = 0; i < maps->count; i++)
		if (overlaps(&maps->map[i], (uintptr_t)address, (uintptr_t)address + 1))
			return &maps->map[i];
	return NULL;
}

const struct map *maps_named(const struct maps *maps, const char *part_of_name)
{
	for (size_t i = 0; i < maps->count; i++)
		if (strstr(maps->map[i].name, part_of_name))
			return &maps->map[i];
	return NULL;
}

size_t maps_count(const void *start, size_t length)
{
	unsigned long long from = (uintptr_t)start;
	struct map map;
	size_t count = 0;
	char *line;

	if (!lines_open(&lines, "/proc/self/maps"))
		tour_die("open /proc/self/maps");
	while ((line = lines_next(&lines)))
		count += parse_map(&map, line) && overlaps(&map, from, from + length);
	return count;
}

void map_print(char mark, const struct map *map)
{
	enum ink colour = mark == '+' ? INK_NEW : mark == '-' ? INK_GONE :
			  mark == '~' ? INK_CHANGED : INK_OFF;

	printf("   %s%c %012llx-%012llx %s %9s  %s", ink(colour), mark, map->start,
	       map->end, map->prot, size_text(map->end - map->start),
	       map->name[0] ? map->name : "(anonymous)");
	if (map->offset && map->name[0] != '[')
		printf(" from %s", size_text(map->offset));
	printf("%s\n", ink(INK_OFF));
}

static struct {
	unsigned long long from, to;
	const char *name;
	struct maps before, after;
} watch;

static void watch_read(struct maps *maps)
{
	size_t kept = 0;

	maps_read(maps, 0, watch.from, watch.to);
	for (size_t i = 0; watch.name && i < maps->count; i++)
		if (strstr(maps->map[i].name, watch.name))
			maps->map[kept++] = maps->map[i];
	if (watch.name)
		maps->count = kept;
}

void watch_from(const void *start, size_t length)
{
	watch.from = (uintptr_t)start;
	watch.to = watch.from + length;
	watch.name = NULL;
	watch_read(&watch.before);
}

void watch_named(const char *part_of_name)
{
	watch.from = 0;
	watch.to = ULLONG_MAX;
	watch.name = part_of_name;
	watch_read(&watch.before);
}

/* What @map is beside the @other list: ' ' the same, '~' changed, @alone only here. */
static char mark_of(const struct map *map, const struct maps *other, char alone)
{
	char mark = alone;

	for (size_t i = 0; i < other->count; i++) {
		const struct map *o = &other->map[i];

		if (strcmp(o->name, map->name))
			continue;
		if (o->start == map->start && o->end == map->end)
			return strcmp(o->prot, map->prot) ? '~' : ' ';
		if (o->start == map->start || o->end == map->end)
			mark = '~';
	}
	return mark;
}

static void print_list(const char *label, const struct maps *maps, const struct maps *other,
		       char alone)
{
	printf("   %s%s%s\n", ink(INK_DIM), label, ink(INK_OFF));
	for (size_t i = 0; i < maps->count; i++)
		map_print(mark_of(&maps->map[i], other, alone), &maps->map[i]);
	if (!maps->count)
		printf("     nothing is mapped\n");
}

void watch_show(void)
{
	watch_read(&watch.after);
	print_list("before", &watch.before, &watch.after, '-');
	print_list("after   (+ new, - gone, ~ changed)", &watch.after, &watch.before, '+');
}

static unsigned long long bytes_in(const struct maps *maps)
{
	unsigned long long bytes = 0;

	for (size_t i = 0; i < maps->count; i++)
		bytes += maps->map[i].end - maps->map[i].start;
	return bytes;
}

long long watch_lost(void)
{
	return (long long)(bytes_in(&watch.before) - bytes_in(&watch.after));
}

void watch_now(const char *label)
{
	watch_read(&watch.after);
	print_list(label, &watch.after, &watch.after, ' ');
}

/* Find the smaps block of @address, and in it the line that begins with @field. */
static const char *smaps_line(const void *address, const char *field)
{
	unsigned long long at = (uintptr_t)address;
	size_t length = strlen(field);
	struct map map;
	bool inside = false;
	char *line;

	if (!lines_open(&lines, "/proc/self/smaps"))
		return NULL;
	while ((line = lines_next(&lines))) {
		if (parse_map(&map, line)) {
			if (inside)
				break;
			inside = overlaps(&map, at, at + 1);
		} else if (inside && !strncmp(line, field, length) && line[length] == ':') {
			lines_close(&lines);
			return line + length + 1;
		}
	}
	lines_close(&lines);
	return NULL;
}

long smaps_kib(const void *address, const char *field)
{
	const char *value = smaps_line(address, field);

	return value ? strtol(value, NULL, 10) : -1;
}

bool smaps_flag(const void *address, const char *flag)
{
	const char *flags = smaps_line(address, "VmFlags");

	for (; flags; flags = strchr(flags + 1, ' '))
		if (!strncmp(flags + 1, flag, 2))
			return true;
	return false;
}

void smaps_print(const char *label, const void *address, const char *const *fields)
{
	printf("     %-24s", label);
	for (; *fields; fields++)
		printf(" %s %ld KiB%s", *fields, smaps_kib(address, *fields),
		       fields[1] ? "," : "");
	putchar('\n');
}

long status_kib(pid_t pid, const char *field)
{
	return lines_number(proc_file(pid, "status"), field);
}

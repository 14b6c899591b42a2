// SPDX-License-Identifier: GPL-2.0-or-later
#include "look.h"
#include "peer.h"
#include "tour.h"
#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINES 64
#define PARTS 20
#define COLUMN 38

int look_at(struct look *look, const char *name, unsigned long flags)
{
	char *const argv[] = { (char *)name, NULL };
	const char *path = beside(name);
	unsigned long old = (unsigned long)personality(0xffffffff);
	struct peer probe;
	bool told;

	if (access(path, X_OK))
		return -ENOENT;
	/* What a child is to have, exec keeps. */
	if (personality((old & ~ADDR_NO_RANDOMIZE) | flags) < 0)
		return -EPERM;
	peer_exec(&probe, path, argv);
	personality(old);
	told = recv(probe.socket, look->place, sizeof(look->place), 0) == sizeof(look->place);
	if (told)
		maps_read(&look->maps, probe.pid, 0, -1ull);
	peer_join(&probe);
	return told ? 0 : -ENOEXEC;
}

/* A part of the picture: neighbouring mappings of one name. */
struct part {
	unsigned long long start, end;
	char name[16];
};

static bool holds(const struct map *map, unsigned long long address)
{
	return map->start <= address && address < map->end;
}

/* Empty for memory of no name. */
static const char *part_name(const struct look *look, const struct map *map)
{
	const struct map *text = maps_at(&look->maps, (void *)(uintptr_t)look->place[TEXT]);
	const char *slash = strrchr(map->name, '/');

	if (text && !strcmp(map->name, text->name))
		return map->prot[1] == 'w' ? "data" : "text";
	if (holds(map, look->place[BSS]))
		return "bss";
	if (holds(map, look->place[FIRST]))
		return "mapping 1";
	if (holds(map, look->place[SECOND]))
		return "mapping 2";
	if (!strncmp(map->name, "[v", 2))
		return "vdso";
	return slash ? slash + 1 : map->name;
}

/* From the top down. Nameless memory beside a part belongs to it. */
static int find_parts(const struct look *look, struct part *parts)
{
	int count = 0;

	for (size_t i = look->maps.count; i-- > 0 && count < PARTS;) {
		const struct map *map = &look->maps.map[i];
		const char *name = part_name(look, map);
		struct part *last = count ? &parts[count - 1] : NULL;

		if (strstr(map->name, "vsyscall"))
			continue;
		if (!last || map->end != last->start ||
		    (*name && *last->name && strncmp(name, last->name, sizeof(last->name) - 1))) {
			last = &parts[count++];
			*last = (struct part){ .end = map->end };
		}
		last->start = map->start;
		if (!*last->name)
			snprintf(last->name, sizeof(last->name), "%.15s", name);
	}
	return count;
}

/* A picture is a column of lines, to be printed beside those of another. */
struct picture {
	int lines;
	char line[LINES][COLUMN + 1];
};

static void add_line(struct picture *picture, const char *fmt, ...) __printf(2, 3);

static void add_line(struct picture *picture, const char *fmt, ...)
{
	va_list args;

	if (picture->lines == LINES)
		return;
	va_start(args, fmt);
	vsnprintf(picture->line[picture->lines++], COLUMN + 1, fmt, args);
	va_end(args);
}

static void add_edge(struct picture *picture, unsigned long long address)
{
	add_line(picture, "%12llx +---------------------+", address);
}

static void draw(struct picture *picture, const char *title, const struct look *look)
{
	struct part parts[PARTS];
	int count = find_parts(look, parts);

	picture->lines = 0;
	add_line(picture, "%14s%s", "", title);
	for (int i = 0; i < count; i++) {
		unsigned long long below = i + 1 < count ? parts[i + 1].end : 0;

		add_edge(picture, parts[i].end);
		add_line(picture, "%12s | %-10.10s %8s |", "",
			 *parts[i].name ? parts[i].name : "anonymous",
			 size_text(parts[i].end - parts[i].start));
		if (below == parts[i].start)
			continue;
		add_edge(picture, parts[i].start);
		add_line(picture, "%12s :   gap  %8s     :", "",
			 size_text(parts[i].start - below));
	}
	add_edge(picture, 0);
}

void look_draw(const char *title, const struct look *look, const char *right_title,
	       const struct look *right)
{
	static struct picture left_picture, right_picture;

	draw(&left_picture, title, look);
	right_picture.lines = 0;
	if (right)
		draw(&right_picture, right_title, right);
	for (int i = 0; i < left_picture.lines || i < right_picture.lines; i++)
		printf(" %-*s %s\n", COLUMN, i < left_picture.lines ? left_picture.line[i] : "",
		       i < right_picture.lines ? right_picture.line[i] : "");
}

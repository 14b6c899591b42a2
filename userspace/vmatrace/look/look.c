// SPDX-License-Identifier: GPL-2.0-or-later
/* What the commands that look share: where they look, and how they write it. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../model/explain.h"
#include "look.h"

#define EXIT_USAGE 2

static const struct look *const looks[] = {
	&look_map, &look_gaps, &look_at, &look_diff, &look_top, &look_watch,
};

const struct look *look_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		if (!strcmp(looks[i]->name, name))
			return looks[i];
	return NULL;
}

void look_help(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		printf("  vmatrace %-5s %-33s %s\n", looks[i]->name, looks[i]->operands,
		       looks[i]->summary);
}

int look_usage(const struct look *look)
{
	fprintf(stderr, "vmatrace: usage: vmatrace %s %s\n", look->name, look->operands);
	return EXIT_USAGE;
}

int look_run(const struct look *look, int argc, char **argv)
{
	if (argc - 1 < look->least || argc - 1 > look->most)
		return look_usage(look);
	opterr = 0;
	return look->run(argc, argv);
}

pid_t look_pid(const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);

	if (*end || end == text || pid <= 0 || pid > 1 << 22)
		errx(EXIT_USAGE, "'%s' is not the number of a process", text);
	return (pid_t)pid;
}

const char *look_size(__u64 bytes, char room[32])
{
	static const char units[] = "KMGTP";
	size_t unit = 0;

	bytes >>= 10;
	while (bytes >= 10240 && units[unit + 1]) {
		bytes >>= 10;
		unit++;
	}
	snprintf(room, 32, "%llu%c", bytes, units[unit]);
	return room;
}

void look_line(const struct mm *mm, const struct vma *vma, const char *prefix)
{
	char name[256], size[32], access[5];

	printf("%s%012llx-%012llx %s %8s  %s\n", prefix, vma->start, vma->end,
	       rights(vma->flags, access), look_size(vma->end - vma->start, size),
	       vma_name(mm, vma, name, sizeof(name)));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What the commands that look share: where they look, and how they write it. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../collect/maps.h"
#include "../collect/target.h"
#include "../model/explain.h"
#include "look.h"

#define EXIT_USAGE 2

static const struct look *const looks[] = {
	&look_map, &look_gaps, &look_at, &look_diff, &look_watch,
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
		printf("  vmatrace %-5s %-18s %s\n", looks[i]->name, looks[i]->operands,
		       looks[i]->summary);
}

int look_run(const struct look *look, int argc, char **argv)
{
	int status;

	if (argc - 1 < look->least || argc - 1 > look->most) {
		fprintf(stderr, "vmatrace: usage: vmatrace %s %s\n", look->name, look->operands);
		return EXIT_USAGE;
	}
	status = look->run(argc - 1, argv + 1);
	if (fflush(stdout) || ferror(stdout))
		err(1, "standard output");
	return status;
}

pid_t look_pid(const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);

	if (*end || end == text || pid <= 0 || pid > 1 << 22)
		errx(EXIT_USAGE, "'%s' is not the number of a process", text);
	return (pid_t)pid;
}

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static void read_file(const char *path, struct mm *mm)
{
	FILE *file = fopen(path, "re");

	if (!file)
		err(1, "%s", path);
	if (!maps_parse(file, mm) || !mm->count)
		errx(1, "%s: this is no copy of /proc/PID/maps or smaps", path);
	fclose(file);
}

void look_read(const char *source, struct mm *mm)
{
	static struct rules rules;
	struct target target;

	rules_probe(&rules);
	mm_init(mm, &rules);
	if (!is_number(source)) {
		read_file(source, mm);
		return;
	}
	target_init(&target, look_pid(source));
	target_limits(&target, &mm->limits);
	target_layout(&target, mm);
	mm->brk = mm->start_brk + (mm->start_brk ? 1 : 0);
	if (!maps_read(target.pid, mm, true) && !maps_read(target.pid, mm, false)) {
		if (errno == ENOENT || errno == ESRCH)
			errx(1, "no process %s", source);
		err(1, "cannot read /proc/%s/maps", source);
	}
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

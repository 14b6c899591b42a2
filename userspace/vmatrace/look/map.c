// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace map, gaps: an address space as a drawing, and what is free in it. */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../model/explain.h"
#include "look.h"
#include "picture.h"

/* A step for each doubling: a page and a terabyte both fit on a line. */
static const char *bar(__u64 bytes, char room[32])
{
	size_t length = 0;

	for (; bytes > 4096 && length < 24; bytes >>= 1)
		length++;
	memset(room, '#', length + 1);
	room[length + 1] = '\0';
	return room;
}

static void put_gap(FILE *out, __u64 bytes)
{
	char size[32];

	if (bytes)
		fprintf(out, "%27s~ %s free ~\n", "", look_size(bytes, size));
}

static bool draw_text(FILE *out, const struct mm *mm)
{
	char size[32], drawn[32], name[256], access[5];
	__u64 last = 0, mapped = 0;

	for (size_t i = 0; i < mm->count; i++) {
		const struct vma *vma = mm->vma[i];
		__u64 bytes = vma->end - vma->start;

		put_gap(out, vma->start - last);
		fprintf(out, "%012llx-%012llx %s %8s  %-25s %s\n", vma->start, vma->end,
			rights(vma->flags, access), look_size(bytes, size), bar(bytes, drawn),
			vma_name(mm, vma, name, sizeof(name)));
		last = vma->end;
		mapped += bytes;
	}
	fprintf(out, "%zu VMAs of at most %llu (vm.max_map_count), %s mapped\n", mm->count,
		mm->limits.vmas, look_size(mapped, size));
	return !ferror(out);
}

static bool draw_lines(struct source *source, FILE *out)
{
	struct mm mm;
	bool drawn;

	source_read(source, &mm, false);
	drawn = draw_text(out, &mm);
	mm_free(&mm);
	if (strchr(source->pids, ' ') != strrchr(source->pids, ' '))
		fprintf(out, "%s@/PID is another one of its processes:%s\n", source->path,
			source->pids);
	return drawn;
}

static bool draw_picture(struct source *source, FILE *out)
{
	struct residency residency;
	bool known, drawn;
	char title[512];
	struct mm mm;

	source_read(source, &mm, false);
	known = residency_read(source, &mm, &residency);
	drawn = draw_svg(out, source_title(source, title, sizeof(title)), &mm,
			 known ? &residency : NULL);
	residency_free(&residency);
	mm_free(&mm);
	return drawn;
}

static int run_map(int argc, char **argv)
{
	static const struct option options[] = {
		{ "svg", no_argument, NULL, 's' }, { "html", no_argument, NULL, 'h' },
		{ "output", required_argument, NULL, 'o' }, { NULL, 0, NULL, 0 },
	};
	const char *output = NULL;
	int letter, how = 't';
	struct source source;
	FILE *out = stdout;
	bool drawn;

	while ((letter = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (letter == '?' || (letter != 'o' && how != 't'))
			return look_usage(&look_map);
		if (letter == 'o')
			output = optarg;
		else
			how = letter;
	}
	if (argc - optind != 1)
		return look_usage(&look_map);
	source_parse(argv[optind], &source);
	out = output ? fopen(output, "we") : stdout;
	if (!out)
		err(1, "%s", output);
	if (how == 't')
		drawn = draw_lines(&source, out);
	else
		drawn = how == 's' ? draw_picture(&source, out) : draw_html(out, &source);
	/* What standard output could not take is told at the end. */
	if (output && (fclose(out) || !drawn))
		err(1, "%s", output);
	return 0;
}

static int run_gaps(int argc, char **argv)
{
	char size[32], before[256], behind[256];
	struct mm mm;

	(void)argc;
	look_read(argv[1], &mm, false);
	for (size_t i = 0; i + 1 < mm.count; i++) {
		const struct vma *vma = mm.vma[i], *next = mm.vma[i + 1];

		if (vma->end != next->start)
			printf("%012llx-%012llx %8s  between %s and %s\n", vma->end, next->start,
			       look_size(next->start - vma->end, size),
			       vma_name(&mm, vma, before, sizeof(before)),
			       vma_name(&mm, next, behind, sizeof(behind)));
	}
	mm_free(&mm);
	return 0;
}

const struct look look_map = {
	.name = "map", .operands = "[--svg|--html] [-o FILE] PID|FILE", .most = MOST_OPERANDS,
	.summary = "draw it", .run = run_map,
};

const struct look look_gaps = {
	.name = "gaps", .operands = "PID|FILE", .least = 1, .most = 1,
	.summary = "what is free between its VMAs", .run = run_gaps,
};

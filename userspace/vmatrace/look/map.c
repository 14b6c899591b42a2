// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace map, gaps: an address space as a drawing, and what is free in it. */
#include <stdio.h>
#include <string.h>

#include "../model/explain.h"
#include "look.h"

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

static void put_gap(__u64 bytes)
{
	char size[32];

	if (bytes)
		printf("%27s~ %s free ~\n", "", look_size(bytes, size));
}

static int run_map(int argc, char **argv)
{
	__u64 last = 0, mapped = 0;
	char size[32], drawn[32], name[256], access[5];
	struct mm mm;

	(void)argc;
	look_read(argv[0], &mm);
	for (size_t i = 0; i < mm.count; i++) {
		const struct vma *vma = mm.vma[i];
		__u64 bytes = vma->end - vma->start;

		put_gap(vma->start - last);
		printf("%012llx-%012llx %s %8s  %-25s %s\n", vma->start, vma->end,
		       rights(vma->flags, access), look_size(bytes, size), bar(bytes, drawn),
		       vma_name(&mm, vma, name, sizeof(name)));
		last = vma->end;
		mapped += bytes;
	}
	printf("%zu VMAs of at most %llu (vm.max_map_count), %s mapped\n", mm.count,
	       mm.limits.vmas, look_size(mapped, size));
	mm_free(&mm);
	return 0;
}

static int run_gaps(int argc, char **argv)
{
	char size[32], before[256], behind[256];
	struct mm mm;

	(void)argc;
	look_read(argv[0], &mm);
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
	.name = "map", .operands = "PID|FILE", .least = 1, .most = 1,
	.summary = "draw its address space", .run = run_map,
};

const struct look look_gaps = {
	.name = "gaps", .operands = "PID|FILE", .least = 1, .most = 1,
	.summary = "what is free between its VMAs", .run = run_gaps,
};

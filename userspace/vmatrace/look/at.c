// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace at, diff: one VMA and its neighbours; two address spaces. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "../model/diff.h"
#include "../model/explain.h"
#include "../model/merge.h"
#include "look.h"
#include "source.h"

static void put_flags(const struct vma *vma)
{
	char words[512];

	printf("  flags %s\n", flag_words(vma->flags & ~VM_ACCESS, words, sizeof(words)));
}

/* Why are these two not one? */
static void put_apart(const struct mm *mm, const struct vma *left, const struct vma *right)
{
	struct fact fact = { .kind = FACT_APART, .address = right->start, .vma = *left,
			     .other = *right };
	char room[1024];

	fact.why = why_two(mm, left, right);
	if (fact.why != WHY_GAP && fact.why != WHY_NONE)
		printf("  %s\n", explain(mm, &fact, room, sizeof(room)));
}

static int run_at(int argc, char **argv)
{
	const struct vma *vma, *prev, *next;
	__u64 address;
	struct mm mm;
	size_t index;
	char *end;

	(void)argc;
	address = strtoull(argv[1], &end, 16);
	if (*end || end == argv[1])
		errx(2, "'%s' is not an address in hexadecimal", argv[1]);
	look_read(argv[2], &mm, true);
	index = mm_at(&mm, address);
	prev = index ? mm.vma[index - 1] : NULL;
	vma = index < mm.count ? mm.vma[index] : NULL;
	if (prev)
		look_line(&mm, prev, "  ");
	if (!vma || vma->start > address) {
		printf("> %llx is not mapped\n", address);
		if (vma)
			look_line(&mm, vma, "  ");
		mm_free(&mm);
		return 1;
	}
	next = mm_next(&mm, vma);
	look_line(&mm, vma, "> ");
	if (next)
		look_line(&mm, next, "  ");
	put_flags(vma);
	if (prev)
		put_apart(&mm, prev, vma);
	if (next)
		put_apart(&mm, vma, next);
	mm_free(&mm);
	return 0;
}

static int run_diff(int argc, char **argv)
{
	struct mm before, after;
	struct diff diff;
	bool same;

	(void)argc;
	look_read(argv[1], &before, true);
	look_read(argv[2], &after, true);
	diff_make(&diff, &before, &after);
	for (size_t i = 0, j = 0; i < diff.gone_count || j < diff.come_count; ) {
		if (j == diff.come_count ||
		    (i < diff.gone_count && diff.gone[i]->start <= diff.come[j]->start))
			look_line(&before, diff.gone[i++], "- ");
		else
			look_line(&after, diff.come[j++], "+ ");
	}
	printf("%zu VMAs and %zu VMAs, %+ld\n", before.count, after.count, diff.delta);
	same = !diff.gone_count && !diff.come_count;
	diff_free(&diff);
	mm_free(&before);
	mm_free(&after);
	return same ? 0 : 1;
}

const struct look look_at = {
	.name = "at", .operands = "ADDRESS PID|FILE", .least = 2, .most = 2,
	.summary = "a VMA, and why it is one", .run = run_at,
};

const struct look look_diff = {
	.name = "diff", .operands = "PID|FILE PID|FILE", .least = 2, .most = 2,
	.summary = "two moments, or two processes", .run = run_diff,
};

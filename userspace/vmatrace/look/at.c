// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace at, diff: one VMA and its neighbours; two address spaces. */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../model/diff.h"
#include "../model/explain.h"
#include "../model/merge.h"
#include "look.h"
#include "source.h"
#include "tally.h"

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
	struct source source;
	char *end, room[8192];
	__u64 address;
	struct mm mm;
	size_t index;

	(void)argc;
	address = strtoull(argv[1], &end, 16);
	if (*end || end == argv[1])
		errx(2, "'%s' is not an address in hexadecimal", argv[1]);
	source_parse(argv[2], &source);
	source_read(&source, &mm, true);
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
	if (*source_maker(&source, address, room, sizeof(room)))
		printf("  %s\n", room);
	if (prev)
		put_apart(&mm, prev, vma);
	if (next)
		put_apart(&mm, vma, next);
	mm_free(&mm);
	return 0;
}

static void put_lines(const struct mm *before, const struct mm *after, const struct diff *diff)
{
	for (size_t i = 0, j = 0; i < diff->gone_count || j < diff->come_count; ) {
		if (j == diff->come_count ||
		    (i < diff->gone_count && diff->gone[i]->start <= diff->come[j]->start))
			look_line(before, diff->gone[i++], "- ");
		else
			look_line(after, diff->come[j++], "+ ");
	}
}

/* Of two processes no address is the same, but names are. */
static bool put_names(const struct mm *before, const struct mm *after)
{
	struct tallies tallies;
	bool same = true;

	tallies_make(&tallies, before, after);
	for (size_t i = 0; i < tallies.count; i++)
		same &= !tally_differs(&tallies.tally[i]);
	if (!same)
		tallies_print(&tallies, tallies.count, true);
	tallies_free(&tallies);
	return same;
}

static int run_diff(int argc, char **argv)
{
	static const struct option options[] = {
		{ "names", no_argument, NULL, 'n' }, { NULL, 0, NULL, 0 },
	};
	struct mm before, after;
	bool same, names = false;
	struct diff diff;
	int letter;

	while ((letter = getopt_long(argc, argv, "n", options, NULL)) != -1) {
		if (letter != 'n')
			return look_usage(&look_diff);
		names = true;
	}
	if (argc - optind != 2)
		return look_usage(&look_diff);
	look_read(argv[optind], &before, true);
	look_read(argv[optind + 1], &after, true);
	diff_make(&diff, &before, &after);
	same = !diff.gone_count && !diff.come_count;
	if (names)
		same = put_names(&before, &after);
	else
		put_lines(&before, &after, &diff);
	printf("%zu VMAs and %zu VMAs, %+ld\n", before.count, after.count, diff.delta);
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
	.name = "diff", .operands = "[--names] PID|FILE PID|FILE", .most = MOST_OPERANDS,
	.summary = "two moments, or two processes", .run = run_diff,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "../model/explain.h"
#include "../must.h"
#include "../show/table.h"
#include "look.h"
#include "tally.h"

static int by_name(const void *a, const void *b)
{
	const struct tally *one = a, *other = b;

	return one->name < other->name ? -1 : one->name > other->name;
}

/* Most first; of two address spaces what has changed most. */
static int by_weight(const void *a, const void *b)
{
	const struct tally *one = a, *other = b;
	long first = labs(one->vmas[1] - one->vmas[0]);
	long second = labs(other->vmas[1] - other->vmas[0]);
	__s64 size = llabs(one->bytes[1] - one->bytes[0]);
	__s64 other_size = llabs(other->bytes[1] - other->bytes[0]);

	if (first != second)
		return first < second ? 1 : -1;
	if (size != other_size)
		return size < other_size ? 1 : -1;
	return strcmp(one->name, other->name);
}

static const char *name_of(const struct mm *mm, const struct vma *vma)
{
	char room[256], access[5];
	const char *name = vma_name(mm, vma, room, sizeof(room));

	if (*name)
		return intern(name);
	snprintf(room, sizeof(room), "anonymous %s", rights(vma->flags, access));
	return intern(room);
}

static void add(void **tree, const struct mm *mm, int side)
{
	for (size_t i = 0; mm && i < mm->count; i++) {
		struct tally *new = calloc(1, sizeof(*new)), **found;

		must(new);
		new->name = name_of(mm, mm->vma[i]);
		found = must(tsearch(new, tree, by_name));
		(*found)->vmas[side]++;
		(*found)->bytes[side] += (__s64)(mm->vma[i]->end - mm->vma[i]->start);
		if (*found != new)
			free(new);
	}
}

/* A node of the tree becomes one of the list. */
static void list(const void *node, VISIT visit, void *data)
{
	struct tallies *tallies = data;

	if (visit != postorder && visit != leaf)
		return;
	tallies->tally = reallocarray(tallies->tally, tallies->count + 1, sizeof(struct tally));
	must(tallies->tally);
	tallies->tally[tallies->count++] = **(struct tally *const *)node;
}

void tallies_make(struct tallies *tallies, const struct mm *before, const struct mm *after)
{
	void *tree = NULL;

	memset(tallies, 0, sizeof(*tallies));
	add(&tree, before, 0);
	add(&tree, after, 1);
	twalk_r(tree, list, tallies);
	tdestroy(tree, free);
	if (tallies->count)
		qsort(tallies->tally, tallies->count, sizeof(struct tally), by_weight);
}

void tallies_free(struct tallies *tallies)
{
	free(tallies->tally);
}

bool tally_differs(const struct tally *tally)
{
	return tally->vmas[0] != tally->vmas[1] || tally->bytes[0] != tally->bytes[1];
}

static void cell_change(struct libscols_line *line, size_t column, __s64 bytes)
{
	char size[32];

	table_cell(line, column, "%s%s", bytes < 0 ? "-" : "+",
		   look_size((__u64)llabs(bytes), size));
}

void tallies_print(const struct tallies *tallies, size_t most, bool two)
{
	static const char *const columns[] = { "VMAS", "SIZE", "VMAS+-", "SIZE+-" };
	size_t count = two ? 4 : 2;
	struct libscols_table *table = table_new(columns, count);
	char size[32];

	table_text(table, "NAME", SCOLS_FL_TRUNC);
	for (size_t i = 0; i < tallies->count && i < most; i++) {
		const struct tally *tally = &tallies->tally[i];
		struct libscols_line *line;

		if (two && !tally_differs(tally))
			continue;
		line = table_line(table);
		table_cell(line, 0, "%ld", tally->vmas[1]);
		table_cell(line, 1, "%s", look_size((__u64)tally->bytes[1], size));
		if (two) {
			table_cell(line, 2, "%+ld", tally->vmas[1] - tally->vmas[0]);
			cell_change(line, 3, tally->bytes[1] - tally->bytes[0]);
		}
		table_cell(line, count, "%s", tally->name);
	}
	table_print(table, stdout);
}

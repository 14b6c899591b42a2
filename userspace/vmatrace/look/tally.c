// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <libsmartcols/libsmartcols.h>
#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../model/explain.h"
#include "look.h"
#include "tally.h"

static void must(const void *memory)
{
	if (!memory)
		err(1, "no memory");
}

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
		found = tsearch(new, tree, by_name);
		must(found);
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

static void cell(struct libscols_line *line, size_t column, const char *format, ...)
{
	char text[4200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (scols_line_set_data(line, column, text))
		errx(1, "no memory");
}

static void cell_change(struct libscols_line *line, size_t column, __s64 bytes)
{
	char size[32];

	cell(line, column, "%s%s", bytes < 0 ? "-" : "+", look_size((__u64)llabs(bytes), size));
}

void tallies_print(const struct tallies *tallies, size_t most, bool two)
{
	static const char *const columns[] = { "VMAS", "SIZE", "VMAS+-", "SIZE+-" };
	struct libscols_table *table = scols_new_table();
	size_t count = two ? 4 : 2;
	char size[32];

	must(table);
	for (size_t i = 0; i < count; i++)
		scols_table_new_column(table, columns[i], 0, SCOLS_FL_RIGHT);
	scols_table_new_column(table, "NAME", 0, SCOLS_FL_TRUNC);
	for (size_t i = 0; i < tallies->count && i < most; i++) {
		const struct tally *tally = &tallies->tally[i];
		struct libscols_line *line;

		if (two && !tally_differs(tally))
			continue;
		line = scols_table_new_line(table, NULL);
		cell(line, 0, "%ld", tally->vmas[1]);
		cell(line, 1, "%s", look_size((__u64)tally->bytes[1], size));
		if (two) {
			cell(line, 2, "%+ld", tally->vmas[1] - tally->vmas[0]);
			cell_change(line, 3, tally->bytes[1] - tally->bytes[0]);
		}
		cell(line, count, "%s", tally->name);
	}
	scols_print_table(table);
	scols_unref_table(table);
}

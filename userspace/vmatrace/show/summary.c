// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace -c: a line a system call, and one for each reason of faults. */
#include <stdio.h>
#include <string.h>

#include "../model/explain.h"

#include "show.h"
#include "table.h"

static struct tally {
	const char *name;
	unsigned long calls, errors, merged, apart, split;
	long delta;
	double seconds;
	bool timed;
} tallies[64];

/* Of several reasons the last one says most: that it was waited for, or refused. */
static const char *name_of(const struct event *event)
{
	enum why why = WHY_NONE;
	char name[64];

	if (event->call.kind != CALL_FAULT)
		return event->name;
	for (size_t i = 0; i < event->facts.count; i++)
		if (event->facts.fact[i].why != WHY_NONE)
			why = event->facts.fact[i].why;
	snprintf(name, sizeof(name), "%s, %s", event->name, why_word(why));
	return intern(name);
}

static bool summary_add(struct show *show, struct event *event)
{
	const char *name = name_of(event);
	struct tally *tally = tallies;

	while (tally->name && strcmp(tally->name, name))
		tally++;
	tally->name = name;
	tally->calls++;
	tally->errors += event->call.result < 0 && event->call.result > RESULT_UNKNOWN;
	tally->timed |= event->seconds >= 0;
	tally->seconds += event->seconds >= 0 ? event->seconds : 0;
	tally->delta += (long)event->after.count - (long)event->before.count;
	for (size_t i = 0; i < event->facts.count; i++) {
		tally->merged += event->facts.fact[i].kind == FACT_MERGED;
		tally->apart += event->facts.fact[i].kind == FACT_APART;
		tally->split += event->facts.fact[i].kind == FACT_SPLIT;
	}
	(void)show;
	return true;
}

static bool summary_print(struct show *show)
{
	static const char *const columns[] = {
		"CALLS", "ERRORS", "SECONDS", "VMAS", "MERGED", "APART", "SPLIT",
	};
	struct libscols_table *table = table_new(columns, ARRAY_SIZE(columns));

	table_text(table, "CALL", 0);
	for (const struct tally *tally = tallies; tally->name; tally++) {
		struct libscols_line *line = table_line(table);

		table_cell(line, 0, "%lu", tally->calls);
		table_cell(line, 1, "%lu", tally->errors);
		table_cell(line, 2, tally->timed ? "%.6f" : "-", tally->seconds);
		table_cell(line, 3, "%+ld", tally->delta);
		table_cell(line, 4, "%lu", tally->merged);
		table_cell(line, 5, "%lu", tally->apart);
		table_cell(line, 6, "%lu", tally->split);
		table_cell(line, 7, "%s", tally->name);
	}
	table_print(table, show->out);
	if (show->unforeseen)
		fprintf(show->out, "%lu calls were not foreseen by the model\n", show->unforeseen);
	return show_written(show);
}

const struct format format_summary = {
	.name = "summary", .event = summary_add, .end = summary_print,
};

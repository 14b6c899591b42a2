// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace -c: a line a system call. */
#include <err.h>
#include <libsmartcols/libsmartcols.h>
#include <stdarg.h>
#include <string.h>

#include "show.h"

static struct tally {
	const char *name;
	unsigned long calls, errors, merged, apart, split;
	long delta;
	double seconds;
	bool timed;
} tallies[32];

static bool summary_add(struct show *show, struct event *event)
{
	struct tally *tally = tallies;

	while (tally->name && strcmp(tally->name, event->name))
		tally++;
	tally->name = event->name;
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

static void cell(struct libscols_line *line, size_t column, const char *format, ...)
{
	char text[64];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (scols_line_set_data(line, column, text))
		errx(1, "no memory");
}

static bool summary_print(struct show *show)
{
	static const char *const columns[] = {
		"CALLS", "ERRORS", "SECONDS", "VMAS", "MERGED", "APART", "SPLIT",
	};
	struct libscols_table *table = scols_new_table();

	if (!table)
		errx(1, "no memory");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		scols_table_new_column(table, columns[i], 0, SCOLS_FL_RIGHT);
	scols_table_new_column(table, "CALL", 0, 0);
	for (const struct tally *tally = tallies; tally->name; tally++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		cell(line, 0, "%lu", tally->calls);
		cell(line, 1, "%lu", tally->errors);
		cell(line, 2, tally->timed ? "%.6f" : "-", tally->seconds);
		cell(line, 3, "%+ld", tally->delta);
		cell(line, 4, "%lu", tally->merged);
		cell(line, 5, "%lu", tally->apart);
		cell(line, 6, "%lu", tally->split);
		cell(line, 7, "%s", tally->name);
	}
	scols_table_set_stream(table, show->out);
	scols_print_table(table);
	scols_unref_table(table);
	if (show->unforeseen)
		fprintf(show->out, "%lu calls were not foreseen by the model\n", show->unforeseen);
	return show_written(show);
}

const struct format format_summary = {
	.name = "summary", .event = summary_add, .end = summary_print,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables and JSON, by libsmartcols. */
#include <stdarg.h>
#include <stdlib.h>

#include "vmactl.h"

struct libscols_table *table_new(const char *name, const struct column *columns, size_t count,
				 bool json)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		die("no memory for a table");
	scols_table_set_name(table, name);
	scols_table_enable_json(table, json);
	for (size_t i = 0; i < count; i++) {
		struct libscols_column *column;

		column = scols_table_new_column(table, columns[i].name, 0, columns[i].flags);
		if (!column)
			die("no memory for a table");
		scols_column_set_json_type(column, columns[i].json);
		if (columns[i].flags & SCOLS_FL_WRAP) {
			scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
						  scols_wrapnl_nextchunk, NULL);
			scols_column_set_safechars(column, "\n");
		}
	}
	return table;
}

struct libscols_line *table_line(struct libscols_table *table)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		die("no memory for a table");
	return line;
}

void table_cell(struct libscols_line *line, size_t column, const char *format, ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0 || scols_line_refer_data(line, column, text))
		die("no memory for a table");
	va_end(args);
}

void table_print(struct libscols_table *table)
{
	if (scols_print_table(table))
		die("no memory for a table");
	scols_unref_table(table);
	flush_output();
}

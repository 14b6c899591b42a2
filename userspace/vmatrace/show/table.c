// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>

#include "../must.h"
#include "table.h"

struct libscols_table *table_new(const char *const *columns, size_t count)
{
	struct libscols_table *table = must(scols_new_table());

	for (size_t i = 0; i < count; i++)
		table_text(table, columns[i], SCOLS_FL_RIGHT);
	return table;
}

void table_text(struct libscols_table *table, const char *column, int flags)
{
	must(scols_table_new_column(table, column, 0, flags));
}

struct libscols_line *table_line(struct libscols_table *table)
{
	return must(scols_table_new_line(table, NULL));
}

void table_cell(struct libscols_line *line, size_t column, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (scols_line_refer_data(line, column, must(text)))
		err(1, "no memory");
}

void table_print(struct libscols_table *table, FILE *out)
{
	scols_table_set_stream(table, out);
	scols_print_table(table);
	scols_unref_table(table);
}

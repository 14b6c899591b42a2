/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables; without memory for them the program ends. */
#ifndef VMATRACE_TABLE_H
#define VMATRACE_TABLE_H

#include <libsmartcols/libsmartcols.h>
#include <stdio.h>

/* table_new - with these columns, right-justified: numbers */
struct libscols_table *table_new(const char *const *columns, size_t count);
/* table_text - one more column; @flags: SCOLS_FL_* */
void table_text(struct libscols_table *table, const char *column, int flags);
struct libscols_line *table_line(struct libscols_table *table);
__attribute((__format__(__printf__, 3, 4)))
void table_cell(struct libscols_line *line, size_t column, const char *format, ...);
/* table_print - and free it */
void table_print(struct libscols_table *table, FILE *out);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* The formats by their names. */
#include <string.h>

#include "show.h"

static const struct format *const formats[] = {
	&format_text, &format_json, &format_chrome, &format_folded, &format_ledger,
	&format_summary,
};

const struct format *format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

const char *format_names(void)
{
	static char names[128];

	*names = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		strcat(names, i ? " " : "");
		strcat(names, formats[i]->name);
	}
	return names;
}

bool show_written(const struct show *show)
{
	return !fflush(show->out) && !ferror(show->out);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What an earlier audit said: a report of --json, that a new one is held against. */
#include <jansson.h>
#include <string.h>

#include "vmaudit.h"

static json_t *baseline;

void baseline_read(const char *path)
{
	json_error_t error;

	baseline = json_load_file(path, 0, &error);
	if (!baseline)
		die("--baseline %s: %s, at line %d; it takes what --json printed", path, error.text,
		    error.line);
	if (!json_is_array(json_object_get(baseline, "probes")))
		die("--baseline %s: no report; it takes what --json printed", path);
}

const char *baseline_of(const struct probe *probe)
{
	static char text[64];
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(baseline, "probes"), i, row) {
		const char *name = json_string_value(json_object_get(row, "probe"));
		const char *verdict = json_string_value(json_object_get(row, "verdict"));
		const char *error = json_string_value(json_object_get(row, "errno"));
		const char *sig = json_string_value(json_object_get(row, "signal"));

		if (!name || !verdict || strcmp(name, probe->name))
			continue;
		verdict_words(verdict, error, sig, text, sizeof(text));
		return text;
	}
	return NULL;
}

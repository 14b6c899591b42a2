// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "json.h"

static void json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			printf("\\u%04x", (unsigned char)*text);
		else
			printf("%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
	}
	putchar('"');
}

void json_member(const char *before, const char *name, const char *value)
{
	printf("%s\"%s\": ", before, name);
	json_string(value);
}

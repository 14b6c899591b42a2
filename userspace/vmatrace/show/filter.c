// SPDX-License-Identifier: GPL-2.0-or-later
/* Which events are shown. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../collect/syscalls.h"
#include "show.h"

static bool parse_bytes(const char *text, __u64 *bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;

	*bytes = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text))
		return false;
	if (!*end)
		return true;
	unit = strchr(units, toupper((unsigned char)*end));
	if (!unit || end[1])
		return false;
	*bytes <<= 10 * (unit - units + 1);
	return true;
}

static bool parse_range(const char *text, struct filter *filter)
{
	char *end;

	filter->start = strtoull(text, &end, 16);
	filter->end = filter->start + 1;
	if (*end == '-') {
		text = end + 1;
		filter->end = strtoull(text, &end, 16);
	}
	return !*end && end != text && filter->end > filter->start;
}

static bool parse_calls(const char *text, struct filter *filter)
{
	char *copy = strdup(text), *rest = copy;
	size_t count = 0;
	bool known = true;

	for (const char *name; known && (name = strsep(&rest, ",")); ) {
		const struct syscall *found = syscall_by_name(name);
		const char *one = found ? found->name : NULL;

		if (!strcmp(name, FAULT_NAME))
			one = FAULT_NAME;
		known = one && count + 1 < ARRAY_SIZE(filter->calls);
		if (known)
			filter->calls[count++] = one;
	}
	free(copy);
	return known && count;
}

bool filter_add(struct filter *filter, const char *text)
{
	if (!strncmp(text, "call=", 5))
		return parse_calls(text + 5, filter);
	if (!strncmp(text, "trace=", 6))
		return parse_calls(text + 6, filter);
	if (!strncmp(text, "size=", 5))
		return parse_bytes(text + 5, &filter->size);
	if (!strncmp(text, "address=", 8))
		return parse_range(text + 8, filter);
	if (!strncmp(text, "path=", 5)) {
		filter->path = text + 5;
		return *filter->path;
	}
	filter->counted = true;
	return !strcmp(text, "count");
}

static bool passes_path(const char *path, const struct mm *mm)
{
	char room[256];

	for (size_t i = 0; i < mm->count; i++)
		if (strstr(vma_name(mm, mm->vma[i], room, sizeof(room)), path))
			return true;
	return false;
}

bool filter_passes(const struct filter *filter, const struct event *event)
{
	struct range range[2];
	int count = call_ranges(&event->space->mm, &event->call, range);
	bool meets = !filter->end, big = !filter->size;
	size_t i;

	for (i = 0; filter->calls[i]; i++)
		if (!strcmp(filter->calls[i], event->name))
			break;
	if (i && !filter->calls[i])
		return false;
	for (int at = 0; at < count; at++) {
		meets |= range[at].start < filter->end && range[at].end > filter->start;
		big |= range[at].end - range[at].start >= filter->size;
	}
	if (!meets || !big)
		return false;
	if (filter->counted && event->before.count == event->after.count)
		return false;
	return !filter->path || passes_path(filter->path, &event->before) ||
	       passes_path(filter->path, &event->after);
}

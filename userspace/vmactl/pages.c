// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets of pages, and how they are written. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "vmactl.h"

struct pages pages_new(size_t total)
{
	struct pages pages = { calloc(total / 64 + 1, sizeof(*pages.words)), total };

	if (!pages.words)
		die("%s", strerror(errno));
	return pages;
}

void pages_set(struct pages *pages, size_t page, bool in)
{
	const __u64 bit = 1ULL << page % 64;

	if (in)
		pages->words[page / 64] |= bit;
	else
		pages->words[page / 64] &= ~bit;
}

bool pages_has(const struct pages *pages, size_t page)
{
	return pages->words[page / 64] >> page % 64 & 1;
}

const char *pages_text(const struct pages *pages)
{
	static char *text;
	size_t size;
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &size);
	if (!out)
		die("%s", strerror(errno));
	for (size_t page = 0, end; page < pages->total; page = end) {
		end = page + 1;
		if (!pages_has(pages, page))
			continue;
		while (end < pages->total && pages_has(pages, end))
			end++;
		fprintf(out, "%s%zu", ftell(out) ? "," : "", page);
		if (end > page + 1)
			fprintf(out, "-%zu", end - 1);
	}
	if (!ftell(out))
		fputs("none", out);
	if (fclose(out))
		die("%s", strerror(errno));
	return text;
}

void pages_parse(struct pages *pages, const char *text)
{
	const char *rest = text;

	do {
		char *end;
		unsigned long first, last;

		if (*rest < '0' || *rest > '9')
			usage_error("--keep takes none, all, random or pages, as 0,4-7, not '%s'",
				    text);
		first = strtoul(rest, &end, 10);
		last = first;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if ((*end && *end != ',') || last < first)
			usage_error("--keep takes none, all, random or pages, as 0,4-7, not '%s'",
				    text);
		if (last >= pages->total)
			die("the region has no page %lu", last);
		for (; first <= last; first++)
			pages_set(pages, first, true);
		rest = *end ? end + 1 : end;
	} while (*rest);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Folded stacks: "program;main;malloc;mmap;created 12", for flamegraph.pl and speedscope. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "../model/explain.h"
#include "../must.h"
#include "show.h"

struct folded {
	char *path;
	unsigned long calls;
};

static void *all;
static FILE *out;

static int by_path(const void *a, const void *b)
{
	const struct folded *one = a, *other = b;

	return strcmp(one->path, other->path);
}

/* A semicolon is what separates the frames. */
static void put_frame(FILE *path, const char *text)
{
	for (; *text; text++)
		fputc(*text == ';' || *text == '\n' ? ':' : *text, path);
	fputc(';', path);
}

/* The one thing that says most of what a call did. */
static const struct fact *main_fact(const struct facts *facts)
{
	static const enum fact_kind kinds[] = {
		FACT_REFUSED, FACT_SPLIT, FACT_MERGED, FACT_APART, FACT_MOVED, FACT_GREW,
		FACT_CREATED, FACT_CHANGED, FACT_UNMAPPED, FACT_FAULTED,
	};

	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		for (size_t i = 0; i < facts->count; i++)
			if (facts->fact[i].kind == kinds[kind] &&
			    (facts->fact[i].kind != FACT_FAULTED ||
			     facts->fact[i].why != WHY_NONE))
				return &facts->fact[i];
	return NULL;
}

static char *path_of(const struct show *show, const struct event *event)
{
	const struct fact *fact = main_fact(&event->facts);
	size_t depth = 0, size;
	char *text, process[32];
	FILE *path = open_memstream(&text, &size);

	must(path);
	snprintf(process, sizeof(process), "process %d", event->pid);
	put_frame(path, show->program && event->pid == show->first ? show->program : process);
	while (event->frame[depth])
		depth++;
	while (depth--)
		put_frame(path, event->frame[depth]);
	fputs(event->name, path);
	if (fact)
		fprintf(path, ";%s", fact_word(fact->kind));
	if (fact && fact->why != WHY_NONE)
		fprintf(path, ": %s", why_word(fact->why));
	fclose(path);
	must(text);
	return text;
}

static bool folded_event(struct show *show, struct event *event)
{
	struct folded *folded = calloc(1, sizeof(*folded)), **found;

	must(folded);
	if (!show->first)
		show->first = event->pid;
	folded->path = path_of(show, event);
	found = must(tsearch(folded, &all, by_path));
	(*found)->calls++;
	if (*found != folded) {
		free(folded->path);
		free(folded);
	}
	return true;
}

static void put_folded(const void *node, VISIT visit, int depth)
{
	const struct folded *folded = *(const struct folded *const *)node;

	(void)depth;
	if (visit == postorder || visit == leaf)
		fprintf(out, "%s %lu\n", folded->path, folded->calls);
}

static bool folded_end(struct show *show)
{
	out = show->out;
	twalk(all, put_folded);
	return show_written(show);
}

const struct format format_folded = {
	.name = "folded", .event = folded_event, .end = folded_end,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* The picture as a page of HTML that needs nothing else; of a trace with what changed. */
#include <jansson.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "../model/explain.h"
#include "../model/merge.h"
#include "../must.h"
#include "frames.h"
#include "picture.h"

/* The page; what stands for the data is one line of it. */
extern const char page_begin[], page_end[];
__asm__(".section .rodata\n"
	"page_begin: .incbin \"look/map.html\"\n"
	"page_end: .byte 0\n"
	".previous");
#define PLACE "DATA_IS_PUT_HERE"

/* Of more processes no page is made: who wants another one names it. */
#define MOST_FILMS 100

/* Names and reasons: each once, told by its number. */
struct words {
	void *tree;
	json_t *list;
};

struct word {
	const char *text;
	size_t number;
};

static int by_pointer(const void *a, const void *b)
{
	const struct word *one = a, *other = b;

	return one->text < other->text ? -1 : one->text > other->text;
}

static json_t *word(struct words *words, const char *text)
{
	struct word *new = malloc(sizeof(*new)), **found;

	must(new);
	*new = (struct word){ intern(text), json_array_size(words->list) };
	found = must(tsearch(new, &words->tree, by_pointer));
	if (*found == new)
		json_array_append_new(words->list, json_string(text));
	else
		free(new);
	return json_integer((json_int_t)(*found)->number);
}

static void put(FILE *out, json_t *value)
{
	/* No "</script>" can be in it. */
	json_dumpf(value, out, JSON_COMPACT | JSON_ESCAPE_SLASH | JSON_ENCODE_ANY);
	json_decref(value);
}

/* Why is it not one with the next one? */
static const char *apart_text(const struct mm *mm, size_t i, char *room, size_t size)
{
	struct fact fact = { .kind = FACT_APART };
	const char *colon;

	if (i + 1 >= mm->count)
		return "";
	fact.vma = *mm->vma[i];
	fact.other = *mm->vma[i + 1];
	fact.why = why_two(mm, &fact.vma, &fact.other);
	if (fact.why == WHY_GAP || fact.why == WHY_NONE)
		return "";
	colon = strchr(explain(mm, &fact, room, size), ':');
	return colon ? colon + 2 : "";
}

/* As the page's script takes it apart. */
static json_t *vma_json(struct words *words, const struct mm *mm, const struct vma *vma,
			__s64 resident, const char *apart, const char *maker)
{
	char room[256], flags[512];
	__u64 access = vma->flags & (VM_ACCESS | VM_MAYSHARE);

	return json_pack("[I,I,I,i,o,I,I,o,I,o,o]", (json_int_t)(vma->start / mm->page),
			 (json_int_t)vma_pages(mm, vma), (json_int_t)access, kind_of(mm, vma),
			 word(words, vma_name(mm, vma, room, sizeof(room))),
			 (json_int_t)(vma->file ? vma->pgoff : 0), (json_int_t)vma->inode,
			 word(words, flag_words(vma->flags & ~VM_ACCESS, flags, sizeof(flags))),
			 (json_int_t)(resident < 0 ? -1 : resident / (__s64)mm->page),
			 word(words, apart), word(words, maker));
}

static void put_vmas(FILE *out, struct words *words, const struct mm *mm,
		     const struct residency *residency, bool reasons)
{
	char room[1024];

	fputs("[", out);
	for (size_t i = 0; i < mm->count; i++) {
		if (i)
			fputs(",\n", out);
		put(out, vma_json(words, mm, mm->vma[i],
				  residency ? (__s64)residency->resident[i] : -1,
				  reasons ? apart_text(mm, i, room, sizeof(room)) : "", ""));
	}
	fputs("]", out);
}

struct drawing {
	FILE *out;
	const struct source *source;
	struct words *words;
	bool begun;
};

/* One process: its title, and what comes before its VMAs. */
static void put_head(FILE *out, const struct source *source, const struct mm *mm,
		     const char *command)
{
	char title[512];

	source_title(source, title, sizeof(title));
	fputs("{\"title\":", out);
	put(out, *command ? json_sprintf("%s: %s", title, command) : json_string(title));
	fprintf(out, ",\"pid\":%d,\"limit\":%llu,\"vmas\":", source->pid, mm->limits.vmas);
}

static bool put_first(void *data, const struct mm *mm, const char *command)
{
	struct drawing *drawing = data;

	put_head(drawing->out, drawing->source, mm, command);
	put_vmas(drawing->out, drawing->words, mm, NULL, false);
	fputs(",\"frames\":[", drawing->out);
	return !ferror(drawing->out);
}

static const char *maker_text(const struct frame *frame, const struct vma *vma, char *room,
			      size_t size)
{
	const struct held *held = account_find(frame->account, vma->start);

	return held && held->origin->key ? held_text(held, room, size) : "";
}

static bool put_frame(void *data, const struct frame *frame)
{
	struct drawing *drawing = data;
	json_t *gone = json_array(), *come = json_array(), *why = json_array();
	char room[8192];

	for (size_t i = 0; i < frame->diff.gone_count; i++)
		json_array_append_new(gone, json_integer((json_int_t)(frame->diff.gone[i]->start /
								      frame->mm->page)));
	for (size_t i = 0; i < frame->diff.come_count; i++)
		json_array_append_new(come, vma_json(drawing->words, frame->mm,
						     frame->diff.come[i], -1, "",
						     maker_text(frame, frame->diff.come[i],
								room, sizeof(room))));
	for (size_t i = 0; i < frame->reasons; i++)
		json_array_append_new(why, json_string(frame->reason[i]));
	fputs(drawing->begun ? ",\n" : "\n", drawing->out);
	drawing->begun = true;
	put(drawing->out, json_pack("{s:f, s:I, s:s, s:o, s:o, s:o}", "t", frame->time,
				    "calls", (json_int_t)frame->calls, "call", frame->call,
				    "why", why, "gone", gone, "come", come));
	return !ferror(drawing->out);
}

static void put_present(FILE *out, struct words *words, struct source *source)
{
	struct residency residency;
	struct mm mm;
	bool known;

	source_read(source, &mm, true);
	known = residency_read(source, &mm, &residency);
	put_head(out, source, &mm, "");
	put_vmas(out, words, &mm, known ? &residency : NULL, true);
	fputs(",\"frames\":[]}", out);
	residency_free(&residency);
	mm_free(&mm);
}

/* A film of each process, unless one is asked for. */
static void put_films(FILE *out, struct words *words, const struct source *source)
{
	struct source one = *source;
	pid_t pids[MOST_FILMS];
	size_t count = 1;

	if (!source->pid)
		count = frames_processes(source, pids, MOST_FILMS);
	for (size_t i = 0; i < count || !i; i++) {
		struct drawing drawing = { .out = out, .source = &one, .words = words };

		if (!source->pid && count)
			one.pid = pids[i];
		fputs(i ? ",\n" : "", out);
		frames_make(&one, &(struct frame_sink){ put_first, put_frame, &drawing });
		fputs("]}", out);
	}
}

static void put_data(FILE *out, struct source *source)
{
	struct words words = { .list = json_array() };
	json_t *kinds = json_array();

	for (int kind = 0; kind < KINDS; kind++)
		json_array_append_new(kinds, json_string(kind_names[kind]));
	fputs("{\"films\":[", out);
	if (source->recorded)
		put_films(out, &words, source);
	else
		put_present(out, &words, source);
	fputs("],\"kinds\":", out);
	put(out, kinds);
	fputs(",\"page\":4096,\"words\":", out);
	put(out, words.list);
	fputs("}", out);
	tdestroy(words.tree, free);
}

bool draw_html(FILE *out, struct source *source)
{
	const char *place = strstr(page_begin, PLACE);

	fwrite(page_begin, 1, (size_t)(place - page_begin), out);
	put_data(out, source);
	fputs(place + strlen(PLACE), out);
	return !ferror(out);
}

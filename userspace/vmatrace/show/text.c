// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines for people: the call as strace has it, then what became of the VMAs, and why. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../model/explain.h"
#include "show.h"

#define RED 31
#define GREEN 32
#define DIM 2

const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "?";
}

static void colour(const struct show *show, int code)
{
	if (show->colour)
		fprintf(show->out, "\033[%dm", code);
}

/* As people count bytes. */
static const char *size_text(__u64 bytes, char room[32])
{
	static const char units[] = "KMGT";
	size_t unit = 0;

	bytes >>= 10;
	while (bytes >= 10240 && unit < 3) {
		bytes >>= 10;
		unit++;
	}
	snprintf(room, 32, "%llu%c", bytes, units[unit]);
	return room;
}

static void put_vma(const struct show *show, const struct mm *mm, const struct vma *vma, char sign)
{
	char room[256], bytes[32], access[5];

	colour(show, sign == '-' ? RED : GREEN);
	fprintf(show->out, "    %c %llx-%llx %s %6s  %s", sign, vma->start, vma->end,
		rights(vma->flags, access), size_text(vma->end - vma->start, bytes),
		vma_name(mm, vma, room, sizeof(room)));
	colour(show, 0);
	fputc('\n', show->out);
}

static int by_address(const void *a, const void *b)
{
	const __u64 *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

#define MOST_EDGES 64

static void add_edges(const struct mm *mm, __u64 *edge, size_t *count)
{
	for (size_t i = 0; i < mm->count; i++) {
		edge[(*count)++] = mm->vma[i]->start;
		edge[(*count)++] = mm->vma[i]->end;
	}
}

/* Every address where a VMA begins or ends, once: what changed, and its neighbours. */
static size_t edges(const struct event *event, __u64 edge[MOST_EDGES])
{
	size_t count = 0, kept = 0;

	if (2 * (event->before.count + event->after.count) > MOST_EDGES)
		return 0;
	add_edges(&event->before, edge, &count);
	add_edges(&event->after, edge, &count);
	qsort(edge, count, sizeof(*edge), by_address);
	for (size_t i = 0; i < count; i++)
		if (!i || edge[i] != edge[kept - 1])
			edge[kept++] = edge[i];
	return kept;
}

static void draw(const struct mm *mm, const __u64 *edge, size_t count, char *picture)
{
	const struct vma *last = NULL;
	char letter = 'A' - 1;

	for (size_t i = 0; i + 1 < count; i++) {
		const struct vma *vma = mm_find(mm, edge[i]);

		if (vma && vma != last)
			letter++;
		picture[i] = vma ? letter : '.';
		last = vma;
	}
	picture[count - 1] = '\0';
}

/* A letter a VMA, a column a stretch between two edges: as mm/vma.c draws them. */
static void put_picture(const struct show *show, const struct event *event,
			const struct diff *diff)
{
	char before[MOST_EDGES], after[MOST_EDGES];
	__u64 edge[MOST_EDGES];
	size_t count = edges(event, edge);

	if (count < 2 || !(diff->gone_count + diff->come_count))
		return;
	draw(&event->before, edge, count, before);
	draw(&event->after, edge, count, after);
	fprintf(show->out, "      %s -> %s   %+ld VMA%s, %zu now\n", before, after, diff->delta,
		labs(diff->delta) == 1 ? "" : "s", event->space->mm.count);
}

static void put_reasons(const struct show *show, const struct event *event)
{
	char room[1024], last[1024] = "";

	for (size_t i = 0; i < event->facts.count; i++) {
		explain(&event->space->mm, &event->facts.fact[i], room, sizeof(room));
		if (!*room || !strcmp(room, last))
			continue;
		fprintf(show->out, "      %s\n", room);
		strcpy(last, room);
	}
	if (!event->foreseen)
		fputs("      (not foreseen by the model: this is what maps shows)\n", show->out);
}

static void put_stack(const struct show *show, const struct event *event)
{
	for (size_t i = 0; event->frame[i]; i++)
		fprintf(show->out, "      > %s\n", event->frame[i]);
}

static void put_result(const struct show *show, const struct event *event)
{
	long result = event->call.result;

	if (result == RESULT_UNKNOWN)
		fputs(" = ?", show->out);
	else if (result < 0 && result > -4096)
		fprintf(show->out, " = -1 %s (%s)", error_name((int)-result),
			strerror((int)-result));
	else if (event->shows_address)
		fprintf(show->out, " = 0x%lx", result);
	else
		fprintf(show->out, " = %ld", result);
	if (event->seconds >= 0)
		fprintf(show->out, " <%.6f>", event->seconds);
	fputc('\n', show->out);
}

static void put_pid(struct show *show, pid_t pid)
{
	if (!show->first)
		show->first = pid;
	show->many |= pid != show->first;
	if (show->many)
		fprintf(show->out, "[pid %d] ", pid);
}

static bool show_text(struct show *show, struct event *event)
{
	struct diff diff;

	put_pid(show, event->tid);
	fprintf(show->out, "%s(%s)", event->name, event->text);
	put_result(show, event);
	diff_make(&diff, &event->before, &event->after);
	if (!show->quiet) {
		for (size_t i = 0; i < diff.gone_count; i++)
			put_vma(show, &event->before, diff.gone[i], '-');
		for (size_t i = 0; i < diff.come_count; i++)
			put_vma(show, &event->after, diff.come[i], '+');
		put_picture(show, event, &diff);
		put_reasons(show, event);
	}
	put_stack(show, event);
	diff_free(&diff);
	return show_written(show);
}

static bool show_text_note(struct show *show, pid_t pid, const char *text)
{
	if (show->quiet)
		return true;
	put_pid(show, pid);
	colour(show, DIM);
	fprintf(show->out, "--- %s ---", text);
	colour(show, 0);
	fputc('\n', show->out);
	return show_written(show);
}

const struct format format_text = { .name = "text", .event = show_text, .note = show_text_note };

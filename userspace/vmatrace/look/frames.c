// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "../model/explain.h"
#include "../record/record.h"
#include "frames.h"

/* With more of them a page is slow; then each is of several calls. */
#define MOST_PICTURES 4000

/**
 * struct film - the second pass over a trace; the first one counts
 * @step:  calls a frame
 * @last:  the VMAs as the frame before has them, of the space with this @number
 * @start: @end: where they have changed since
 */
struct film {
	const struct frame_sink *sink;
	struct recording recording;
	pid_t pid;
	size_t changes, step;
	bool counts, begun;
	struct mm last;
	unsigned long number;
	const struct mm *now;
	__u64 start, end;
	struct accounts accounts;
	struct frame frame;
};

static bool changes(const struct event *event)
{
	struct diff diff;
	bool any;

	diff_make(&diff, &event->before, &event->after);
	any = diff.gone_count || diff.come_count;
	diff_free(&diff);
	return any;
}

static void begin_film(struct film *film, const struct event *event)
{
	film->begun = true;
	film->number = event->space->number;
	mm_copy(&film->last, &event->space->mm);
	window_replace(&film->last, &event->after, &event->before);
	film->sink->first(film->sink->data, &film->last, film->recording.command);
}

/* What is different in the range that has changed; all, if there is more of it. */
static bool end_frame(struct film *film)
{
	struct mm before, after;
	bool more;

	if (!film->frame.calls)
		return true;
	window_copy(&before, &film->last, film->start, film->end);
	window_copy(&after, film->now, film->start, film->end);
	if (film->last.count - before.count != film->now->count - after.count) {
		mm_free(&before);
		mm_free(&after);
		window_copy(&before, &film->last, 0, ~0ULL);
		window_copy(&after, film->now, 0, ~0ULL);
	}
	diff_make(&film->frame.diff, &before, &after);
	film->frame.mm = film->now;
	more = film->sink->frame(film->sink->data, &film->frame);
	diff_free(&film->frame.diff);
	window_replace(&film->last, &before, &after);
	film->last.brk = film->now->brk;
	film->last.start_brk = film->now->start_brk;
	film->last.start_stack = film->now->start_stack;
	mm_free(&before);
	mm_free(&after);
	film->frame.calls = 0;
	film->start = ~0ULL;
	film->end = 0;
	return more;
}

static void describe(struct film *film, const struct event *event)
{
	struct frame *frame = &film->frame;
	long result = event->call.result;
	char room[1024], text[32];

	frame->time = event->time - film->recording.origin;
	if (result == RESULT_UNKNOWN)
		strcpy(text, "?");
	else
		sprintf(text, event->shows_address && result >= 0 ? "0x%lx" : "%ld", result);
	snprintf(frame->call, sizeof(frame->call), "%s(%s) = %s", event->name, event->text, text);
	frame->reasons = 0;
	for (size_t i = 0; i < event->facts.count && frame->reasons < MOST_REASONS; i++)
		if (*explain(&event->space->mm, &event->facts.fact[i], room, sizeof(room)))
			snprintf(frame->reason[frame->reasons++], sizeof(frame->reason[0]),
				 "%.255s", room);
}

static bool film_event(void *data, struct event *event)
{
	struct film *film = data;

	if (!film->pid)
		film->pid = event->pid;
	if (event->pid != film->pid)
		return true;
	if (film->counts) {
		film->begun = true;
		film->changes += changes(event);
		return true;
	}
	if (!film->begun)
		begin_film(film, event);
	film->now = &event->space->mm;
	film->frame.account = accounts_event(&film->accounts, event);
	if (!changes(event) && event->space->number == film->number)
		return true;
	if (event->space->number != film->number) {
		film->number = event->space->number;
		film->start = 0;
		film->end = ~0ULL;
	}
	window_hull(&event->before, &film->start, &film->end);
	window_hull(&event->after, &film->start, &film->end);
	describe(film, event);
	return ++film->frame.calls < film->step || end_frame(film);
}

/* Processes, in the order in which they came. */
struct cast {
	pid_t *pids;
	size_t count, most;
};

static bool cast_event(void *data, struct event *event)
{
	struct cast *cast = data;

	for (size_t i = 0; i < cast->count; i++)
		if (cast->pids[i] == event->pid)
			return true;
	cast->pids[cast->count++] = event->pid;
	return cast->count < cast->most;
}

static bool film_note(void *data, pid_t pid, const char *text)
{
	(void)data;
	(void)pid;
	(void)text;
	return true;
}

static void pass(struct film *film, const struct source *source)
{
	const struct sink sink = { film_event, film_note, NULL, film };
	struct collection collection = { .sink = &sink };

	film->recording.until = source->until;
	film->start = ~0ULL;
	record_replay(source->path, &collection, &film->recording);
	if (!film->begun)
		errx(1, "%s: there is no call of process %d by then", source->path, film->pid);
	if (!film->counts)
		end_frame(film);
	record_free(&film->recording);
}

size_t frames_processes(const struct source *source, pid_t *pids, size_t most)
{
	struct cast cast = { .pids = pids, .most = most };
	const struct sink sink = { cast_event, film_note, NULL, &cast };
	struct collection collection = { .sink = &sink };
	struct recording recording = { .until = source->until };

	record_replay(source->path, &collection, &recording);
	record_free(&recording);
	return cast.count;
}

void frames_make(const struct source *source, const struct frame_sink *sink)
{
	struct film film = { .sink = sink, .pid = source->pid, .counts = true };

	pass(&film, source);
	film.counts = false;
	film.begun = false;
	film.step = film.changes / MOST_PICTURES + 1;
	pass(&film, source);
	mm_free(&film.last);
	accounts_free(&film.accounts);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Write a trace into a file. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "../must.h"
#include "entry.h"
#include "stream.h"

/* So often what was compressed goes into the file, in seconds. */
#define FLUSH_AFTER 0.2

/**
 * struct recorder - a file that is being written
 * @entry:   the one that is being made
 * @vmas:    how many VMAs a reader has by now, of each space; 0: it does not know it
 * @flushed: when
 */
struct recorder {
	struct stream *stream;
	struct codec entry;
	size_t *vmas;
	size_t spaces;
	double flushed;
};

static double seconds(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void begin(struct recorder *recorder, enum entry_kind kind)
{
	recorder->entry.writing = true;
	recorder->entry.size = 0;
	CODE(&recorder->entry, kind);
}

static bool put(struct recorder *recorder)
{
	return stream_write(recorder->stream, &recorder->entry);
}

static const char *joined(char **argv)
{
	size_t size = 1;
	const char *name;
	char *text;

	if (!argv)
		return "";
	for (char **arg = argv; *arg; arg++)
		size += strlen(*arg) + 1;
	text = must(calloc(1, size));
	for (char **arg = argv; *arg; arg++) {
		strcat(text, *arg);
		if (arg[1])
			strcat(text, " ");
	}
	if (size > 4000)
		text[4000] = '\0';
	name = intern(text);
	free(text);
	return name;
}

struct recorder *record_create(const char *path, char **argv, const struct rules *rules)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	struct recording recording;
	struct utsname kernel;

	must(recorder);
	recorder->stream = stream_create(path);
	if (!recorder->stream) {
		free(recorder);
		return NULL;
	}
	uname(&kernel);
	recording = (struct recording){
		.program = argv ? argv[0] : NULL, .command = joined(argv),
		.release = intern(kernel.release),
		.began = seconds(CLOCK_REALTIME), .origin = seconds(CLOCK_MONOTONIC),
		.rules = *rules,
	};
	recorder->flushed = recording.origin;
	begin(recorder, ENTRY_HEAD);
	code_head(&recorder->entry, &recording);
	put(recorder);
	return recorder;
}

/* The count that a reader has of a space. */
static size_t *known(struct recorder *recorder, unsigned long number)
{
	size_t room = recorder->spaces ? recorder->spaces : 64;

	while (room <= number)
		room *= 2;
	if (room > recorder->spaces) {
		recorder->vmas = must(reallocarray(recorder->vmas, room, sizeof(*recorder->vmas)));
		memset(recorder->vmas + recorder->spaces, 0,
		       (room - recorder->spaces) * sizeof(*recorder->vmas));
		recorder->spaces = room;
	}
	return &recorder->vmas[number];
}

static bool put_space(struct recorder *recorder, enum entry_kind kind, pid_t pid,
		      unsigned long number, struct mm *mm)
{
	double time = seconds(CLOCK_MONOTONIC);

	*known(recorder, number) = mm->count;
	begin(recorder, kind);
	CODE(&recorder->entry, number);
	CODE(&recorder->entry, pid);
	code_real(&recorder->entry, &time);
	code_mm(&recorder->entry, mm);
	code_vmas(&recorder->entry, mm);
	return put(recorder);
}

/* The space as it was before this event. */
static bool put_before(struct recorder *recorder, struct event *event)
{
	struct mm mm;
	bool written;

	mm_copy(&mm, &event->space->mm);
	window_replace(&mm, &event->after, &event->before);
	written = put_space(recorder, ENTRY_SPACE, event->pid, event->space->number, &mm);
	mm_free(&mm);
	return written;
}

bool record_event(struct recorder *recorder, struct event *event)
{
	struct space *space = event->space;
	size_t *vmas = known(recorder, space->number);

	if (!*vmas && !put_before(recorder, event))
		return false;
	begin(recorder, ENTRY_EVENT);
	CODE(&recorder->entry, space->number);
	code_mm(&recorder->entry, &space->mm);
	code_event(&recorder->entry, event);
	code_vmas(&recorder->entry, &event->before);
	code_vmas(&recorder->entry, &event->after);
	if (!put(recorder))
		return false;
	*vmas += event->after.count - event->before.count;
	/* More has changed than what is near this call. */
	if ((*vmas != space->mm.count || event->grown || !event->foreseen) &&
	    !put_space(recorder, ENTRY_SPACE, event->pid, space->number, &space->mm))
		return false;
	if (event->time < recorder->flushed + FLUSH_AFTER)
		return true;
	recorder->flushed = event->time;
	return stream_flush(recorder->stream);
}

bool record_note(struct recorder *recorder, pid_t pid, const char *text)
{
	double time = seconds(CLOCK_MONOTONIC);

	begin(recorder, ENTRY_NOTE);
	CODE(&recorder->entry, pid);
	code_real(&recorder->entry, &time);
	code_name(&recorder->entry, &text);
	return put(recorder);
}

bool record_ending(struct recorder *recorder, pid_t pid, struct space *space)
{
	return put_space(recorder, ENTRY_ENDING, pid, space->number, &space->mm);
}

bool record_close(struct recorder *recorder, const struct collection *collection)
{
	struct collection copy = *collection;
	bool written;

	begin(recorder, ENTRY_TAIL);
	code_tail(&recorder->entry, &copy);
	written = put(recorder);
	written = stream_close(recorder->stream) && written;
	codec_free(&recorder->entry);
	free(recorder->vmas);
	free(recorder);
	return written;
}

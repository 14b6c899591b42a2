// SPDX-License-Identifier: GPL-2.0-or-later
/* Read a recorded trace, and hand its events on as they were. */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "../must.h"
#include "entry.h"
#include "stream.h"

/* More spaces than processes can ever be had: such a number is no number. */
#define MOST_SPACES (1UL << 24)

struct replay {
	struct codec entry;
	struct collection *collection;
	struct recording *recording;
	bool complete, ended;
};

bool record_is(const char *path)
{
	return stream_is(path);
}

static void space_free(struct space *space)
{
	if (!space)
		return;
	mm_free(&space->mm);
	free(space);
}

void record_free(struct recording *recording)
{
	for (size_t i = 0; i < recording->count; i++)
		space_free(recording->space[i]);
	free(recording->space);
	recording->space = NULL;
	recording->count = 0;
}

/* The space whose number comes next; NULL: none can have it. */
static struct space *read_space(struct replay *replay)
{
	struct recording *recording = replay->recording;
	unsigned long number = 0;
	size_t room = recording->count ? recording->count : 64;

	CODE(&replay->entry, number);
	if (number >= MOST_SPACES)
		return NULL;
	while (room <= number)
		room *= 2;
	if (room > recording->count) {
		recording->space = reallocarray(recording->space, room, sizeof(struct space *));
		must(recording->space);
		memset(recording->space + recording->count, 0,
		       (room - recording->count) * sizeof(struct space *));
		recording->count = room;
	}
	if (!recording->space[number]) {
		struct space *space = calloc(1, sizeof(*space));

		must(space);
		space->number = number;
		target_init(&space->target, 0);
		mm_init(&space->mm, &recording->rules);
		recording->space[number] = space;
	}
	return recording->space[number];
}

static struct space *replay_space(struct replay *replay)
{
	struct space *space = read_space(replay);
	double time = 0;

	if (!space)
		return NULL;
	CODE(&replay->entry, space->target.pid);
	code_real(&replay->entry, &time);
	mm_free(&space->mm);
	code_mm(&replay->entry, &space->mm);
	code_vmas(&replay->entry, &space->mm);
	if (space->mm.count > space->most)
		space->most = space->mm.count;
	return replay->entry.damaged ? NULL : space;
}

/* An empty window of a space, as window_copy() has it. */
static void begin_window(struct mm *window, const struct mm *mm)
{
	window_copy(window, mm, 0, 0);
	window->limits = mm->limits;
}

static bool replay_event(struct replay *replay)
{
	const struct sink *sink = replay->collection->sink;
	struct event event = { 0 };
	bool understood = false;

	event.space = read_space(replay);
	if (!event.space)
		return false;
	begin_window(&event.before, &event.space->mm);
	code_mm(&replay->entry, &event.space->mm);
	begin_window(&event.after, &event.space->mm);
	code_event(&replay->entry, &event);
	code_vmas(&replay->entry, &event.before);
	code_vmas(&replay->entry, &event.after);
	understood = !replay->entry.damaged;
	if (understood && replay->recording->until &&
	    event.time > replay->recording->origin + replay->recording->until) {
		replay->ended = true;
	} else if (understood) {
		window_replace(&event.space->mm, &event.before, &event.after);
		if (event.space->mm.count > event.space->most)
			event.space->most = event.space->mm.count;
		replay->ended = !sink->event(sink->data, &event);
		replay->collection->broken = replay->ended;
	}
	event_free(&event);
	return understood;
}

static bool replay_note(struct replay *replay)
{
	const struct sink *sink = replay->collection->sink;
	const char *text = NULL;
	double time = 0;
	pid_t pid = 0;

	CODE(&replay->entry, pid);
	code_real(&replay->entry, &time);
	code_name(&replay->entry, &text);
	if (replay->entry.damaged || !text)
		return false;
	replay->ended = !sink->note(sink->data, pid, text);
	replay->collection->broken = replay->ended;
	return true;
}

static bool replay_ending(struct replay *replay)
{
	const struct sink *sink = replay->collection->sink;
	struct space *space = replay_space(replay);

	if (!space)
		return false;
	replay->ended = sink->ending && !sink->ending(sink->data, space->target.pid, space);
	replay->collection->broken = replay->ended;
	return true;
}

static bool replay_entry(struct replay *replay)
{
	enum entry_kind kind = 0;

	CODE(&replay->entry, kind);
	switch (kind) {
	case ENTRY_HEAD:
		code_head(&replay->entry, replay->recording);
		return replay->recording->command && replay->recording->release;
	case ENTRY_SPACE:
		return replay_space(replay);
	case ENTRY_EVENT:
		return replay_event(replay);
	case ENTRY_NOTE:
		return replay_note(replay);
	case ENTRY_ENDING:
		return replay_ending(replay);
	case ENTRY_TAIL:
		code_tail(&replay->entry, replay->collection);
		replay->complete = true;
		return true;
	default:
		return false;
	}
}

bool record_replay(const char *path, struct collection *collection,
		   struct recording *recording)
{
	struct replay replay = { .collection = collection, .recording = recording };
	struct stream *stream = stream_open(path);
	enum stream_state state = STREAM_ENTRY;

	while (state == STREAM_ENTRY && !replay.ended) {
		state = stream_read(stream, &replay.entry);
		if (state == STREAM_ENTRY && (!replay_entry(&replay) || replay.entry.damaged))
			state = STREAM_DAMAGED;
	}
	stream_close(stream);
	codec_free(&replay.entry);
	if (replay.ended || (state == STREAM_END && replay.complete))
		return true;
	warnx(state == STREAM_DAMAGED ? "%s: damaged; this is what comes before" :
	      "%s: cut off, as if vmatrace was killed; this is what there is", path);
	return false;
}

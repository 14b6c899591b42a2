// SPDX-License-Identifier: GPL-2.0-or-later
/* One JSON object a line, as vmatrace(1) documents it. */
#include <errno.h>
#include <jansson.h>

#include "../model/explain.h"
#include "show.h"

static json_t *hex(__u64 value)
{
	return json_sprintf("0x%llx", value);
}

static json_t *vma_json(const struct mm *mm, const struct vma *vma)
{
	char room[256], access[5], words[512];

	return json_pack("{s:o, s:o, s:s, s:o, s:I, s:s, s:s}",
			 "start", hex(vma->start), "end", hex(vma->end),
			 "rights", rights(vma->flags, access),
			 "offset", hex(vma->file ? vma->pgoff * mm->page : 0),
			 "inode", (json_int_t)vma->inode,
			 "name", vma_name(mm, vma, room, sizeof(room)),
			 "flags", flag_words(vma->flags & ~VM_ACCESS, words, sizeof(words)));
}

static json_t *facts_json(const struct event *event)
{
	json_t *array = json_array();
	char room[1024];

	for (size_t i = 0; i < event->facts.count; i++) {
		const struct fact *fact = &event->facts.fact[i];

		json_array_append_new(array, json_pack("{s:s, s:s, s:o, s:s}",
						       "fact", fact_word(fact->kind),
						       "why", why_word(fact->why),
						       "address", hex(fact->address),
						       "text", explain(&event->space->mm, fact,
								       room, sizeof(room))));
	}
	return array;
}

static json_t *stack_json(const struct event *event)
{
	json_t *array = json_array();

	for (size_t i = 0; event->frame[i]; i++)
		json_array_append_new(array, json_string(event->frame[i]));
	return array;
}

static bool write_line(struct show *show, json_t *object)
{
	int failed = json_dumpf(object, show->out, JSON_COMPACT);

	json_decref(object);
	fputc('\n', show->out);
	return !failed && show_written(show);
}

static bool show_json(struct show *show, struct event *event)
{
	long result = event->call.result;
	bool failed = result < 0 && result > -4096, known = result != RESULT_UNKNOWN;
	json_t *object, *gone = json_array(), *come = json_array();
	struct diff diff;

	diff_make(&diff, &event->before, &event->after);
	for (size_t i = 0; i < diff.gone_count; i++)
		json_array_append_new(gone, vma_json(&event->before, diff.gone[i]));
	for (size_t i = 0; i < diff.come_count; i++)
		json_array_append_new(come, vma_json(&event->after, diff.come[i]));
	object = json_pack("{s:s, s:f, s:i, s:i, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:o,"
			   " s:o, s:o, s:b}",
			   "type", "call", "time", event->time, "pid", event->pid,
			   "tid", event->tid, "call", event->name, "args", event->text,
			   "result", !known ? json_null() :
				     event->shows_address && !failed ? hex((__u64)result) :
				     json_integer(failed ? -1 : result),
			   "errno", failed && known ? json_string(error_name((int)-result)) :
				    json_null(),
			   "seconds", event->seconds < 0 ? json_null() :
				      json_real(event->seconds),
			   "vmas", (json_int_t)event->space->mm.count,
			   "delta", (json_int_t)diff.delta, "gone", gone, "come", come,
			   "facts", facts_json(event), "stack", stack_json(event),
			   "foreseen", event->foreseen);
	diff_free(&diff);
	return write_line(show, object);
}

static bool show_json_note(struct show *show, pid_t pid, const char *text)
{
	return write_line(show, json_pack("{s:s, s:i, s:s}", "type", "note", "pid", pid,
					  "text", text));
}

const struct format format_json = { .name = "json", .event = show_json, .note = show_json_note };

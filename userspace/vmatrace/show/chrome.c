// SPDX-License-Identifier: GPL-2.0-or-later
/* Chrome's trace events: what Perfetto and chrome://tracing open. */
#include <jansson.h>

#include "../model/explain.h"
#include "show.h"

static double origin;
static bool begun, named;

static bool put(struct show *show, json_t *object)
{
	int failed = fputs(begun ? ",\n" : "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n",
			   show->out) < 0;

	begun = true;
	failed |= json_dumpf(object, show->out, JSON_COMPACT);
	json_decref(object);
	return !failed && !ferror(show->out);
}

static double microseconds(const struct show *show)
{
	return (show->time - origin) * 1e6;
}

static bool put_process(struct show *show, pid_t pid)
{
	return put(show, json_pack("{s:s, s:s, s:i, s:{s:s}}", "name", "process_name", "ph", "M",
				   "pid", pid, "args", "name", show->program));
}

/* How many VMAs there are is drawn as a curve. */
static bool put_count(struct show *show, const struct event *event)
{
	return put(show, json_pack("{s:s, s:s, s:f, s:i, s:{s:I}}", "name", "VMAs", "ph", "C",
				   "ts", microseconds(show), "pid", event->pid, "args",
				   "VMAs", (json_int_t)event->space->mm.count));
}

static json_t *reasons(const struct event *event)
{
	json_t *array = json_array();
	char room[1024];

	for (size_t i = 0; i < event->facts.count; i++)
		if (*explain(&event->space->mm, &event->facts.fact[i], room, sizeof(room)))
			json_array_append_new(array, json_string(room));
	return array;
}

static bool chrome_event(struct show *show, struct event *event)
{
	long delta = (long)event->after.count - (long)event->before.count;

	if (!named) {
		named = true;
		origin = event->time;
		if (show->program && !put_process(show, event->pid))
			return false;
	}
	if (!put(show, json_pack("{s:s, s:s, s:f, s:f, s:i, s:i, s:{s:s, s:o, s:I, s:I, s:o}}",
				 "name", event->name, "ph", "X", "ts", microseconds(show),
				 "dur", event->seconds < 0 ? 0.0 : event->seconds * 1e6,
				 "pid", event->pid, "tid", event->tid,
				 "args", "arguments", event->text,
				 "result", event->call.result == RESULT_UNKNOWN ? json_null() :
					   json_sprintf("%#lx", event->call.result),
				 "vmas", (json_int_t)event->space->mm.count,
				 "delta", (json_int_t)delta, "why", reasons(event))))
		return false;
	return put_count(show, event);
}

static bool chrome_note(struct show *show, pid_t pid, const char *text)
{
	return put(show, json_pack("{s:s, s:s, s:s, s:f, s:i, s:i}", "name", text, "ph", "i",
				   "s", "p", "ts", named ? microseconds(show) : 0.0,
				   "pid", pid, "tid", pid));
}

static bool chrome_end(struct show *show)
{
	fputs(begun ? "\n]}\n" : "{\"traceEvents\":[]}\n", show->out);
	return show_written(show);
}

const struct format format_chrome = {
	.name = "chrome", .event = chrome_event, .note = chrome_note, .end = chrome_end,
};

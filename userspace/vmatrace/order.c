// SPDX-License-Identifier: GPL-2.0-or-later
/* Follow, or replay: what becomes of each event, and how it ends. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "collect/maps.h"
#include "order.h"
#include "who/stack.h"

/* What cannot be written any more, and why, is told at the end. */
static bool kept(struct order *order, bool written)
{
	if (!written && !order->error)
		order->error = errno;
	return written;
}

static bool show_note(struct show *show, pid_t pid, const char *text)
{
	return !show->format || !show->format->note || show->format->note(show, pid, text);
}

static bool on_note(void *data, pid_t pid, const char *text)
{
	struct order *order = data;

	return kept(order, (!order->recorder || record_note(order->recorder, pid, text)) &&
			   show_note(&order->show, pid, text));
}

/* No call makes a stack grow: a fault below it does. */
static const char *growth(__u64 bytes)
{
	static char text[64];

	snprintf(text, sizeof(text), "stack grew by %llu KiB, by faults below it", bytes >> 10);
	return text;
}

static bool on_event(void *data, struct event *event)
{
	struct order *order = data;
	struct show *show = &order->show;

	show->unforeseen += !event->foreseen;
	if (order->stacks && event->facts.count)
		stack_take(event);
	if (order->recorder && !kept(order, record_event(order->recorder, event)))
		return false;
	if (event->grown && !kept(order, show_note(show, event->tid, growth(event->grown))))
		return false;
	if (!show->format || !filter_passes(&show->filter, event))
		return true;
	if (order->replays)
		show->program = order->recording.program;
	show->time = event->time;
	return kept(order, show->format->event(show, event));
}

/* The stack alone may have grown since the last call. */
static bool on_ending(void *data, pid_t pid, struct space *space)
{
	struct order *order = data;
	__u64 grown = order->replays ? 0 : space_absorb(space);
	struct facts facts = { 0 };
	bool same, closed;
	char text[96];

	closed = !order->replays && space_unregister(space, &facts);
	facts_free(&facts);
	if (grown && !on_note(order, pid, growth(grown)))
		return false;
	if (closed && !on_note(order, pid, "a userfaultfd was closed: what it had is not "
			       "registered any more"))
		return false;
	if (order->recorder && !kept(order, record_ending(order->recorder, pid, space)))
		return false;
	if (!order->show.check)
		return true;
	same = space_check(space);
	if (!same && space_gone(space))
		return on_note(order, pid, "exit: killed before /proc/PID/maps could be read");
	order->show.differences += !same;
	snprintf(text, sizeof(text), "exit: %zu VMAs, %zu at most, %sas /proc/PID/maps shows them",
		 space->mm.count, space->most, same ? "" : "not ");
	return on_note(order, pid, text);
}

/* Write what comes last. */
static void finish(struct order *order, struct collection *collection)
{
	const struct format *format = order->show.format;

	if (!collection->broken && format && format->end && !kept(order, format->end(&order->show)))
		collection->broken = true;
	if (order->recorder && !kept(order, record_close(order->recorder, collection)))
		collection->broken = true;
}

static const char *destination(const struct order *order)
{
	if (order->recorder && (!order->show.format || !ferror(order->show.out)))
		return order->record;
	return order->output ? order->output : "standard error";
}

static int report(const struct order *order, const struct collection *collection)
{
	const char *program = order->argv ? order->argv[0] : NULL;
	int error = program ? program_failed(&collection->program) : 0;

	if (error) {
		fprintf(stderr, "vmatrace: %s: %s\n", program, strerror(error));
		return error == ENOENT ? 127 : 126;
	}
	if (collection->stopped && !order->replays) {
		fprintf(stderr, "vmatrace: %s: not followed any more, the program goes on\n",
			strsignal(collection->stopped));
		return collection->stopped == SIGINT && !program ? 0 : 128 + collection->stopped;
	}
	if (collection->broken && (order->output || !order->replays)) {
		fprintf(stderr, "vmatrace: %s: %s%s\n", destination(order), strerror(order->error),
			order->replays ? "" :
			"; nothing is followed any more, the program goes on");
		return 1;
	}
	if (collection->lost)
		fprintf(stderr, "vmatrace: %lu events were lost: the machine is too busy for "
			"--by perf; --by seccomp loses none\n", collection->lost);
	if (order->replays)
		return collection->broken;
	if (order->show.differences) {
		fprintf(stderr, "vmatrace: %lu processes did not end as the model has them\n",
			order->show.differences);
		return 1;
	}
	return program ? program_end_as(collection->status) : 0;
}

static int replay(struct order *order, struct collection *collection)
{
	bool whole = record_replay(order->file, collection, &order->recording);
	int status;

	finish(order, collection);
	record_free(&order->recording);
	status = report(order, collection);
	return whole ? status : 1;
}

static int follow(struct order *order, struct collection *collection)
{
	struct rules rules;

	rules_probe(&rules);
	collection->rules = &rules;
	collection->attach = order->pids;
	collection->argv = order->argv;
	collection->faults = order->faults;
	order->show.program = order->argv ? order->argv[0] : NULL;
	if (order->record) {
		order->recorder = record_create(order->record, order->argv, &rules);
		if (!order->recorder)
			err(1, "%s", order->record);
	}
	if (!collect(collection, order->by)) {
		if (order->recorder)
			record_close(order->recorder, collection);
		return 1;
	}
	finish(order, collection);
	return report(order, collection);
}

int order_carry_out(struct order *order)
{
	struct sink sink = { on_event, on_note, on_ending, order };
	struct collection collection = { .sink = &sink };

	return order->replays ? replay(order, &collection) : follow(order, &collection);
}

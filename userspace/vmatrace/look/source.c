// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../collect/maps.h"
#include "../collect/target.h"
#include "../must.h"
#include "../record/record.h"
#include "../who/account.h"
#include "look.h"
#include "source.h"

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* What follows the @ behind the name of a trace. */
static void parse_moment(const char *text, struct source *source)
{
	const char *slash = strchr(text, '/');
	char *end = (char *)text;

	if (text != slash)
		source->until = strtod(text, &end);
	if ((slash ? end != slash : *end) || source->until < 0)
		errx(2, "'@%s': a moment is @SECONDS, @SECONDS/PID or @/PID", text);
	if (slash)
		source->pid = look_pid(slash + 1);
}

void source_parse(const char *text, struct source *source)
{
	const char *at = strrchr(text, '@');

	*source = (struct source){ .path = text };
	if (is_number(text)) {
		source->path = NULL;
		source->pid = look_pid(text);
		return;
	}
	if (at && access(text, F_OK)) {
		source->path = must(strndup(text, (size_t)(at - text)));
		parse_moment(at + 1, source);
	}
	source->recorded = record_is(source->path);
	if (source->path != text && !source->recorded)
		errx(1, "%s: only a recorded trace has moments", source->path);
}

static void read_file(const char *path, struct mm *mm)
{
	FILE *file = fopen(path, "re");

	if (!file)
		err(1, "%s", path);
	if (!maps_parse(file, mm) || !mm->count)
		errx(1, "%s: this is no copy of /proc/PID/maps or smaps, and no trace", path);
	fclose(file);
}

static void read_process(pid_t pid, struct mm *mm, bool flags)
{
	struct target target;

	target_init(&target, pid);
	target_limits(&target, &mm->limits);
	target_layout(&target, mm);
	mm->brk = mm->start_brk + (mm->start_brk ? 1 : 0);
	if ((flags && maps_read(pid, mm, true)) || maps_read(pid, mm, false))
		return;
	if (errno == ENOENT || errno == ESRCH)
		errx(1, "no process %d", pid);
	err(1, "cannot read /proc/%d/maps", pid);
}

/* The space that a process of a trace was in last, and who made what is in it. */
struct seen {
	pid_t pid;
	struct space *space;
	struct accounts accounts;
	struct account *account;
	char *pids;
	size_t room;
};

/* Each process once, until there is no more room. */
static void note_pid(struct seen *seen, pid_t pid)
{
	size_t used = strlen(seen->pids);
	char text[16];
	int length = snprintf(text, sizeof(text), " %d", pid);

	for (const char *at = seen->pids; (at = strstr(at, text)); at += length)
		if (at[length] == ' ' || !at[length])
			return;
	if (used + (size_t)length < seen->room)
		strcat(seen->pids, text);
}

static bool see_event(void *data, struct event *event)
{
	struct seen *seen = data;

	note_pid(seen, event->pid);
	if (!seen->pid)
		seen->pid = event->pid;
	if (event->pid != seen->pid)
		return true;
	seen->space = event->space;
	seen->account = accounts_event(&seen->accounts, event);
	return true;
}

static bool see_note(void *data, pid_t pid, const char *text)
{
	(void)data;
	(void)pid;
	(void)text;
	return true;
}

static void replay(struct source *source, struct seen *seen, struct recording *recording)
{
	const struct sink sink = { see_event, see_note, NULL, seen };
	struct collection collection = { .sink = &sink };

	*seen = (struct seen){
		.pid = source->pid, .pids = source->pids, .room = sizeof(source->pids),
	};
	*source->pids = '\0';
	recording->until = source->until;
	record_replay(source->path, &collection, recording);
	if (!seen->space)
		errx(1, "%s: there is no call of process %d by then, but of%s", source->path,
		     seen->pid, *source->pids ? source->pids : " none");
}

static void read_trace(struct source *source, struct mm *mm)
{
	static struct recording recording;
	struct seen seen;

	replay(source, &seen, &recording);
	mm_copy(mm, &seen.space->mm);
	accounts_free(&seen.accounts);
	record_free(&recording);
}

const char *source_maker(struct source *source, __u64 address, char *room, size_t size)
{
	struct recording recording = { 0 };
	const struct held *held;
	struct seen seen;

	*room = '\0';
	if (!source->recorded)
		return room;
	replay(source, &seen, &recording);
	held = account_find(seen.account, address);
	if (held)
		held_text(held, room, size);
	accounts_free(&seen.accounts);
	record_free(&recording);
	return room;
}

void source_read(struct source *source, struct mm *mm, bool flags)
{
	static struct rules rules;

	rules_probe(&rules);
	mm_init(mm, &rules);
	if (source->recorded)
		read_trace(source, mm);
	else if (source->path)
		read_file(source->path, mm);
	else
		read_process(source->pid, mm, flags);
}

void look_read(const char *text, struct mm *mm, bool flags)
{
	struct source source;

	source_parse(text, &source);
	source_read(&source, mm, flags);
}

const char *source_title(const struct source *source, char *room, size_t size)
{
	char path[64], name[64] = "";
	FILE *file;

	if (source->path) {
		snprintf(room, size, "%s", source->path);
		return room;
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", source->pid);
	file = fopen(path, "re");
	if (file && fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
	snprintf(room, size, "%s, process %d", name, source->pid);
	return room;
}

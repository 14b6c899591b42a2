// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "vmactl.h"

/* 0, or the name of an errno, or what the kernel calls a fault's result. */
static const char *result_word(const char *value)
{
	int error = -atoi(value);
	const char *name = error > 0 ? strerrorname_np(error) : NULL;

	if (!strcmp(value, "0"))
		return "ok";
	return name ? name : value;
}

static void add_words(struct event *event, const char *key, const char *value)
{
	const bool yes = !strcmp(value, "1");
	size_t used = strlen(event->what);
	char *end = event->what + used;
	size_t room = sizeof(event->what) - used;
	const char *comma = used ? ", " : "";

	if (!strcmp(key, "shared"))
		snprintf(end, room, "%s%s", comma, yes ? "shared" : "private");
	else if (!strcmp(key, "write"))
		snprintf(end, room, "%s%s", comma, yes ? "write" : "read");
	else if (!strcmp(key, "lock"))
		snprintf(end, room, "%s%s lock", comma, value);
	else if (!strcmp(key, "result"))
		snprintf(end, room, "%s%s", comma, result_word(value));
	else if (strcmp(key, "order") || strcmp(value, "0"))
		snprintf(end, room, "%s%s %s", comma, key, value);
}

static void add_field(struct event *event, const char *key, const char *value)
{
	const struct {
		const char *key;
		char *member;
		size_t room;
	} members[] = {
		{ "region", event->region, sizeof(event->region) },
		{ "strategy", event->strategy, sizeof(event->strategy) },
		{ "pgoff", event->pgoff, sizeof(event->pgoff) },
		{ "pages", event->pages, sizeof(event->pages) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (!strcmp(members[i].key, key)) {
			snprintf(members[i].member, members[i].room, "%s", value);
			return;
		}
	}
	add_words(event, key, value);
}

/* The kernel notes the names of few processes; of the others it gives "<...>". */
static void look_up_process(struct event *event)
{
	char path[32];
	FILE *comm;

	snprintf(path, sizeof(path), "/proc/%d/comm", event->pid);
	comm = fopen(path, "re");
	if (!comm)
		return;
	if (fgets(event->process, sizeof(event->process), comm))
		event->process[strcspn(event->process, "\n")] = '\0';
	fclose(comm);
}

/* "  COMM-PID  [CPU] FLAGS SECONDS: vmadev_NAME: KEY=VALUE ..."; a COMM can hold "-". */
bool parse_event(char *line, struct event *event)
{
	char *cpu = strstr(line, " [");
	char *dash, *token, *rest;
	int fields = 0;

	memset(event, 0, sizeof(*event));
	if (!cpu)
		return false;
	*cpu = '\0';
	dash = strrchr(line, '-');
	if (!dash)
		return false;
	*dash = '\0';
	event->pid = atoi(dash + 1);
	snprintf(event->process, sizeof(event->process), "%s", line + strspn(line, " "));
	if (!strcmp(event->process, "<...>"))
		look_up_process(event);
	if (sscanf(cpu + 2, "%*d] %*s %lf: vmadev_%15[^:]: %n", &event->seconds, event->name,
		   &fields) != 2 || !fields)
		return false;
	for (token = strtok_r(cpu + 2 + fields, " ", &rest); token;
	     token = strtok_r(NULL, " ", &rest)) {
		char *value = strchr(token, '=');

		if (value) {
			*value = '\0';
			add_field(event, token, value + 1);
		}
	}
	return true;
}

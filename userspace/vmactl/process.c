// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tracefs.h>
#include <unistd.h>

#include "process.h"
#include "vmactl.h"

struct process {
	int pid;
	bool fresh;
	char name[64];
};

static struct process *known;
static size_t count;

static struct process *find(int pid)
{
	struct process *more;

	for (size_t i = 0; i < count; i++)
		if (known[i].pid == pid)
			return &known[i];
	more = reallocarray(known, count + 1, sizeof(*known));
	if (!more)
		die("no memory for the name of a process");
	known = more;
	known[count] = (struct process){ .pid = pid };
	return &known[count++];
}

static bool from_proc(struct process *process)
{
	char path[32];
	ssize_t got = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", process->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, process->name, sizeof(process->name) - 1);
		close(fd);
	}
	if (got <= 0)
		return false;
	/* A newline ends it, and it may hold some. */
	process->name[got - 1] = '\0';
	return true;
}

/* What the kernel noted of one that is gone: "PID NAME" a line. */
static void from_kernel(struct process *process)
{
	char *lines = tracefs_instance_file_read(NULL, "saved_cmdlines", NULL), *rest;

	strcpy(process->name, "<...>");
	for (char *line = lines ? strtok_r(lines, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *name;

		if (strtol(line, &name, 10) == process->pid && *name == ' ')
			snprintf(process->name, sizeof(process->name), "%s", name + 1);
	}
	free(lines);
}

void process_name(int pid, char *name, size_t room)
{
	struct process *process = find(pid);

	if (!process->fresh && !from_proc(process) && !*process->name)
		from_kernel(process);
	process->fresh = true;
	snprintf(name, room, "%s", process->name);
}

void process_names_age(void)
{
	for (size_t i = 0; i < count; i++)
		known[i].fresh = false;
}

/* How many bytes the UTF-8 character at @text has; 0: it is none. */
static size_t utf8_length(const unsigned char *text)
{
	const unsigned char first = text[0], second = text[1];
	const size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2
			      : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than need be, surrogates, and more than Unicode has. */
	if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
	    (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
		return 0;
	return length;
}

/* Control characters are below space, DEL, and U+0080 to U+009F. */
static bool is_control(const unsigned char *text)
{
	return *text < ' ' || *text == 0x7f || (text[0] == 0xc2 && text[1] < 0xa0);
}

void process_escape(const char *name, bool json, char *text, size_t room)
{
	const unsigned char *from = (const unsigned char *)name;
	size_t used = 0;

	while (*from && used + 4 < room) {
		size_t length = utf8_length(from);

		if (length && (json || (!is_control(from) && *from != '\\'))) {
			memcpy(text + used, from, length);
			used += length;
			from += length;
			continue;
		}
		if (json || !strchr("\n\t\\", *from))
			used += (size_t)sprintf(text + used, "\\x%02x", *from);
		else
			used += (size_t)sprintf(text + used, "\\%c", *from == '\n' ? 'n'
						: *from == '\t' ? 't' : '\\');
		from++;
	}
	text[used] = '\0';
}

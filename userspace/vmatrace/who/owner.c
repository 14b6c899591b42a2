// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "../model/vma.h"
#include "owner.h"

/* What only passes a system call on. */
static bool is_wrapper(const char *frame)
{
	static const char *const names[] = {
		"mmap", "munmap", "mprotect", "mremap", "madvise", "brk", "sbrk", "mlock",
		"mlockall", "syscall", "prctl", "shmat", "pkey_mprotect",
	};
	size_t length;

	frame += strspn(frame, "_");
	length = strcspn(frame, " ");
	if (length > 2 && !strncmp(frame + length - 2, "64", 2))
		length -= 2;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length && !strncmp(names[i], frame, length))
			return true;
	return false;
}

/* "libc.so.6)" of "malloc (libc.so.6)"; the whole of what has none. */
static const char *library_of(const char *frame)
{
	const char *open = strrchr(frame, '(');

	return open ? open + 1 : frame;
}

static bool same_library(const char *frame, const char *other)
{
	return !strcmp(library_of(frame), library_of(other));
}

/* These work for others: who is behind them is more interesting. */
static bool serves_all(const char *frame)
{
	const char *library = library_of(frame);

	return !strncmp(library, "ld-linux", 8) || !strncmp(library, "libc.so", 7) ||
	       !strncmp(library, "libpthread", 10) || !strncmp(library, "libdl", 5);
}

const char *owner_of(const char *const *frame)
{
	const char *const *maker, *const *entry, *const *behind;
	char text[512];

	for (maker = frame; *maker && maker[1] && is_wrapper(*maker); maker++)
		;
	if (!*maker)
		return "";
	for (entry = maker; entry[1] && same_library(*maker, entry[1]); entry++)
		;
	for (behind = entry; *behind; behind++)
		if (!same_library(*maker, *behind) && !serves_all(*behind))
			break;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(library_of(*maker), ")"),
		 library_of(*maker));
	if (serves_all(*maker))
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %.*s",
			 (int)strcspn(*entry, " "), *entry);
	if (*behind && serves_all(*maker))
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " for %.*s",
			 (int)strcspn(library_of(*behind), ")"), library_of(*behind));
	return intern(text);
}

const char *owner_path(const char *lines)
{
	static char text[8000];
	size_t used = 0;

	*text = '\0';
	while ((lines = strchr(lines, '\n')) && used + 600 < sizeof(text)) {
		lines++;
		if (is_wrapper(lines))
			continue;
		used += (size_t)snprintf(text + used, 520, "%s%.*s", used ? " < " : "",
					 (int)strcspn(lines, "\n ("), lines);
	}
	return text;
}

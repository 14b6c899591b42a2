// SPDX-License-Identifier: GPL-2.0-or-later
/* From what the user named to what is audited. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmaudit.h"

#define MOST_OPTIONS 16
/* A device may wait for its other end. */
#define OPEN_FLAGS	(O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

const struct opener *opener_named(const char *name, size_t length)
{
	for (size_t i = 0; i < opener_count; i++)
		if (strlen(openers[i]->name) == length && !strncmp(openers[i]->name, name, length))
			return openers[i];
	return NULL;
}

const char *option_value(char *const *options, const char *name)
{
	size_t length = strlen(name);

	for (; *options; options++)
		if (!strncmp(*options, name, length) &&
		    ((*options)[length] == '=' || !(*options)[length]))
			return *options + length + ((*options)[length] == '=');
	return NULL;
}

const char *failed(const char *call)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s: %s", call, strerror(errno));
	return text;
}

static void split(char *text, char **options)
{
	size_t count = 0;

	for (char *word = strtok(text, ","); word; word = strtok(NULL, ",")) {
		if (count == MOST_OPTIONS)
			die("more than %d options after the colon", MOST_OPTIONS);
		options[count++] = word;
	}
	options[count] = NULL;
}

/* Is @word one of @known, "KEY=WHAT,WORD"? Only a key has a value. */
static bool is_option(const char *known, const char *word)
{
	size_t length = strcspn(word, "=");

	while (known && *known) {
		size_t key = strcspn(known, "=,");

		if (key == length && !strncmp(known, word, key) &&
		    (known[key] == '=') == (word[key] == '='))
			return true;
		known += strcspn(known, ",");
		known += *known == ',';
	}
	return false;
}

void subject_of_kind(struct subject *subject, const struct opener *opener, char *options)
{
	char *words[MOST_OPTIONS + 1];
	const char *why;

	split(options, words);
	for (char **word = words; *word; word++)
		if (!is_option(opener->options, *word))
			die("%s: '%s' is no option of %s, which takes %s", subject->name, *word,
			    opener->name, opener->options ? opener->options : "none");
	why = opener->open(subject, words);
	if (why)
		die("%s: %s", subject->name, why);
}

int open_again(int fd, int mode)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, mode | OPEN_FLAGS);
}

size_t whole_pages(size_t bytes)
{
	return (bytes + page_size() - 1) & ~(page_size() - 1);
}

/* A file has a size, a device seldom does, nor does anything tell what an access does there. */
static void take_kind(struct subject *subject)
{
	struct stat st;

	if (fstat(subject->fd, &st))
		die("%s: %s", subject->name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		die("%s: a directory; nothing maps it", subject->name);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		subject->traits |= TRAIT_REGISTERS;
	if (S_ISREG(st.st_mode) && st.st_size) {
		subject->length = whole_pages((size_t)st.st_size);
		subject->traits |= TRAIT_SIZED;
	}
}

void subject_of_fd(struct subject *subject, int fd)
{
	int mode = fcntl(fd, F_GETFL);

	if (mode < 0)
		die("descriptor %d: %s", fd, strerror(errno));
	subject->fd = fd;
	take_kind(subject);
	if ((mode & O_ACCMODE) == O_RDWR)
		subject->reader = open_again(fd, O_RDONLY);
	else if ((mode & O_ACCMODE) == O_RDONLY)
		subject->reader = fd;
}

/* What a file or a disk holds is the user's: it is only read. */
static int mode_for(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISCHR(st.st_mode) ? O_RDONLY : O_RDWR;
}

void subject_of_node(struct subject *subject, const char *path)
{
	int fd = open(path, mode_for(path) | OPEN_FLAGS);

	if (fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM))
		fd = open(path, O_RDONLY | OPEN_FLAGS);
	if (fd < 0)
		die("%s: %s%s", path, strerror(errno),
		    errno == ENOENT ? "; --list tells the kinds that have names" : "");
	subject_of_fd(subject, fd);
}

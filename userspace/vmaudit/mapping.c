// SPDX-License-Identifier: GPL-2.0-or-later
/* What probes do with a mapping. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vt.h>

#include "vmaudit.h"

size_t page_size(void)
{
	return vt_page();
}

char *map_as(const struct subject *subject, int fd, int prot, int flags)
{
	return mmap(NULL, subject->length, prot, flags, fd, subject->offset);
}

char *map_subject(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at;

	step(audit, "mmap of %zu bytes", subject->length);
	at = map_as(subject, subject->fd, subject->prot, subject->flags);
	if (at == MAP_FAILED)
		not_asked(audit, "it was mapped before, and now mmap says %s", strerror(errno));
	return at;
}

int other_byte(int byte)
{
	return (byte + 0x5b) & 0xff;
}

int must_read(struct audit *audit, const volatile void *at, const char *what)
{
	int byte;

	step(audit, "a read of %s", what);
	byte = vt_read(at);
	if (byte < 0)
		late(audit, -byte, "a read of %s", what);
	return byte;
}

void must_write(struct audit *audit, volatile void *at, int byte, const char *what)
{
	int sig;

	step(audit, "a write to %s", what);
	sig = -vt_write(at, byte);
	if (sig)
		late(audit, sig, "a write to %s", what);
}

static struct {
	struct marks marks;
	unsigned char *before;
	char *object;		/* a mapping through which the marks can be taken back */
	size_t pages;
} marked;

static bool can_mark(const struct subject *subject)
{
	return (subject->prot & (PROT_READ | PROT_WRITE)) == (PROT_READ | PROT_WRITE) &&
	       !(subject->traits & (TRAIT_REGISTERS | TRAIT_RING));
}

static void mark_page(struct audit *audit, char *page, size_t i)
{
	marked.before[i] = (unsigned char)must_read(audit, page, "a page");
	if (can_mark(audit->subject))
		must_write(audit, page, (int)(i % 251) + 1, "a page");
	marked.marks.bytes[i] = (unsigned char)must_read(audit, page, "a page");
	marked.pages = i + 1;
}

const struct marks *mark_pages(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	size_t pages = subject->length / page_size();
	bool shared = (subject->flags & MAP_TYPE) == MAP_SHARED;
	char *at = map_subject(audit);

	marked.marks.bytes = malloc(2 * pages);
	if (!marked.marks.bytes)
		not_asked(audit, "no memory for %zu marks", pages);
	marked.before = marked.marks.bytes + pages;
	if (shared && can_mark(subject) && !(subject->traits & TRAIT_OWN))
		marked.object = at;
	for (size_t i = 0; i < pages; i++)
		mark_page(audit, at + i * page_size(), i);
	marked.marks.at = at;
	if (shared && !(subject->traits & (TRAIT_ONCE | TRAIT_OWN)))
		marked.marks.at = map_subject(audit);
	return &marked.marks;
}

void unmark_pages(void)
{
	for (size_t i = 0; marked.object && i < marked.pages; i++)
		vt_write(marked.object + i * page_size(), marked.before[i]);
}

void check_mark(struct audit *audit, const struct marks *marks, const char *at, size_t index)
{
	int byte = must_read(audit, at + index * page_size(), "a page that is left");

	if (audit->subject->traits & (TRAIT_REGISTERS | TRAIT_RING))
		return;
	if (byte != marks->bytes[index])
		defect(audit, "page %zu begins with %#x where it began with %#x", index, byte,
		       marks->bytes[index]);
}

int in_child(struct audit *audit, void (*work)(struct audit *audit, char *at), char *at)
{
	int status;
	pid_t pid;

	step(audit, "fork");
	pid = fork();
	if (pid < 0)
		not_asked(audit, "fork: %s", strerror(errno));
	if (!pid) {
		work(audit, at);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		not_asked(audit, "waitpid: %s", strerror(errno));
	return status;
}

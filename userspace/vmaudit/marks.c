// SPDX-License-Identifier: GPL-2.0-or-later
/* A byte of its own at the begin of every page tells whether a page is the right one. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <vt.h>

#include "vmaudit.h"

#define MOST_MARKS 4096
#define PLACES ((size_t)2 << 20)	/* of a huge page: addresses so far apart are alike to it */

static struct {
	char *at;
	size_t count;		/* of marks */
	size_t stride;		/* pages from one to the next */
	bool written;
	unsigned char before[MOST_MARKS];
	unsigned char now[MOST_MARKS];
} marks;

/* Bytes that stay, and do nothing */
static bool can_mark(const struct subject *subject)
{
	return (subject->prot & PROT_WRITE) &&
	       !(subject->traits & (TRAIT_REGISTERS | TRAIT_RING));
}

void mark(struct audit *audit, char *at)
{
	size_t pages = audit->subject->length / page_size();

	marks.at = at;
	marks.stride = (pages + MOST_MARKS - 1) / MOST_MARKS;
	if (audit->subject->traits & (TRAIT_REGISTERS | TRAIT_RING))
		return;		/* each holds what it will */
	marks.count = (pages + marks.stride - 1) / marks.stride;
	for (size_t i = 0; i < marks.count; i++) {
		char *page = at + i * marks.stride * page_size();

		marks.before[i] = (unsigned char)must_read(audit, page, "a page");
		marks.now[i] = marks.before[i];
		if (!can_mark(audit->subject))
			continue;
		marks.written = true;
		marks.now[i] = (unsigned char)(1 + (i + i / 255 * 7) % 255);
		must_write(audit, page, marks.now[i], "a page");
	}
	if (wrong_page(at, 0, audit->subject->length, NULL) != NO_PAGE)
		not_asked(audit, "bytes that are written there do not stay");
}

bool is_marked(void)
{
	return marks.written;
}

static size_t differs(const char *at, size_t from, size_t bytes, const unsigned char *want,
		      int *byte)
{
	for (size_t i = 0; i < marks.count; i++) {
		size_t offset = i * marks.stride * page_size();
		int found;

		if (offset < from || offset >= from + bytes)
			continue;
		found = vt_read(at + offset);
		if (found == want[i])
			continue;
		if (byte)
			*byte = found;
		return offset / page_size();
	}
	return NO_PAGE;
}

size_t wrong_page(const char *at, size_t from, size_t bytes, int *byte)
{
	return differs(at, from, bytes, marks.now, byte);
}

size_t changed_page(const char *at, size_t from, size_t bytes, int *byte)
{
	return differs(at, from, bytes, marks.before, byte);
}

void must_hold(struct audit *audit, const char *at, size_t from, size_t bytes, const char *when)
{
	int byte = 0;
	size_t page;

	step(audit, "a read of all pages, %s", when);
	page = wrong_page(at, from, bytes, &byte);
	if (page == NO_PAGE)
		return;
	if (byte < 0)
		defect(audit, "a read of page %zu is SIG%s, %s", page, sigabbrev_np(-byte), when);
	defect(audit, "page %zu begins with %#x instead of %#x, %s", page, byte,
	       marks.now[page / marks.stride], when);
}

void must_hold_again(struct audit *audit, const char *at, size_t bytes, const char *when)
{
	int byte = 0;
	size_t page;

	step(audit, "a read of all pages, %s", when);
	page = wrong_page(at, 0, bytes, &byte);
	if (page != NO_PAGE && byte < 0)
		late(audit, -byte, "a read of page %zu, %s", page, when);
	must_hold(audit, at, 0, bytes, when);
}

/* The object is not the probe's: what others find there is what was there. */
void unmark(const struct subject *subject)
{
	char *at;

	if (!marks.written || (subject->flags & MAP_TYPE) == MAP_PRIVATE ||
	    (subject->traits & TRAIT_OWN))
		return;
	at = map_as(subject, subject->fd, subject->prot, subject->flags);
	if (at == MAP_FAILED)
		at = marks.at;
	for (size_t i = 0; i < marks.count; i++)
		vt_write(at + i * marks.stride * page_size(), marks.before[i]);
}

char *map_again(struct audit *audit, char *at)
{
	const struct subject *subject = audit->subject;
	char *again;

	if (!marks.count || (subject->flags & MAP_TYPE) == MAP_PRIVATE ||
	    (subject->traits & (TRAIT_ONCE | TRAIT_OWN)))
		return at;
	step(audit, "a second mmap");
	again = map_as(subject, subject->fd, subject->prot, subject->flags);
	if (again == MAP_FAILED)
		return at;
	if (vt_read(again) == marks.now[0])
		return again;
	/* Memory of its own, which is not always known before. */
	munmap(again, subject->length);
	return at;
}

size_t unit_of(struct audit *audit, const char *at, size_t least)
{
	size_t unit = unit_size(at);

	if (audit->subject->length < least * unit)
		not_applicable(audit, "it has fewer than %zu parts of %zu bytes", least, unit);
	return unit;
}

char *reserve_like(struct audit *audit, const char *at, size_t bytes)
{
	char *room = mmap(NULL, bytes + PLACES, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED)
		not_asked(audit, "no room for %zu bytes of addresses", bytes);
	return room + (((uintptr_t)at - (uintptr_t)room) & (PLACES - 1));
}

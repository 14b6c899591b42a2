// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "madvise.h"

static bool is_private(const struct audit *audit)
{
	return (audit->subject->flags & MAP_TYPE) == MAP_PRIVATE;
}

/* Of a part of the mapping at @at. */
static void advise(struct audit *audit, char *at, size_t from, size_t length)
{
	int error;

	step(audit, "madvise");
	if (!madvise(at + from, length, (int)audit->probe->value))
		return;
	error = errno;
	must_hold(audit, at, 0, audit->subject->length, "after a refused madvise");
	errno = error;
	refused(audit, "%s", audit->probe->name);
}

/* Shared bytes come back; of private ones the copies are gone and the object shows. */
static void dontneed(struct audit *audit)
{
	size_t length = audit->subject->length, page;
	char *at = map_subject(audit);
	long before, after;
	int byte = 0;

	mark(audit, at);
	before = vt_smaps_kb(at, "Rss");
	advise(audit, at, 0, length);
	after = vt_smaps_kb(at, "Rss");
	if (!is_private(audit) || !is_marked()) {
		must_hold_again(audit, at, length, "dropped and faulted in again");
		if (before > 0 && after == before)
			silent(audit, "all %ld kB are resident as before", before);
		works(audit, "all pages were dropped and came back");
	}
	page = changed_page(at, 0, length, &byte);
	if (page == NO_PAGE)
		works(audit, "the private copies are gone, and the object shows");
	if (byte < 0)
		late(audit, -byte, "a read of page %zu after it was dropped", page);
	if (wrong_page(at, 0, length, NULL) == NO_PAGE)
		silent(audit, "the private copies are still there");
	defect(audit, "page %zu begins with %#x: neither its copy nor its object", page, byte);
}

const struct probe probe_madvise_dontneed = {
	MADVISE("dontneed", MADV_DONTNEED, "dropped pages: do the same come back?"),
	.why = "what was mapped at mmap and has no ->fault is SIGBUS afterwards",
	.needs = NEEDS_MEMORY,
	.run = dontneed,
};

/* At any time from now on the kernel may take a page, until it is written again. */
static void free_pages(struct audit *audit)
{
	size_t length = audit->subject->length;
	char *at = map_subject(audit);
	int byte;

	mark(audit, at);
	advise(audit, at, 0, length);
	byte = must_read(audit, at, "a page that may be freed");
	if (byte && wrong_page(at, 0, page_size(), NULL) != NO_PAGE)
		defect(audit, "a page that may be freed begins with %#x: not its byte, nor zero",
		       byte);
	must_write(audit, at, other_byte(byte), "a page that may be freed");
	if (vt_read(at) != other_byte(byte))
		defect(audit, "a byte written after MADV_FREE is not there");
	works(audit, "a page that may be freed shows its byte or zero, and takes another");
}

const struct probe probe_madvise_free = {
	MADVISE("free", MADV_FREE, "may the kernel take its pages when it needs them?"),
	.why = "allocators give memory back like this; for private anonymous memory only",
	.needs = NEEDS_MEMORY | NEEDS_WRITE,
	.run = free_pages,
};

/* The last part only; its bytes are put back. */
static void remove_bytes(struct audit *audit)
{
	size_t length = audit->subject->length, unit;
	char *at = map_subject(audit), *last, *saved;
	bool zero;

	unit = unit_of(audit, at, 2);
	last = at + length - unit;
	mark(audit, at);
	saved = malloc(unit);
	if (!saved)
		not_asked(audit, "no memory to save bytes in");
	memcpy(saved, last, unit);
	advise(audit, at, length - unit, unit);
	must_hold(audit, at, 0, length - unit, "after the last was removed");
	must_read(audit, last, "what was removed");
	zero = vt_is_zero(last, unit);
	memcpy(last, saved, unit);
	if (!zero)
		silent(audit, "the object's bytes are still there");
	works(audit, "the object's bytes are zero, others hold what they held");
}

const struct probe probe_madvise_remove = {
	MADVISE("remove", MADV_REMOVE, "can memory of the object itself be given back?"),
	.why = "balloons of virtual machines do it; who maps the object elsewhere sees zeros",
	.needs = NEEDS_SHARED | NEEDS_WRITE | NEEDS_PARTS | NEEDS_TWO | NEEDS_MEMORY,
	.danger = true,
	.run = remove_bytes,
};

/* Hints to reclaim: smaps tells whether they were taken. */
static void reclaim(struct audit *audit)
{
	const char *key = audit->probe->value == MADV_COLD ? "Referenced" : "Rss";
	size_t length = audit->subject->length;
	char *at = map_subject(audit);
	long before, after;

	mark(audit, at);
	before = vt_smaps_kb(at, key);
	advise(audit, at, 0, length);
	after = vt_smaps_kb(at, key);
	must_hold(audit, at, 0, length, "after madvise");
	if (before < 0)
		note(audit, "all pages hold what they held; there is no smaps to tell more");
	if (after >= before)
		silent(audit, "%s is %ld kB before and %ld kB after it", key, before, after);
	works(audit, "%s went from %ld kB to %ld kB, and all pages hold what they held", key,
	      before, after);
}

const struct probe probe_madvise_cold = {
	MADVISE("cold", MADV_COLD, "does it take the hint that it is not used?"),
	.why = "what is cold goes first; only pages on the lists of reclaim can be",
	.needs = NEEDS_MEMORY,
	.run = reclaim,
};

const struct probe probe_madvise_pageout = {
	MADVISE("pageout", MADV_PAGEOUT, "can its pages be reclaimed now?"),
	.why = "only pages on the lists of reclaim can be, and with a place to go to",
	.needs = NEEDS_MEMORY,
	.run = reclaim,
};

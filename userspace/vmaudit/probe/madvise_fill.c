// SPDX-License-Identifier: GPL-2.0-or-later
#include "madvise.h"

static void willneed(struct audit *audit)
{
	size_t length = audit->subject->length;
	char *at = map_subject(audit);

	mark(audit, at);
	step(audit, "madvise");
	if (madvise(at, length, MADV_WILLNEED))
		refused(audit, "%s", audit->probe->name);
	must_hold(audit, at, 0, length, "after madvise");
	note(audit, "taken, and all pages hold what they held; a file is read ahead by it");
}

const struct probe probe_madvise_willneed = {
	MADVISE("willneed", MADV_WILLNEED, "does it take the hint that it will be used?"),
	.why = "EBADF without a file; for a device it means nothing",
	.needs = NEEDS_MEMORY,
	.run = willneed,
};

static __noreturn void told_by_faults(struct audit *audit, long faults)
{
	if (faults)
		silent(audit, "an access to each page faulted %ld times all the same", faults);
	works(audit, "an access to each page faulted never");
}

static void populate(struct audit *audit)
{
	size_t length = audit->subject->length;
	char *at = map_subject(audit);

	step(audit, "madvise");
	if (madvise(at, length, (int)audit->probe->value))
		refused(audit, "%s", audit->probe->name);
	step(audit, "an access to each page");
	told_by_faults(audit, faults_of(at, length, audit->probe->value == MADV_POPULATE_WRITE));
}

#define POPULATE(word, advice, question, needed) {				\
	.name = "madvise-" word,						\
	.asks = question,							\
	.why = "a program that must not fault later, or not run out of memory, asks for it",	\
	.needs = NEEDS_MEMORY | (needed),					\
	.value = (advice),							\
	.run = populate,							\
}

const struct probe probe_madvise_populate_read = POPULATE("populate-read", MADV_POPULATE_READ,
	"are all pages there to be read?", 0);
const struct probe probe_madvise_populate_write = POPULATE("populate-write", MADV_POPULATE_WRITE,
	"are all pages there to be written?", NEEDS_WRITE);

static void map_populate(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at;

	step(audit, "mmap with MAP_POPULATE");
	at = map_as(subject, subject->fd, subject->prot, subject->flags | MAP_POPULATE);
	if (at == MAP_FAILED)
		refused(audit, "mmap with MAP_POPULATE");
	step(audit, "a read of each page");
	told_by_faults(audit, faults_of(at, subject->length, false));
}

const struct probe probe_map_populate = {
	.name = "map-populate",
	.asks = "are all pages there after MAP_POPULATE?",
	.why = "it returns success in any case; frame numbers that are mapped by faults stay away",
	.needs = NEEDS_MEMORY,
	.run = map_populate,
};

/* Placed where huge pages fit; a range without a whole one of these is none of its business. */
static void collapse(struct audit *audit)
{
	static const char *const keys[] = { "AnonHugePages", "ShmemPmdMapped", "FilePmdMapped" };
	const struct subject *subject = audit->subject;
	size_t huge = vt_huge_bytes();
	char *at;

	if (!huge || subject->length < huge)
		not_applicable(audit, "it is shorter than a huge page of %zu kB", huge >> 10);
	at = reserve_like(audit, NULL, subject->length);
	step(audit, "mmap at an address for huge pages");
	if (mmap(at, subject->length, subject->prot, subject->flags | MAP_FIXED, subject->fd,
		 subject->offset) == MAP_FAILED)
		not_asked(audit, "it cannot be mapped at an address for huge pages: %s",
			  strerror(errno));
	mark(audit, at);
	step(audit, "madvise");
	if (madvise(at, subject->length, MADV_COLLAPSE))
		refused(audit, "%s", audit->probe->name);
	must_hold(audit, at, 0, subject->length, "after its pages became huge ones");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (vt_smaps_kb(at, keys[i]) > 0)
			works(audit, "%s: %ld kB, and all pages hold what they held", keys[i],
			      vt_smaps_kb(at, keys[i]));
	silent(audit, "nothing is mapped by a huge page");
}

const struct probe probe_madvise_collapse = {
	MADVISE("collapse", MADV_COLLAPSE, "can its pages be made huge ones now?"),
	.why = "since 6.1; for anonymous memory and page cache",
	.needs = NEEDS_MEMORY,
	.run = collapse,
};

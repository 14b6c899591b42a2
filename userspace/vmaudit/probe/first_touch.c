// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

enum { READ, WRITE };

#define MOST 512	/* pages */

static __noreturn void run_read(struct audit *audit, char *at, size_t pages)
{
	long before;

	step(audit, "the first read of each page");
	before = faults();
	for (size_t i = 0; i < pages; i++) {
		int byte = vt_read(at + i * page_size());

		if (byte < 0)
			late(audit, -byte, "the first read of page %zu of %zu", i, pages);
	}
	works(audit, "pages read: %zu, faults: %ld", pages, faults() - before);
}

/* What it held is read through a mapping of its own, so that here the write comes first. */
static __noreturn void run_write(struct audit *audit, char *at, size_t pages)
{
	char *other = map_subject(audit);
	size_t page = page_size(), wrong = pages;
	static unsigned char held[MOST], given[MOST];
	long count;
	int sig;

	for (size_t i = 0; i < pages; i++)
		held[i] = (unsigned char)must_read(audit, other + i * page, "a page");
	/* Not what it held, and not what a page is given that held the same. */
	for (size_t i = 0; i < pages; i++)
		given[i] = (unsigned char)(held[i] + 1 + i % 255);
	munmap(other, audit->subject->length);
	step(audit, "the first write of each page");
	count = faults();
	for (size_t i = 0; i < pages; i++) {
		sig = -vt_write(at + i * page, given[i]);
		if (sig)
			late(audit, sig, "the first write of page %zu of %zu", i, pages);
	}
	count = faults() - count;
	for (size_t i = 0; i < pages; i++) {
		if (vt_read(at + i * page) != given[i])
			wrong = i;
		vt_write(at + i * page, held[i]);
	}
	if (wrong < pages)
		defect(audit, "page %zu holds another byte than was written", wrong);
	works(audit, "pages written: %zu, faults: %ld", pages, count);
}

static void run(struct audit *audit)
{
	size_t pages = audit->subject->length / page_size();
	char *at = map_subject(audit);

	(audit->probe->value == WRITE ? run_write : run_read)(audit, at,
							      pages < MOST ? pages : MOST);
}

const struct probe probe_read_fault = {
	.name = "read-fault",
	.asks = "can each page be read, and how many faults does that take?",
	.why = "a fault a page is ->fault alone; fewer are ->map_pages or huge entries",
	.needs = NEEDS_MEMORY,
	.value = READ,
	.run = run,
};

const struct probe probe_write_fault = {
	.name = "write-fault",
	.asks = "can each page be written as the first access to it?",
	.rule = "what was written to a page is read from it",
	.change = "have ->fault serve FAULT_FLAG_WRITE, and ->page_mkwrite return VM_FAULT_LOCKED "
		  "with the page locked",
	.why = "a ->page_mkwrite that returns 0 for a page of no address_space is asked for ever",
	.needs = NEEDS_WRITE | NEEDS_MEMORY,
	.value = WRITE,
	.run = run,
};

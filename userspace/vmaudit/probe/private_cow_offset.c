// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#define MOST 32

static void store(char *at, const int *bytes, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		vt_write(at + i * page_size(), bytes[i]);
}

/* Each page gets a byte of its own, where that is allowed, or a wrong one cannot be told. */
static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	bool writes = (subject->flags & MAP_TYPE) == MAP_SHARED && subject->prot & PROT_WRITE;
	size_t page = page_size(), pages = subject->length / page, middle;
	int before[MOST], expected[MOST], copied[MOST], held[MOST];
	char *object, *copy;

	pages = pages < MOST ? pages : MOST;
	middle = pages / 2;
	object = map_kind(subject, writes ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED);
	if (object == MAP_FAILED)
		not_asked(audit, "a shared mapping to look at: %s", strerror(errno));
	if (writes && !is_seen_elsewhere(audit, object))
		not_applicable(audit, "each mapping of it is memory of its own");
	copy = map_kind(subject, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	if (copy == MAP_FAILED)
		refused(audit, "MAP_PRIVATE");
	for (size_t i = 0; i < pages; i++) {
		before[i] = must_read(audit, object + i * page, "the shared mapping");
		expected[i] = writes ? (int)i + 1 : before[i];
	}
	if (writes)
		store(object, expected, pages);
	step(audit, "a write to a private mapping");
	vt_write(copy + middle * page, other_byte(expected[middle]));
	for (size_t i = 0; i < pages; i++) {
		copied[i] = vt_read(copy + i * page);
		held[i] = vt_read(object + i * page);
	}
	if (writes)
		store(object, before, pages);
	expected[middle] = other_byte(expected[middle]);
	for (size_t i = 0; i < pages; i++) {
		if (copied[i] < 0)
			late(audit, -copied[i], "a read of page %zu of a private mapping", i);
		if (copied[i] != expected[i])
			defect(audit, "page %zu of the private mapping is %#x, not %#x%s", i,
			       (unsigned int)copied[i], (unsigned int)expected[i],
			       i == middle ? " as written" : ", the object's");
		if (i == middle && held[i] == expected[i])
			defect(audit, "what was written to page %zu of a private mapping is in the "
			       "object", i);
	}
	works(audit, "page %zu is a copy, the other %zu are the object's", middle, pages - 1);
}

const struct probe probe_private_cow_offset = {
	.name = "private-cow-offset",
	.asks = "after one page of a private mapping was copied, are the others the object's?",
	.rule = "a private mapping's pages are the object's, at their offsets, until written",
	.change = "use vmf->pgoff in ->fault; remap_pfn_range() of a private mapping takes "
		  "vm_pgoff for itself",
	.why = "remap_pfn_range() overwrites vm_pgoff there, and who counts from it is lost",
	.needs = NEEDS_FD | NEEDS_MEMORY | NEEDS_TWICE | NEEDS_TWO,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static void read_in_child(struct audit *audit, char *at)
{
	_exit(wrong_page(at, 0, audit->subject->length, NULL) == NO_PAGE ? 0 : 1);
}

static void unmap_in_child(struct audit *audit, char *at)
{
	_exit(munmap(at, audit->subject->length) ? 1 : 0);
}

/* A child sees the bytes; what a child does to its mapping is nothing to the parent's. */
static void run(struct audit *audit)
{
	char *at = map_subject(audit);
	int status;

	if (!is_inherited(audit, at))
		note(audit, "a child has no such mapping");
	mark(audit, at);
	status = in_child(audit, read_in_child, at);
	if (status)
		risk(audit, "a child does not see what its parent sees");
	status = in_child(audit, unmap_in_child, at);
	if (status)
		defect(audit, "a child cannot unmap it: status %#x", (unsigned int)status);
	must_hold(audit, at, 0, audit->subject->length, "after a child unmapped its own");
	works(audit, "a child sees it, and can unmap it alone");
}

const struct probe probe_fork = {
	.name = "fork",
	.asks = "does a child see it, and unmap it without harm to the parent?",
	.rule = "a child's mapping is one more, with ->open and ->close of its own",
	.change = "take a reference in ->open, give it back in ->close; do not free at the first",
	.why = "drivers that free in ->close, and have no ->open, free it under the parent",
	.needs = NEEDS_MEMORY,
	.run = run,
};

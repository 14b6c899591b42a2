// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static const struct marks *marks;

static void read_in_child(struct audit *audit, char *at)
{
	(void)audit;
	_exit(vt_read(at) == marks->bytes[0] ? 0 : 1);
}

static void unmap_in_child(struct audit *audit, char *at)
{
	_exit(munmap(at, audit->subject->length) ? 1 : 0);
}

/* A child sees the byte; what a child does to its mapping is nothing to the parent's. */
static void run(struct audit *audit)
{
	int status;

	marks = mark_pages(audit);
	status = in_child(audit, read_in_child, marks->at);
	if (WIFSIGNALED(status))
		late(audit, WTERMSIG(status), "a child that reads it");
	if (status)
		risk(audit, "a child does not see what its parent sees");
	status = in_child(audit, unmap_in_child, marks->at);
	if (status)
		defect(audit, "a child cannot unmap it: status %#x", (unsigned int)status);
	step(audit, "a look at the parent's mapping, after a child unmapped its own");
	for (size_t i = 0; i < audit->subject->length / page_size(); i++)
		check_mark(audit, marks, marks->at, i);
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

// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at = map_subject(audit);
	size_t unit = unit_of(audit, at, 2), first = subject->length / unit / 2 * unit;
	int count;

	step(audit, "mmap of the object's second half over it");
	if (mmap(at + first, subject->length - first, subject->prot, subject->flags | MAP_FIXED,
		 subject->fd, subject->offset + (off_t)first) == MAP_FAILED)
		not_applicable(audit, "its second half cannot be mapped alone: %s",
			       strerror(errno));
	count = vt_vmas_in(at, subject->length);
	if (count > 1)
		silent(audit, "its halves, side by side, stay %d mappings", count);
	works(audit, "its halves, side by side, are one mapping");
}

const struct probe probe_neighbours_merge = {
	.name = "neighbours-merge",
	.asks = "mapped in two calls, side by side: are the halves one mapping?",
	.why = "VM_SPECIAL, a ->close, or a file for each mapping keep them apart, and who maps "
	       "piece by piece runs into max_map_count",
	.needs = NEEDS_TWO | NEEDS_PARTS,
	.run = run,
};

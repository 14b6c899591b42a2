// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

/* An offset that nobody asked for may be a physical address. */
static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at = map_subject(audit);
	struct vt_vma vma;

	if (vt_vma_at(at, &vma))
		not_asked(audit, "no /proc/self/maps");
	if (subject->fd >= 0 && vma.offset != (unsigned long)subject->offset)
		note(audit, "maps calls it '%s', and offset %#lx instead of %#llx", vma.name,
		     vma.offset, (unsigned long long)subject->offset);
	note(audit, "maps calls it '%s', %s, inode %lu", vma.name, vma.perms, vma.inode);
}

const struct probe probe_vma_name = {
	.name = "vma-name",
	.asks = "what does /proc/PID/maps call it?",
	.why = "checkpointers and profilers find by that what it is, and at which offset",
	.run = run,
};

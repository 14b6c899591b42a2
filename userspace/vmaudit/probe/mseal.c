// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/syscall.h>

#include "probe.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static void run(struct audit *audit)
{
	char *at = map_subject(audit);
	int byte = must_read(audit, at, "the mapping");

	step(audit, "mseal");
	if (syscall(SYS_mseal, at, audit->subject->length, 0)) {
		if (errno == ENOSYS)
			not_asked(audit, "this kernel has no mseal; it came with 6.10");
		refused(audit, "mseal");
	}
	step(audit, "munmap of what is sealed");
	if (!munmap(at, audit->subject->length))
		silent(audit, "mseal: success, and it can be unmapped");
	if (vt_read(at) != byte)
		defect(audit, "munmap of what is sealed was refused, and it is half gone");
	note(audit, "sealed: munmap says %s", strerrorname_np(errno));
}

const struct probe probe_mseal = {
	.name = "mseal",
	.asks = "can it be sealed, and does that keep it from being unmapped?",
	.rule = "what is sealed stays whole",
	.change = "nothing in ->mmap or ->may_split undoes it: leave vm_flags alone later",
	.why = "what is sealed stays until the process ends: so does what its pages pin",
	.needs = NEEDS_MEMORY,
	.run = run,
};

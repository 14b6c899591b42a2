// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at = map_subject(audit);
	size_t unit = unit_of(audit, at, 3), middle = subject->length / unit / 2 * unit;

	mark(audit, at);
	at = map_again(audit, at);
	step(audit, "mprotect of the middle to PROT_NONE");
	if (mprotect(at + middle, unit, PROT_NONE)) {
		int error = errno;

		must_hold(audit, at, 0, subject->length, "after a refused mprotect");
		errno = error;
		refused(audit, "mprotect of the middle");
	}
	if (vt_read(at + middle) >= 0)
		defect(audit, "a page of PROT_NONE can be read");
	must_hold(audit, at, 0, middle, "beside a page of PROT_NONE");
	must_hold(audit, at, middle + unit, subject->length - middle - unit,
		  "beside a page of PROT_NONE");
	if (subject->prot & PROT_WRITE) {
		step(audit, "mprotect of the middle to PROT_READ");
		if (mprotect(at + middle, unit, PROT_READ))
			refused(audit, "mprotect of the middle to PROT_READ");
		if (!vt_write(at + middle + 1, 0))
			defect(audit, "a page of PROT_READ can be written");
	}
	step(audit, "mprotect of the middle, back");
	if (mprotect(at + middle, unit, subject->prot))
		refused(audit, "mprotect of the middle, back to what it was");
	must_hold(audit, at, 0, subject->length, "after mprotect of the middle and back");
	works(audit, "the middle lost its rights and has them again; all hold what they held");
}

const struct probe probe_mprotect_middle = {
	.name = "mprotect-middle",
	.asks = "can the middle lose its rights and get them back, and do all stay right?",
	.rule = "mprotect splits a mapping; each part shows what it showed",
	.change = "use vmf->pgoff in ->fault, vma->vm_page_prot for what is inserted",
	.why = "a split VMA has another vm_start, and rights of its own",
	.needs = NEEDS_THREE | NEEDS_PARTS | NEEDS_MEMORY,
	.run = run,
};

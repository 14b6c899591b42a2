// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static char *whole(struct audit *audit, size_t *unit)
{
	char *at = map_subject(audit);

	*unit = unit_of(audit, at, 2);
	mark(audit, at);
	return at;
}

static bool remap(struct audit *audit, char *at, size_t unit, size_t to)
{
	size_t offset = (size_t)audit->subject->offset + to;

	step(audit, "remap_file_pages");
	return !remap_file_pages(at, unit, 0, offset / page_size(), 0);
}

static void second_at_first(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	size_t length = subject->length, unit;
	char *at = whole(audit, &unit);

	if (!remap(audit, at, unit, unit)) {
		int error = errno;

		must_hold(audit, at, unit, length - unit, "after a refused remap_file_pages");
		errno = error;
		refused(audit, "remap_file_pages");
	}
	must_hold(audit, at - unit, unit, unit, "with the second page in place of the first");
	must_hold(audit, at, unit, length - unit, "after remap_file_pages");
	works(audit, "the second page is in place of the first, all hold what they held");
}

const struct probe probe_remap_file_pages = {
	.name = "remap-file-pages",
	.asks = "can its pages be mapped in another order?",
	.rule = "each page shows the offset that was asked for",
	.change = "use vmf->pgoff in ->fault, vma->vm_pgoff in ->mmap",
	.why = "since 4.0 it is an mmap: who takes the offset for 0 shows the wrong page",
	.needs = NEEDS_SHARED | NEEDS_FD | NEEDS_TWO | NEEDS_PARTS | NEEDS_MEMORY | NEEDS_TWICE,
	.run = second_at_first,
};

static void first_past_end(struct audit *audit)
{
	size_t unit;
	char *at = whole(audit, &unit);

	if (!remap(audit, at, unit, audit->subject->length))
		refused(audit, "remap_file_pages past the end");
	past_the_end(audit, at);
}

const struct probe probe_remap_file_pages_past = {
	.name = "remap-file-pages-past-end",
	.asks = "does remap_file_pages reach past its end?",
	.rule = "what is past the end of an object is never mapped: EINVAL, or SIGBUS on access",
	.change = "check vm_pgoff and the length against the object's size in ->mmap",
	.why = "another way to the offsets of CVE-2018-8781",
	.needs = NEEDS_SHARED | NEEDS_FD | NEEDS_TWO | NEEDS_PARTS | NEEDS_MEMORY | NEEDS_SIZED,
	.run = first_past_end,
};

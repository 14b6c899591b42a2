// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static __noreturn void refused_whole(struct audit *audit, char *at, const char *what)
{
	int error = errno;

	must_hold(audit, at, 0, audit->subject->length, "after a refused mremap");
	errno = error;
	refused(audit, "%s", what);
}

/* What is past the end of an object whose size is known is nobody's to see. */
static void grow(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	size_t length = subject->length, unit;
	char *at = map_subject(audit), *grown;
	int byte;

	unit = unit_of(audit, at, 1);
	mark(audit, at);
	step(audit, "mremap to a page more");
	grown = mremap(at, length, length + unit, MREMAP_MAYMOVE);
	if (grown == MAP_FAILED)
		refused_whole(audit, at, "mremap to a page more");
	must_hold(audit, grown, 0, length, "after the mapping grew");
	if (subject->traits & TRAIT_SIZED)
		past_the_end(audit, grown + length);
	byte = must_read(audit, grown + length, "the page that it grew by");
	if (byte || (subject->fd >= 0 && !(subject->traits & TRAIT_OWN)))
		note(audit, "it grew, and the new page begins with %#x", byte);
	works(audit, "it grew, and the new page is zero");
}

const struct probe probe_mremap_grow = {
	.name = "mremap-grow",
	.asks = "can mremap make it longer, and is the new page somebody else's?",
	.rule = "a mapping that grew is bounded by the object as a new one is",
	.change = "set VM_DONTEXPAND, or check vmf->pgoff against the object's size in ->fault",
	.why = "CVE-2023-2008: udmabuf did not check the page at the fault; mremap asks no ->mmap",
	.needs = NEEDS_MEMORY,
	.run = grow,
};

static void shrink(struct audit *audit)
{
	size_t length = audit->subject->length, unit;
	char *at = map_subject(audit);

	unit = unit_of(audit, at, 2);
	mark(audit, at);
	step(audit, "mremap to a page less");
	if (mremap(at, length, length - unit, 0) == MAP_FAILED)
		refused_whole(audit, at, "mremap to a page less");
	if (vt_read(at + length - unit) >= 0)
		defect(audit, "the last page is still there");
	must_hold(audit, at, 0, length - unit, "after the mapping shrank");
	works(audit, "the last page went, the others hold what they held");
}

const struct probe probe_mremap_shrink = {
	.name = "mremap-shrink",
	.asks = "can mremap make it shorter?",
	.rule = "what is cut off is gone, what is left is as it was",
	.change = "count in ->open and ->close, or refuse the split in ->may_split",
	.why = "it is a munmap of the end: ->close is called for a VMA that ->mmap never saw",
	.needs = NEEDS_TWO | NEEDS_PARTS | NEEDS_MEMORY,
	.run = shrink,
};

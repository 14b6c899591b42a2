// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* Every second page is there before it moves, the others come at the new place. */
static char *half_touched(struct audit *audit, char *at)
{
	size_t pages = audit->subject->length / page_size();

	mark(audit, at);
	at = map_again(audit, at);
	for (size_t i = 0; i < pages; i += 2)
		vt_read(at + i * page_size());
	return at;
}

static char *moved(struct audit *audit, char *from, int flags, const char *what)
{
	size_t length = audit->subject->length;
	char *to = reserve_like(audit, from, length);

	step(audit, "mremap, %s", what);
	if (mremap(from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED | flags, to) == MAP_FAILED) {
		int error = errno;

		must_hold(audit, from, 0, length, "after a refused mremap");
		errno = error;
		refused(audit, "mremap, %s", what);
	}
	must_hold(audit, to, 0, length, "at the new place");
	return to;
}

static void move(struct audit *audit)
{
	char *from = half_touched(audit, map_subject(audit));

	moved(audit, from, 0, "to another place");
	if (vt_read(from) >= 0)
		defect(audit, "it moved, and can be read at the old place, too");
	works(audit, "it moved: all pages hold what they held, and the old place is empty");
}

const struct probe probe_mremap_move = {
	.name = "mremap-move",
	.asks = "can it move to another address, and do bytes go with it?",
	.rule = "a moved mapping shows the same bytes, those too that are faulted in afterwards",
	.change = "keep no address in ->mmap; use vmf->pgoff in ->fault",
	.why = "a driver that remembers vm_start maps and zaps at a place that is somebody else's",
	.needs = NEEDS_MEMORY,
	.run = move,
};

/* The old place is a mapping still, without pages: of private memory a fresh one. */
static void dontunmap(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *from = half_touched(audit, map_subject(audit));
	char *to = moved(audit, from, MREMAP_DONTUNMAP, "MREMAP_DONTUNMAP");
	int byte;

	step(audit, "a read of the old place");
	byte = vt_read(from);
	if (byte < 0)
		late(audit, -byte, "it moved, but the old place cannot be read any more");
	if ((subject->flags & MAP_TYPE) != MAP_PRIVATE) {
		must_hold_again(audit, from, subject->length, "at the old place");
		works(audit, "it moved, and both places show the same");
	}
	if (is_marked()) {
		if (changed_page(from, 0, subject->length, &byte) != NO_PAGE)
			defect(audit, "the old place shows %#x: neither its object nor zero", byte);
		must_write(audit, from, other_byte(byte), "the old place");
		must_hold(audit, to, 0, subject->length, "after a write to the old place");
	}
	works(audit, "it moved, and the old place is as new");
}

const struct probe probe_mremap_dontunmap = {
	.name = "mremap-dontunmap",
	.asks = "can its pages move and leave the mapping behind?",
	.rule = "the pages are at the new place, and the old one faults anew",
	.change = "serve a fault of a page that was mapped before; else set VM_DONTEXPAND",
	.why = "user-space fault handlers and collectors of garbage take memory away like this",
	.needs = NEEDS_MEMORY,
	.run = dontunmap,
};

static void duplicate(struct audit *audit)
{
	size_t length = audit->subject->length;
	char *at = map_subject(audit), *second;
	int before, now;

	mark(audit, at);
	step(audit, "mremap with an old size of 0");
	second = mremap(at, 0, length, MREMAP_MAYMOVE);
	if (second == MAP_FAILED)
		refused(audit, "mremap with an old size of 0");
	must_hold(audit, at, 0, length, "in the first mapping");
	must_hold_again(audit, second, length, "in the second mapping");
	if (audit->subject->prot & PROT_WRITE) {
		before = must_read(audit, at + 1, "the first mapping");
		must_write(audit, second + 1, other_byte(before), "the second mapping");
		now = must_read(audit, at + 1, "the first mapping");
		vt_write(second + 1, before);
		if (now == before)
			defect(audit, "what is written to the second is not seen in the first");
	}
	works(audit, "a second mapping of the same pages");
}

const struct probe probe_mremap_old_size_0 = {
	.name = "mremap-old-size-0",
	.asks = "does mremap with an old size of 0 map the same pages once more?",
	.rule = "a second mapping shows the same object, from the same offset",
	.change = "set VM_DONTEXPAND if ->mmap has to see each mapping, else count in ->open",
	.why = "a mapping that the driver's ->mmap never saw; ->open alone tells of it",
	.needs = NEEDS_SHARED | NEEDS_MEMORY,
	.run = duplicate,
};

/* Before 6.17 EFAULT; after it, what cannot move stays where it was. */
static void two_vmas(struct audit *audit)
{
	size_t length = audit->subject->length, unit, half, lost;
	char *from = map_subject(audit), *to;

	unit = unit_of(audit, from, 2);
	half = length / unit / 2 * unit;
	mark(audit, from);
	from = map_again(audit, from);
	step(audit, "mprotect of the second half");
	if (mprotect(from + half, length - half, PROT_NONE) ||
	    mprotect(from + half, unit, PROT_READ))
		not_applicable(audit, "it cannot be split: %s", strerror(errno));
	to = reserve_like(audit, from, length);
	step(audit, "mremap of more than one VMA");
	if (mremap(from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) {
		int error = errno;

		for (size_t part = 0; part <= half; part += half) {
			lost = wrong_page(from, part, part ? unit : half, NULL);
			if (lost != NO_PAGE &&
			    wrong_page(to, part, part ? unit : half, NULL) != NO_PAGE)
				defect(audit, "a refused mremap lost page %zu", lost);
		}
		errno = error;
		refused(audit, "mremap of more than one VMA");
	}
	must_hold(audit, to, 0, half + unit, "at the new place");
	works(audit, "more than one VMA moved at once, and holds what it held");
}

const struct probe probe_mremap_two_vmas = {
	.name = "mremap-two-vmas",
	.asks = "can it move after a part got other rights?",
	.rule = "what mremap moves or refuses to move is there afterwards",
	.change = "use vmf->pgoff in ->fault; count in ->open and ->close",
	.why = "new in 6.17; before it, whoever moves has to ask for each VMA",
	.needs = NEEDS_TWO | NEEDS_PARTS | NEEDS_MEMORY,
	.run = two_vmas,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

/* A hole in the middle that something else fills; then its own pages once more. */
static void over(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *first = map_subject(audit), *at;
	size_t unit = unit_of(audit, first, 3), middle = subject->length / unit / 2 * unit;
	size_t after = middle + unit;

	mark(audit, first);
	at = map_again(audit, first);
	step(audit, "mmap of other memory over the middle");
	if (mmap(at + middle, unit, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		refused(audit, "other memory over the middle");
	if (must_read(audit, at + middle, "what is over the middle"))
		defect(audit, "new memory over the middle begins with %#x", vt_read(at + middle));
	must_write(audit, at + middle, 0xee, "what is over the middle");
	must_hold(audit, at, 0, middle, "beside other memory");
	must_hold(audit, at, after, subject->length - after, "beside other memory");
	if (at == first)
		works(audit, "other memory is in its middle, the rest holds what it held");
	step(audit, "mmap of the object's own middle");
	if (mmap(at + middle, unit, subject->prot, subject->flags | MAP_FIXED, subject->fd,
		 subject->offset + (off_t)middle) == MAP_FAILED)
		not_asked(audit, "its middle cannot be mapped alone: %s", strerror(errno));
	must_hold(audit, at, 0, subject->length, "after its own middle was mapped again");
	works(audit, "other memory was in its middle, then its own: the rest holds what it held");
}

const struct probe probe_map_fixed_over = {
	.name = "map-fixed-over",
	.asks = "can a part be replaced by another mapping, and do the others stay right?",
	.rule = "MAP_FIXED replaces what it says and nothing else",
	.change = "use vmf->pgoff in ->fault; count in ->open and ->close",
	.why = "it is a munmap of the middle that no munmap tells of",
	.needs = NEEDS_THREE | NEEDS_PARTS | NEEDS_MEMORY,
	.run = over,
};

enum { HELD = 0x5a };

/* What is not to be had, over memory of one's own. */
static void refused_over(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	const struct {
		const char *what;
		bool ask;
		int prot;
		off_t offset;
	} ways[] = {
		{ "an offset past the end", subject->traits & TRAIT_SIZED, subject->prot,
		  subject->offset + (off_t)subject->length },
		{ "PROT_EXEC", true, PROT_READ | PROT_EXEC, subject->offset },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		char *old = reserve_like(audit, NULL, subject->length);
		int byte, error;

		if (!ways[i].ask)
			continue;
		if (mprotect(old, subject->length, PROT_READ | PROT_WRITE))
			not_asked(audit, "mprotect: %s", strerror(errno));
		memset(old, HELD, page_size());
		step(audit, "mmap with MAP_FIXED and %s", ways[i].what);
		if (mmap(old, subject->length, ways[i].prot, subject->flags | MAP_FIXED,
			 subject->fd, ways[i].offset) != MAP_FAILED)
			continue;
		error = errno;
		step(audit, "a read of what was there before");
		byte = vt_read(old);
		if (byte >= 0 && byte != HELD)
			defect(audit, "%s is refused (%s), and %#x is mapped instead of %#x",
			       ways[i].what, strerrorname_np(error), byte, HELD);
		note(audit, "%s is refused (%s), and what was there before is %s", ways[i].what,
		     strerrorname_np(error), byte < 0 ? "gone" : "there still");
	}
	note(audit, "nothing that was tried is refused");
}

const struct probe probe_map_fixed_refused = {
	.name = "map-fixed-refused",
	.asks = "when MAP_FIXED is refused, what becomes of what was there?",
	.rule = "a refused mmap maps nothing",
	.change = "zap what ->mmap inserted before it returns an error",
	.why = "CVE-2024-53148: comedi returned an error and left pages mapped that it then freed",
	.needs = NEEDS_FD | NEEDS_MEMORY,
	.run = refused_over,
};

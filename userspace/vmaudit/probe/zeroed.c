// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#define MOST_PAGES ((size_t)1 << 14)	/* of more, some all over it are looked at */

static void run(struct audit *audit)
{
	size_t pages = audit->subject->length / page_size();
	size_t stride = (pages + MOST_PAGES - 1) / MOST_PAGES, looked = 0;
	char *at = map_subject(audit);

	must_read(audit, at, "the mapping");
	for (size_t page = 0; page < pages; page += stride, looked++) {
		size_t i = page * page_size();
		int byte = vt_read(at + i);

		if (byte < 0)
			late(audit, -byte, "a read at %zu", i);
		if (vt_is_zero(at + i, page_size()))
			continue;
		while (!at[i])
			i++;
		note(audit, "byte %zu is %#x: look whether that is the object's own", i,
		     (unsigned char)at[i]);
	}
	if (looked < pages)
		works(audit, "all bytes of %zu of its %zu pages are zero", looked, pages);
	works(audit, "all %zu bytes are zero", pages * page_size());
}

const struct probe probe_zeroed = {
	.name = "zeroed",
	.asks = "is memory that nobody wrote to zero?",
	.why = "pages from alloc_pages() without __GFP_ZERO show what others left there",
	.needs = NEEDS_MEMORY,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static void run(struct audit *audit)
{
	size_t length = audit->subject->length;
	char *at = map_subject(audit);

	must_read(audit, at, "the mapping");
	for (size_t i = 0; i < length; i++) {
		int byte = vt_read(at + i);

		if (byte < 0)
			late(audit, -byte, "a read at %zu", i);
		if (byte)
			note(audit, "byte %zu is %#x: look whether that is the object's own", i,
			     byte);
	}
	works(audit, "all %zu bytes are zero", length);
}

const struct probe probe_zeroed = {
	.name = "zeroed",
	.asks = "is memory that nobody wrote to zero?",
	.why = "pages from alloc_pages() without __GFP_ZERO show what others left there",
	.needs = NEEDS_MEMORY,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static void run(struct audit *audit)
{
	struct subject past = *audit->subject;
	char *at;

	past.offset += (off_t)past.length;
	past.length = page_size();
	step(audit, "mmap of a page at the end");
	at = map_as(&past, past.fd, past.prot, past.flags);
	if (at == MAP_FAILED)
		refused(audit, "a page that begins where the object ends");
	past_the_end(audit, at);
}

const struct probe probe_offset_past = {
	.name = "offset-past-end",
	.asks = "mapped from where it ends: is there somebody else's page?",
	.rule = "what is past the end of an object is never mapped: EINVAL, or SIGBUS on access",
	.change = "check vm_pgoff, not only the length, against the object's size in ->mmap",
	.why = "CVE-2018-8781: udl mapped kernel memory at offsets that it did not look at",
	.needs = NEEDS_SIZED | NEEDS_FD | NEEDS_MEMORY | NEEDS_ALONE,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

/* Memory past the object's end belongs to somebody else. */
static void run(struct audit *audit)
{
	struct subject longer = *audit->subject;
	char *at;

	longer.length += page_size();
	step(audit, "mmap of a page more than there is");
	at = map_as(&longer, longer.fd, longer.prot, longer.flags);
	if (at == MAP_FAILED)
		refused(audit, "a page more than there is");
	past_the_end(audit, at + audit->subject->length);
}

const struct probe probe_length_past = {
	.name = "length-past-end",
	.asks = "mapped a page longer than it is: is that page somebody else's?",
	.rule = "what is past the end of an object is never mapped: EINVAL, or SIGBUS on access",
	.change = "check vma_pages(vma) and vm_pgoff against the object's size in ->mmap",
	.why = "CVE-2013-6763: uio mapped as much as it was asked for, past its block of memory",
	.needs = NEEDS_SIZED | NEEDS_FD | NEEDS_MEMORY,
	.run = run,
};

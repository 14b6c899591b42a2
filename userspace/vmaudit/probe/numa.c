// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/mempolicy.h>
#include <sys/syscall.h>

#include "probe.h"

static void run_policy(struct audit *audit)
{
	char *at = map_subject(audit);
	unsigned long node = 1;
	int mode = -1;

	step(audit, "mbind");
	if (syscall(SYS_mbind, at, audit->subject->length, MPOL_PREFERRED, &node, 8 * sizeof(node),
		    0)) {
		if (errno == ENOSYS)
			not_asked(audit, "this kernel has no mbind");
		refused(audit, "mbind");
	}
	step(audit, "get_mempolicy");
	if (syscall(SYS_get_mempolicy, &mode, NULL, 0, at, MPOL_F_ADDR))
		not_asked(audit, "get_mempolicy: %s", strerror(errno));
	if (mode != MPOL_PREFERRED)
		silent(audit, "mbind: success, and the policy is %d", mode);
	works(audit, "MPOL_PREFERRED is recorded");
}

static void run_move_pages(struct audit *audit)
{
	char *at = map_subject(audit);
	void *page = at;
	int node = -1, byte = must_read(audit, at, "the mapping");

	/* Else what is anonymous has the page of zeroes only. */
	if (audit->subject->prot & PROT_WRITE)
		must_write(audit, at, byte, "the mapping");
	step(audit, "move_pages");
	if (syscall(SYS_move_pages, 0, 1UL, &page, NULL, &node, 0)) {
		if (errno == ENOSYS)
			not_asked(audit, "this kernel has no move_pages");
		refused(audit, "move_pages");
	}
	if (node < 0)
		note(audit, "of its page the kernel says %s", strerrorname_np(-node));
	note(audit, "its page is on node %d", node);
}

const struct probe probe_numa_policy = {
	.name = "numa-policy",
	.asks = "does mbind record a policy for it?",
	.why = "whether pages follow is the driver's: with ->set_policy, or with vma_alloc_folio()",
	.run = run_policy,
};

const struct probe probe_move_pages = {
	.name = "move-pages",
	.asks = "on which node is its memory?",
	.why = "a driver's own pages are where it allocated them, and cannot be moved",
	.needs = NEEDS_MEMORY,
	.run = run_move_pages,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include "madvise.h"

/* A SIGBUS may come at once to who finds it, and cannot be caught. */
static void advise_poison(struct audit *audit, char *at)
{
	(void)audit;
	_exit(madvise(at, page_size(), MADV_HWPOISON) ? errno : 0);
}

/* The page is lost until the machine is booted anew. */
static void run(struct audit *audit)
{
	size_t length = audit->subject->length, unit;
	char *at = map_subject(audit);
	int byte, status;

	unit = unit_of(audit, at, 2);
	mark(audit, at);
	step(audit, "madvise with MADV_HWPOISON");
	status = in_child(audit, advise_poison, at + length - unit);
	if (WIFEXITED(status) && WEXITSTATUS(status)) {
		byte = vt_read(at + length - unit);
		errno = WEXITSTATUS(status);
		if (byte < 0)
			late(audit, -byte, "refused (%s), and a read of the page",
			     strerrorname_np(errno));
		refused(audit, "%s", audit->probe->name);
	}
	must_hold(audit, at, 0, length - unit, "beside a poisoned page");
	byte = vt_read(at + length - unit);
	if (byte >= 0)
		silent(audit, "the poisoned page can be read");
	works(audit, "a read of the poisoned page is SIG%s, others hold what they held",
	      sigabbrev_np(-byte));
}

const struct probe probe_madvise_hwpoison = {
	MADVISE("hwpoison", MADV_HWPOISON, "is an access to a page whose memory fails SIGBUS?"),
	.why = "memory fails; pages that the kernel cannot take away are read on",
	.needs = NEEDS_ROOT | NEEDS_TWO | NEEDS_MEMORY,
	.danger = true,
	.run = run,
};

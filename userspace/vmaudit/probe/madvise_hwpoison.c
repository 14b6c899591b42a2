// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "madvise.h"

/* Who maps a page that fails may be told at once, before an access to it. */
static int advise_poison(char *at)
{
	const struct timespec now = { 0 };
	sigset_t told;
	int error;

	sigemptyset(&told);
	sigaddset(&told, SIGBUS);
	sigprocmask(SIG_BLOCK, &told, NULL);
	error = madvise(at, page_size(), MADV_HWPOISON) ? errno : 0;
	sigtimedwait(&told, NULL, &now);
	sigprocmask(SIG_UNBLOCK, &told, NULL);
	return error;
}

/* The page is lost until the machine is booted anew. */
static void run(struct audit *audit)
{
	size_t length = audit->subject->length, unit;
	char *at = map_subject(audit);
	int byte, error;

	unit = unit_of(audit, at, 2);
	mark(audit, at);
	step(audit, "madvise with MADV_HWPOISON");
	error = advise_poison(at + length - unit);
	if (error) {
		byte = vt_read(at + length - unit);
		if (byte < 0)
			late(audit, -byte, "refused (%s), and a read of the page",
			     strerrorname_np(error));
		errno = error;
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

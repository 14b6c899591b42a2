// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

/* The program itself keeps the descriptor open; ->flush is called all the same. */
static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	size_t length = subject->length;
	char *at = map_subject(audit);

	mark(audit, at);
	at = map_again(audit, at);
	step(audit, "close");
	if (close(subject->fd) || (subject->reader >= 0 && subject->reader != subject->fd &&
				   close(subject->reader)))
		refused(audit, "close");
	must_hold(audit, at, 0, length, "after the descriptor was closed");
	if ((subject->flags & MAP_TYPE) == MAP_PRIVATE)
		works(audit, "all pages hold what they held");
	step(audit, "madvise with MADV_DONTNEED, after close");
	if (madvise(at, length, MADV_DONTNEED))
		works(audit, "all pages hold what they held; they cannot be dropped");
	if (vt_read(at) < 0)
		works(audit, "all pages hold what they held; what is dropped does not come back");
	must_hold_again(audit, at, length, "dropped and faulted in again after close");
	works(audit, "all pages hold what they held, also those that were faulted in later");
}

const struct probe probe_close_mapped = {
	.name = "close-mapped",
	.asks = "does the mapping outlive its descriptor?",
	.rule = "a mapping holds the file; close(2) takes nothing from it",
	.change = "free in ->release, not in ->flush; hold what is mapped for as long as it is",
	.why = "CVE-2024-0582: io_uring gave memory away that was mapped",
	.needs = NEEDS_FD | NEEDS_MEMORY,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at;

	step(audit, "mmap with PROT_EXEC");
	at = map_as(subject, subject->fd, PROT_READ | PROT_EXEC, subject->flags);
	if (at != MAP_FAILED && !vt_has_flag(at, "ex"))
		silent(audit, "mmap took PROT_EXEC, and it is not executable");
	if (at != MAP_FAILED)
		note(audit, "it can be mapped executable");
	at = map_subject(audit);
	step(audit, "mprotect to PROT_EXEC");
	if (mprotect(at, subject->length, PROT_READ | PROT_EXEC))
		refused(audit, "mprotect to PROT_EXEC");
	note(audit, "it can be made executable");
}

const struct probe probe_exec = {
	.name = "exec",
	.asks = "can it be made executable?",
	.why = "nearly every driver forgets VM_MAYEXEC; data that runs is half an exploit",
	.run = run,
};

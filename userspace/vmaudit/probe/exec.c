// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static void run(struct audit *audit)
{
	char *at = map_subject(audit);

	step(audit, "mprotect to PROT_EXEC");
	if (mprotect(at, audit->subject->length, PROT_READ | PROT_EXEC))
		refused(audit, "mprotect to PROT_EXEC");
	note(audit, "it can be made executable");
}

const struct probe probe_exec = {
	.name = "exec",
	.asks = "can it be made executable?",
	.why = "nearly every driver forgets VM_MAYEXEC; data that runs is half an exploit",
	.run = run,
};

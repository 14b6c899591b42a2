// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/uio.h>

#include "probe.h"

static void run(struct audit *audit)
{
	struct sample sample = take_sample(audit, map_subject(audit));
	struct iovec to = { sample.at, sample.length };
	char given[sample.length];
	struct iovec from = { given, sample.length };
	ssize_t n;

	vt_pattern(given, sample.length, 7);
	step(audit, "process_vm_writev");
	n = process_vm_writev(getpid(), &from, 1, &to, 1, 0);
	if (n < 0 && (errno == ENOSYS || errno == EPERM))
		not_asked(audit, "process_vm_writev: %s", strerror(errno));
	sample_was_written(audit, &sample, given, n, "process_vm_writev");
}

const struct probe probe_process_vm_writev = {
	.name = "process-vm-writev",
	.asks = "does what process_vm_writev writes arrive?",
	.rule = "what was written to a process' memory is there for the process",
	.change = "map the pages themselves, with vm_insert_page() or ->fault, not copies of them",
	.why = "it takes the pages by get_user_pages, which VM_IO and VM_PFNMAP forbid",
	.needs = NEEDS_WRITE | NEEDS_MEMORY,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static void run(struct audit *audit)
{
	char *at = map_subject(audit), flags[256];
	struct vt_vma vma;
	const char *why;

	if (vt_vma_at(at, &vma) || vt_smaps_flags(at, flags, sizeof(flags)))
		not_asked(audit, "/proc/self/smaps: %s", strerror(errno));
	why = vmflags_at_odds(flags, vma.name, audit->subject->traits & TRAIT_EXACT);
	if (why)
		risk(audit, "%s (%s)", why, flags);
	note(audit, "%s", flags);
}

static void run_writable_reader(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at, flags[256];

	step(audit, "mmap of a descriptor that is only read");
	at = map_as(subject, subject->reader, PROT_READ, subject->flags);
	if (at == MAP_FAILED)
		not_asked(audit, "what is only read cannot be mapped: %s", strerror(errno));
	if (vt_smaps_flags(at, flags, sizeof(flags)))
		not_asked(audit, "/proc/self/smaps: %s", strerror(errno));
	if (vt_has_flag(at, "mw"))
		risk(audit, "mw: mprotect may make it writable (%s)", flags);
	works(audit, "no mw (%s)", flags);
}

const struct probe probe_smaps_flags = {
	.name = "smaps-flags",
	.asks = "do its VmFlags belong together?",
	.why = "\"cma-helper: Set VM_DONTEXPAND\" and CVE-2026-46312 (vb2): flags that were lost",
	.run = run,
};

const struct probe probe_smaps_writable_reader = {
	.name = "smaps-writable-reader",
	.asks = "has a shared mapping of a read-only descriptor VM_MAYWRITE?",
	.why = "CVE-2022-43750 (usbmon): mprotect then made the kernel's buffer writable",
	.needs = NEEDS_SHARED | NEEDS_READER,
	.run = run_writable_reader,
};

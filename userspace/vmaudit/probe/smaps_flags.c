// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static const char *const owners[] = { "/dmabuf:", "/dev/dri/", "drm mm object" };

/* dma-buf and GEM serve their pages as PFNs, and mean it. */
static bool is_graphics(const char *at)
{
	struct vt_vma vma;

	if (vt_vma_at(at, &vma))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (strstr(vma.name, owners[i]))
			return true;
	return false;
}

static void run(struct audit *audit)
{
	char *at = map_subject(audit), flags[256];
	bool pf, io, de, dd, mm;

	if (vt_smaps_flags(at, flags, sizeof(flags)))
		not_asked(audit, "/proc/self/smaps: %s", strerror(errno));
	pf = vt_has_flag(at, "pf");
	io = vt_has_flag(at, "io");
	de = vt_has_flag(at, "de");
	dd = vt_has_flag(at, "dd");
	mm = vt_has_flag(at, "mm");
	if (pf && !io && !dd && !is_graphics(at))
		risk(audit, "pf without io and dd: its part of a core is zeroes (%s)", flags);
	if (pf && !io && !is_graphics(at))
		risk(audit, "pf without io: remap_pfn_range() sets both (%s)", flags);
	/* VM_PFNMAP alone keeps mremap from it, too. */
	if ((io || mm) && !pf && !de)
		risk(audit, "%s without de: mremap may grow it past its object (%s)",
		     io ? "io" : "mm", flags);
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

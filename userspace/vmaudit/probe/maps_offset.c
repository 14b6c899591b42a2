// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "probe.h"

#define FAKE 0x100000000ull	/* DRM_FILE_PAGE_OFFSET_START, in bytes */

/* Is something there in physical memory? Who is not root sees zeros, and is told so. */
static bool may_be_physical(unsigned long address)
{
	FILE *file = fopen("/proc/iomem", "re");
	unsigned long first, last;
	bool found = !file, known = false;
	char line[256];

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " %lx-%lx", &first, &last) != 2)
			continue;
		known |= last;
		found = address >= first && address <= last;
	}
	if (file)
		fclose(file);
	return found || !known;
}

/* The verdict on one mapping, if it is not all right. */
static void look(struct audit *audit, const char *at, const char *kind)
{
	unsigned long asked = (unsigned long)audit->subject->offset;
	struct vt_vma vma;

	step(audit, "/proc/self/maps");
	if (vt_vma_at(at, &vma))
		not_asked(audit, "/proc/self/maps does not tell of it");
	if (vma.offset == asked)
		return;
	/* Memory may be there, too; but no driver of these shows it. */
	if (vma.offset >= FAKE && is_graphics(vma.name))
		note(audit, "%s: it shows %#lx, a made-up offset, and %#lx was asked for", kind,
		     vma.offset, asked);
	/* Fake offsets, as DRM has, are taken off or put in; frame numbers are put in. */
	if (vma.offset < asked || !may_be_physical(vma.offset))
		note(audit, "%s: it shows offset %#lx, and %#lx was asked for", kind, vma.offset,
		     asked);
	risk(audit, "%s: it shows offset %#lx, and %#lx was asked for: where it is in physical "
	     "memory?", kind, vma.offset, asked);
}

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	bool shared = (subject->flags & MAP_TYPE) == MAP_SHARED;
	char *at;

	look(audit, map_subject(audit), shared ? "shared" : "private");
	if (!shared)
		works(audit, "it shows the offset that was asked for");
	at = map_kind(subject, PROT_READ, MAP_PRIVATE);
	if (at == MAP_FAILED)
		works(audit, "it shows the offset that was asked for; no private mapping: %s",
		      strerror(errno));
	look(audit, at, "private");
	works(audit, "it shows the offset that was asked for, shared and private");
}

const struct probe probe_maps_offset = {
	.name = "maps-offset",
	.asks = "does /proc/PID/maps show the offset that was asked for?",
	.why = "remap_pfn_range() makes vm_pgoff of a private mapping a frame's number: maps then "
	       "shows where it is in physical memory, and unmap_mapping_range() misses it",
	.needs = NEEDS_FD,
	.run = run,
};

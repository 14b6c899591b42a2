// SPDX-License-Identifier: GPL-2.0-or-later
/* VmFlags of smaps: two letters each, as Documentation/filesystems/proc.rst lists them. */
#include <string.h>

#include "vmaudit.h"

bool has_vmflag(const char *flags, const char *two)
{
	for (; *flags; flags += strspn(flags, " ")) {
		size_t length = strcspn(flags, "\n ");

		if (length == 2 && !strncmp(flags, two, 2))
			return true;
		flags += length;
	}
	return false;
}

/* dma-buf and GEM serve their pages as PFNs, and mean it. */
bool is_graphics(const char *name)
{
	static const char *const owners[] = { "/dmabuf:", "/dev/dri/", "drm mm object" };

	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (strstr(name, owners[i]))
			return true;
	return false;
}

const char *vmflags_at_odds(const char *flags, const char *name, bool whole)
{
	bool pf = has_vmflag(flags, "pf"), io = has_vmflag(flags, "io");

	if (pf && !io && !is_graphics(name))
		return has_vmflag(flags, "dd") ? "pf without io: remap_pfn_range() sets both" :
			"pf without io and dd: its part of a core is zeroes";
	/* VM_PFNMAP alone keeps mremap from it, too. */
	if (whole || pf || has_vmflag(flags, "de"))
		return NULL;
	if (io)
		return "io without de: mremap may grow it past its object";
	if (has_vmflag(flags, "mm"))
		return "mm without de: mremap may grow it past its object";
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_MEMTYPE_H
#define VMADEV_MEMTYPE_H

#include <linux/bits.h>
#include <linux/pgtable.h>

#include "region.h"

/* Of a strategy: it serves memory with a cache attribute of its own, that is, it maps PFNs. */
#define VMADEV_ANY_CACHE	BIT(31)

/* Of all entries that map a region; a device sees no memory that is encrypted. */
static inline pgprot_t vmadev_region_prot(const struct vmadev_region *region, pgprot_t prot)
{
	if (region->cache == VMADEV_CACHE_WC)
		prot = pgprot_writecombine(prot);
	else if (region->cache == VMADEV_CACHE_UC)
		prot = pgprot_noncached(prot);
	return region->bar ? pgprot_decrypted(prot) : prot;
}

/*
 * Memory of the kernel's that is to be mapped in another way than it has it mapped itself:
 * then its own mapping is changed too, for no page may have two cache attributes at a time.
 */
static inline bool vmadev_memtype_differs(const struct vmadev_region *region)
{
	return region->cache != VMADEV_CACHE_WB && !region->bar;
}

/* memtype.c */
bool vmadev_memtype_can(const struct vmadev_backing *backing);
int vmadev_memtype_set(const struct vmadev_region *region);
void vmadev_memtype_give_back(const struct vmadev_region *region);

#endif /* VMADEV_MEMTYPE_H */

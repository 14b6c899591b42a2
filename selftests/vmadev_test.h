/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every selftest of vmadev includes: the harness, the library of probes
 * and the table of strategies and backings that the tests run over.
 */
#ifndef VMADEV_TEST_H
#define VMADEV_TEST_H

#include "kselftest_harness.h"
#include "lib/vt.h"

/*
 * Expand to one variant of a fixture for each strategy on each backing that
 * can serve it. The fixture declares
 *
 *	FIXTURE_VARIANT(f) { __u32 strategy; __u32 backing; bool private_ok; };
 */
#define VT_MODE(f, name, s, b, priv)				\
	FIXTURE_VARIANT_ADD(f, name) {				\
		.strategy = VMADEV_STRATEGY_##s,		\
		.backing = VMADEV_BACKING_##b,			\
		.private_ok = priv,				\
	}

/* Strategies whose mappings show the pages of the module's own. */
#define VT_PAGE_MODES(f)					\
	VT_MODE(f, remap_contig, REMAP, CONTIG, false);		\
	VT_MODE(f, pfn_pages, PFN, PAGES, false);		\
	VT_MODE(f, pfn_contig, PFN, CONTIG, false);		\
	VT_MODE(f, huge_contig, HUGE, CONTIG, false);		\
	VT_MODE(f, page_pages, PAGE, PAGES, true);		\
	VT_MODE(f, page_contig, PAGE, CONTIG, true);		\
	VT_MODE(f, insert_pages, INSERT, PAGES, true);		\
	VT_MODE(f, insert_contig, INSERT, CONTIG, true)

/* ... of what can be taken away. */
#define VT_REVOKED_MODES(f)					\
	VT_PAGE_MODES(f);					\
	VT_MODE(f, cache_shmem, CACHE, SHMEM, true)

/* Strategies whose mappings show the region's bytes. */
#define VT_BYTE_MODES(f)					\
	VT_REVOKED_MODES(f);					\
	VT_MODE(f, filemap_media, FILEMAP, MEDIA, true)

/* Those that map them MAP_PRIVATE too. */
#define VT_PRIVATE_BYTE_MODES(f)				\
	VT_MODE(f, page_pages, PAGE, PAGES, true);		\
	VT_MODE(f, page_contig, PAGE, CONTIG, true);		\
	VT_MODE(f, insert_pages, INSERT, PAGES, true);		\
	VT_MODE(f, insert_contig, INSERT, CONTIG, true);	\
	VT_MODE(f, cache_shmem, CACHE, SHMEM, true);		\
	VT_MODE(f, filemap_media, FILEMAP, MEDIA, true)

#define VT_MODES(f)						\
	VT_BYTE_MODES(f);					\
	VT_MODE(f, anon_none, ANON, NONE, true)

/* Why a test of remap may be skipped: the kernel gave the region two runs. */
#define VT_NOT_ONE_RUN "contig is not one run here"

/* Why a test of huge may be skipped. */
#define VT_NO_HUGE "no huge entries of PFNs on this kernel"

/* In the set-up of a fixture: skip what this kernel does not have. */
#define VT_NEEDS(strategy) do {						\
	if ((strategy) == VMADEV_STRATEGY_HUGE && !vt_has_huge())	\
		SKIP(return, VT_NO_HUGE);				\
} while (0)

/* Why a test of EXPORT may be skipped, and what does it. */
#define VT_NO_EXPORT "no dma-bufs in this kernel"

#define VT_NEEDS_EXPORT() do {						\
	if (!vt_has_export())						\
		SKIP(return, VT_NO_EXPORT);				\
} while (0)

/* Neighbours are mapped with it; of huge, where there is no room for a huge entry. */
static inline bool vt_maps_window(__u32 strategy)
{
	return strategy == VMADEV_STRATEGY_PFN || strategy == VMADEV_STRATEGY_HUGE;
}

/* Without ioremap_prot() a kernel never asks the ->access of a VM_PFNMAP mapping. */
#if defined(__arm__) || defined(__riscv)
#define VT_ACCESS_ASKED false
#else
#define VT_ACCESS_ASKED true
#endif
#define VT_NO_ACCESS "no ->access of VM_PFNMAP on this machine"

/* Since 6.18 a fault maps all of a folio that lies in one page table; contig has such. */
#define VT_MAPS_FOLIOS(backing) \
	((backing) == VMADEV_BACKING_CONTIG && vt_kernel_at_least(6, 18))

/* What pfn maps around a fault, in bytes. */
#define PFN_FAULT_AROUND 65536u

#endif /* VMADEV_TEST_H */

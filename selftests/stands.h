/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a mapping stands, by what its VMA is to the kernel: the suite asserts it, and
 * audit/stands.c holds the committed matrix of vmaudit against it.
 */
#ifndef STANDS_H
#define STANDS_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <vmadev.h>

enum class {
	PFNMAP,		/* VM_PFNMAP and VM_IO: no struct page behind the mapping */
	MIXEDMAP,	/* VM_MIXEDMAP: the other of the kernel's VM_SPECIAL */
	PLAIN,		/* pages of the driver's, or of its page cache, refcounted */
	SHMEM,		/* the page cache's */
	ANONYMOUS,
	CLASSES
};

static inline enum class class_of_vma(__u32 strategy, bool shared)
{
	switch (strategy) {
	case VMADEV_STRATEGY_REMAP:
	case VMADEV_STRATEGY_PFN:
	case VMADEV_STRATEGY_HUGE:
		return PFNMAP;
	case VMADEV_STRATEGY_INSERT:
		return MIXEDMAP;
	case VMADEV_STRATEGY_PAGE:
	case VMADEV_STRATEGY_FILEMAP:
		return PLAIN;
	case VMADEV_STRATEGY_ANON:
		return shared ? SHMEM : ANONYMOUS;
	default:
		return SHMEM;
	}
}

/* Answers, beside an errno: it succeeds, it is done, it succeeds and nothing is done */
#define OKAY		0
#define WORKS		(-1)
#define NO_EFFECT	(-2)

#define NO_PFN		EINVAL, OKAY, OKAY, OKAY, OKAY
#define NO_SPECIAL	EINVAL, EINVAL, WORKS, WORKS, WORKS
#define SILENT_SPECIAL	NO_EFFECT, NO_EFFECT, WORKS, WORKS, WORKS
#define SILENT_PFN	NO_EFFECT, WORKS, WORKS, WORKS, WORKS
#define UNPINNED_PFN	EFAULT, WORKS, WORKS, WORKS, WORKS
#define ALL(answer)	answer, answer, answer, answer, answer

/**
 * struct stand - what one call comes to
 * @probe:  vmaudit's name of it
 * @since:  the release that has it, as 613 for 6.13; 0: all of them
 * @answer: of each class
 */
struct stand {
	const char *probe;
	int since;
	int answer[CLASSES];
};

static const struct stand stands[] = {
	{ "madvise-normal", 0, { ALL(OKAY) } },
	{ "madvise-random", 0, { ALL(OKAY) } },
	{ "madvise-sequential", 0, { ALL(OKAY) } },
	{ "madvise-willneed", 0, { ALL(OKAY) } },
	{ "madvise-dontneed", 0, { NO_PFN } },
	{ "madvise-free", 0, { EINVAL, EINVAL, EINVAL, EINVAL, OKAY } },
	{ "madvise-dontfork", 0, { ALL(WORKS) } },
	{ "madvise-mergeable", 0, { ALL(OKAY) } },
	{ "madvise-unmergeable", 0, { ALL(OKAY) } },
	{ "madvise-hugepage", 0, { ALL(OKAY) } },
	{ "madvise-nohugepage", 0, { ALL(OKAY) } },
	{ "madvise-dontdump", 0, { ALL(OKAY) } },
	{ "madvise-dodump", 0, { NO_SPECIAL } },
	/* The mapping keeps its file, so none is what WIPEONFORK asks for. */
	{ "madvise-wipeonfork", 0, { ALL(EINVAL) } },
	{ "madvise-keeponfork", 0, { ALL(OKAY) } },
	{ "madvise-cold", 0, { NO_PFN } },
	{ "madvise-pageout", 0, { NO_PFN } },
	{ "madvise-populate-read", 0, { NO_PFN } },
	{ "madvise-populate-write", 0, { NO_PFN } },
	{ "madvise-guard-install", 613, { NO_SPECIAL } },
	{ "madvise-guard-remove", 613, { NO_SPECIAL } },
	{ "mremap-grow", 0, { EFAULT, EFAULT, OKAY, OKAY, OKAY } },
	{ "mremap-move", 0, { ALL(WORKS) } },
	{ "mremap-dontunmap", 0, { NO_SPECIAL } },
	{ "mlock", 0, { SILENT_SPECIAL } },
	{ "process-vm-readv", 0, { UNPINNED_PFN } },
	{ "vmsplice", 0, { UNPINNED_PFN } },
	{ "o-direct-read", 0, { UNPINNED_PFN } },
	{ "o-direct-write", 0, { UNPINNED_PFN } },
	{ "soft-dirty", 0, { SILENT_PFN } },
	{ "pagemap-scan", 607, { SILENT_PFN } },
};

/* What @probe comes to for a class; a test that names no probe ends here. */
static inline int stands_up(enum class class, const char *probe)
{
	for (size_t i = 0; i < sizeof(stands) / sizeof(*stands); i++)
		if (!strcmp(stands[i].probe, probe))
			return stands[i].answer[class];
	abort();
}

#endif /* STANDS_H */

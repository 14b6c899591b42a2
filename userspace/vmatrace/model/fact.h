/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to VMAs, one step at a time, and why. */
#ifndef VMATRACE_FACT_H
#define VMATRACE_FACT_H

#include "vma.h"

/**
 * enum why - what keeps two neighbours from being one VMA, or a call from success
 *
 * The first ones are of neighbours, in the order in which the kernel asks.
 */
enum why {
	WHY_NONE,		/* nothing does */
	WHY_GAP,		/* they do not touch */
	WHY_SPECIAL,		/* VM_SPECIAL: never merged */
	WHY_POLICY,
	WHY_RIGHTS,		/* read, write, execute */
	WHY_FLAGS,		/* any other flag */
	WHY_KIND,		/* one of a file, one anonymous */
	WHY_FILE,		/* two files */
	WHY_OPENED,		/* one file, opened twice */
	WHY_CLOSE,		/* vm_ops->close */
	WHY_UFFD,
	WHY_NAME,
	WHY_ANON,		/* written apart: each has its anon_vma */
	WHY_FORKED,		/* its anon_vma is shared with a parent or child */
	WHY_OFFSET,		/* of a file */
	WHY_MOVED,		/* pgoff of anonymous memory, since an mremap */
	WHY_SELF,		/* MREMAP_DONTUNMAP keeps source and copy apart */

	/* Of calls. */
	WHY_LIMIT_VMAS,
	WHY_LIMIT_AS,
	WHY_LIMIT_DATA,
	WHY_LIMIT_STACK,
	WHY_LIMIT_LOCK,
	WHY_GUARD_GAP,
	WHY_IN_THE_WAY,		/* something is mapped there */
	WHY_HOLE,		/* nothing is mapped there */
	WHY_BELOW_BRK,
	WHY_NOT_GRANTED,	/* VM_MAYREAD, -WRITE, -EXEC */
	WHY_SEALED,
	WHY_BOUNDARY,		/* crosses from one VMA into the next */
	WHY_CANNOT_GROW,	/* VM_DONTEXPAND */
	WHY_ARGUMENT,
	WHY_SAME_PLACE,		/* source and target overlap */
	WHY_WRONG_KIND,		/* this advice is not for such memory */
	WHY_KERNEL,		/* only its errno is known */
	WHY_BUS,		/* SIGBUS: there is no page */
	WHY_GUARD,		/* a guard page, or a protection key */

	/* Of faults that were served. */
	WHY_FIRST_TOUCH,
	WHY_COPY,		/* copy-on-write */
	WHY_FILE_PAGE,
	WHY_FIRST_WRITE,	/* to a page that was clean */
	WHY_DEVICE,		/* its driver made the entry */
	WHY_RACE,		/* there was nothing to do any more */
	WHY_MAJOR,		/* it was waited for */

	/* Recorded as numbers: what is new comes last. */
	WHY_NO_SEGMENT,		/* shmdt: none is attached there */
	WHY_ALONE,		/* mremap moves it only if it moves nothing else */
	WHY_DENIED,		/* prctl(PR_SET_MDWE) */
	WHY_CLOSED,		/* of a change: its userfaultfd is gone */
	WHY_LAST = WHY_CLOSED,
};

enum fact_kind {
	FACT_CREATED,		/* vma: new */
	FACT_MERGED,		/* vma and other became one: extended over what is new */
	FACT_APART,		/* vma and other touch, and are two: why */
	FACT_SPLIT,		/* vma was cut at the address */
	FACT_GREW,
	FACT_SHRANK,
	FACT_UNMAPPED,		/* vma, or the part of it in [address, until) */
	FACT_MOVED,		/* from address to until */
	FACT_CHANGED,		/* flags, name, policy: vma as it was, other as it is */
	FACT_REFUSED,		/* why */
	FACT_FAULTED,		/* why; WHY_NONE: vma got its anon_vma */
	FACT_LEFT,		/* vma is of what the call unmaps elsewhere: why it stays */
	FACT_LAST = FACT_LEFT,
};

/**
 * struct fact - one step
 * @address: where; for FACT_REFUSED and FACT_SPLIT the exact place
 * @vma:     of FACT_MERGED and FACT_APART the lower one
 * @by:	    of WHY_DEVICE: the strategy, if it was vmadev, and the @order of the entry
 */
struct fact {
	enum fact_kind kind;
	enum why why;
	__u64 address, until;
	struct vma vma, other;
	const char *by;
	unsigned int order;
};

struct facts {
	struct fact *fact;
	size_t count, room;
};

void facts_clear(struct facts *facts);
void facts_free(struct facts *facts);
struct fact *facts_add(struct facts *facts, enum fact_kind kind, enum why why, __u64 address);

#endif

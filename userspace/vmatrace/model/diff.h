/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two states of an address space side by side. */
#ifndef VMATRACE_DIFF_H
#define VMATRACE_DIFF_H

#include "vma.h"

/* vma_shown_same - does maps show the same line for both? */
bool vma_shown_same(const struct mm *a, const struct vma *one,
		    const struct mm *b, const struct vma *other);

/**
 * struct diff - the VMAs that are different, each list by address
 * @gone:  only before
 * @come:  only after
 * @delta: how many more there are
 */
struct diff {
	const struct vma **gone, **come;
	size_t gone_count, come_count;
	long delta;
};

/* diff_make - compare; the lists point into both, and live as long as these */
void diff_make(struct diff *diff, const struct mm *before, const struct mm *after);
void diff_free(struct diff *diff);

/* window_copy - a copy of the VMAs that touch [start, end) */
void window_copy(struct mm *to, const struct mm *from, __u64 start, __u64 end);
/* window_hull - have a range hold all of it too */
void window_hull(const struct mm *window, __u64 *start, __u64 *end);
/* window_replace - put such a copy, of what is there now, in the place of another */
void window_replace(struct mm *mm, const struct mm *old, const struct mm *new);
/* window_widen - to the VMAs before and behind it: none that a call changes is further away */
void window_widen(const struct mm *mm, __u64 *start, __u64 *end);

#endif

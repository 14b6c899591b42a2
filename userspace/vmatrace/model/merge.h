/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Merging and splitting, as the kernel's mm/vma.c does it. */
#ifndef VMATRACE_MERGE_H
#define VMATRACE_MERGE_H

#include "fact.h"

/**
 * struct merge - a range that is about to be mapped, or changed
 * @is:		what it is to be: its range, flags, file, offset, name, policy, uffd;
 *		its anon_vma is that of what it is copied from, or part of
 * @prev:	the VMA before it; may be @middle, if the range begins inside that
 * @middle:	the VMA that it is a part of; NULL: it is not mapped yet
 * @copied_from: what mremap copies
 * @apart:	never merges with this one
 * @just_expand: only with the one before it
 * @next_first: the one behind it is looked at first
 */
struct merge {
	struct vma is;
	struct vma *prev, *middle, *next;
	const struct vma *copied_from, *apart;
	bool just_expand, next_first;
};

/* why_apart - what keeps a range from merging with its neighbour on one side */
enum why why_apart(const struct mm *mm, const struct merge *merge, bool next);
/* why_two - the same of two VMAs that are there */
enum why why_two(const struct mm *mm, const struct vma *left, const struct vma *right);

/* merge_new - make a neighbour longer instead of a new VMA; NULL: none can be */
struct vma *merge_new(struct mm *mm, struct merge *merge, struct facts *facts);

/*
 * modify - have a part of a VMA be something else: a neighbour takes it over, or it is
 * cut out. Returns the VMA that it is in then, NULL where the limit of VMAs forbids it.
 */
struct vma *modify(struct mm *mm, struct merge *merge, struct facts *facts);

/* change - the same, and it has the flags, name, policy and userfaultfd that are said then */
struct vma *change(struct mm *mm, struct merge *merge, struct facts *facts);

/* split - cut a VMA; returns its upper part, NULL where the limit forbids it */
struct vma *split(struct mm *mm, struct vma *vma, __u64 address, bool limited,
		  struct facts *facts);

/* anon_prepare - a VMA is about to get a page of its own, so it gets an anon_vma */
void anon_prepare(struct mm *mm, struct vma *vma, struct facts *facts);
/* anon_known - look, if it is not known whether a VMA has an anon_vma */
void anon_known(struct mm *mm, struct vma *vma);

/* merge_part - a part of a VMA as it is, to be changed by the caller */
struct merge merge_part(struct mm *mm, struct vma *vma, __u64 start, __u64 end);
/* merge_range - a range that is not mapped yet, and its neighbours */
struct merge merge_range(struct mm *mm, const struct vma *is);

#endif

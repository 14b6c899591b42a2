// SPDX-License-Identifier: GPL-2.0-or-later
/* May two ranges be one VMA? If so, make them one. */
#include "merge.h"

static bool same_file_twice(const struct vma *a, const struct vma *b)
{
	/* The number of a segment may be the inode of a memfd. */
	return a->inode == b->inode && a->major == b->major && a->minor == b->minor &&
	       vma_is_segment(a) == vma_is_segment(b);
}

static enum why why_other_file(const struct vma *a, const struct vma *b)
{
	if (!a->file || !b->file)
		return WHY_KIND;
	return same_file_twice(a, b) ? WHY_OPENED : WHY_FILE;
}

static __u64 ignored_flags(const struct mm *mm)
{
	return VM_SOFTDIRTY | (mm->rules->guard_flag ? VM_MAYBE_GUARD : 0);
}

static bool is_cow(__u64 flags)
{
	return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

/* Before 6.16: the one without an anon_vma is never what is made longer. */
static enum why why_anon_old(__u32 one, __u32 other, const struct vma *target)
{
	if ((!one || !other) && target->chain == 1)
		return WHY_NONE;
	if (one == other)
		return WHY_NONE;
	return target->chain > 1 && (!one || !other) ? WHY_FORKED : WHY_ANON;
}

static bool forked(const struct vma *vma)
{
	return vma && vma->anon && vma->chain > 1;
}

static enum why why_anon(const struct mm *mm, const struct merge *merge, const struct vma *target,
			 __u32 source)
{
	if (!mm->rules->anon_targets)
		return why_anon_old(source, target->anon, target);
	if (!target->anon && source)
		return forked(merge->middle) || forked(merge->copied_from) ? WHY_FORKED : WHY_NONE;
	if (target->anon && !source)
		return forked(target) ? WHY_FORKED : WHY_NONE;
	return source == target->anon ? WHY_NONE : WHY_ANON;
}

/* All but place, anon_vma and offsets. */
static enum why why_unlike(const struct mm *mm, const struct vma *a, const struct vma *b)
{
	__u64 differ = (a->flags ^ b->flags) & ~ignored_flags(mm);

	if (a->policy != b->policy)
		return WHY_POLICY;
	if (a->file != b->file && (!a->file || !b->file))
		return WHY_KIND;
	if (differ & VM_ACCESS)
		return WHY_RIGHTS;
	if (differ)
		return WHY_FLAGS;
	if (a->file != b->file)
		return why_other_file(a, b);
	if (mm->rules->close_never_merges && b->close)
		return WHY_CLOSE;
	if (a->uffd != b->uffd)
		return WHY_UFFD;
	if (a->anon_name != b->anon_name)
		return WHY_NAME;
	return WHY_NONE;
}

static enum why why_offsets(const struct mm *mm, const struct vma *left, const struct vma *right)
{
	__u64 pages = vma_pages(mm, left);

	if (left->pgoff + pages != right->pgoff)
		return left->file ? WHY_OFFSET : WHY_MOVED;
	if (mm->rules->anon_pgoffs && left->file && is_cow(left->flags) &&
	    left->anon_pgoff + pages != right->anon_pgoff)
		return WHY_MOVED;
	return WHY_NONE;
}

enum why why_apart(const struct mm *mm, const struct merge *merge, bool next)
{
	const struct vma *other = next ? merge->next : merge->prev;
	const struct vma *is = &merge->is;
	enum why why;

	if (!other || (next ? is->end != other->start : other->end != is->start))
		return WHY_GAP;
	if (merge->apart == other)
		return WHY_SELF;
	if (is->flags & VM_SPECIAL)
		return WHY_SPECIAL;
	why = why_unlike(mm, is, other);
	if (why)
		return why;
	why = next ? why_offsets(mm, is, other) : why_offsets(mm, other, is);
	if (why)
		return why;
	return why_anon(mm, merge, other, is->anon);
}

enum why why_two(const struct mm *mm, const struct vma *left, const struct vma *right)
{
	struct merge merge = { .is = *right, .prev = (struct vma *)left,
			       .middle = (struct vma *)right };

	return why_apart(mm, &merge, false);
}

/* The anon_vma of a neighbour, if it will do for this one too. */
static bool anon_reuse(const struct mm *mm, const struct vma *old, struct vma *vma)
{
	const struct vma *left = old->start < vma->start ? old : vma;
	const struct vma *right = left == old ? vma : old;
	__u64 differ = (left->flags ^ right->flags) & ~ignored_flags(mm) & ~VM_ACCESS;
	__u64 pages = vma_pages(mm, left);

	if (left->end != right->start || differ || left->policy != right->policy ||
	    left->file != right->file || left->pgoff + pages != right->pgoff)
		return false;
	if (mm->rules->anon_pgoffs && left->anon_pgoff + pages != right->anon_pgoff)
		return false;
	if (!old->anon || old->anon == ANON_UNKNOWN || old->chain != 1)
		return false;
	vma->anon = old->anon;
	return true;
}

/* One of a neighbour, or a new one. */
static void anon_give(struct mm *mm, struct vma *vma)
{
	const struct vma *next = mm_next(mm, vma), *prev = mm_prev(mm, vma);

	if (!(next && anon_reuse(mm, next, vma)) && !(prev && anon_reuse(mm, prev, vma)))
		vma->anon = mm->next_anon++;
	vma->chain = 1;
}

void anon_known(struct mm *mm, struct vma *vma)
{
	bool open = vma && (vma->anon == ANON_UNKNOWN ||
			    (mm->blind && !vma->anon && vma->flags & VM_MAYWRITE &&
			     !(vma->flags & VM_SHARED)));

	if (!open)
		return;
	vma->anon = 0;
	vma->chain = 0;
	if (mm->faulted && mm->faulted(mm->data, vma))
		anon_give(mm, vma);
}

void anon_prepare(struct mm *mm, struct vma *vma, struct facts *facts)
{
	anon_known(mm, vma);
	if (vma->anon)
		return;
	anon_give(mm, vma);
	facts_add(facts, FACT_FAULTED, WHY_NONE, vma->start)->vma = *vma;
}

struct merge merge_part(struct mm *mm, struct vma *vma, __u64 start, __u64 end)
{
	struct merge merge = { .is = *vma, .middle = vma };

	anon_known(mm, vma);
	merge.is = *vma;
	merge.is.pgoff += (start - vma->start) / mm->page;
	merge.is.anon_pgoff += (start - vma->start) / mm->page;
	merge.is.start = start;
	merge.is.end = end;
	merge.prev = start > vma->start ? vma : mm_prev(mm, vma);
	merge.next = end == vma->end ? mm_next(mm, vma) : NULL;
	return merge;
}

struct merge merge_range(struct mm *mm, const struct vma *is)
{
	struct merge merge = { .is = *is };
	size_t at = mm_at(mm, is->start);

	merge.next = at < mm->count ? mm->vma[at] : NULL;
	merge.prev = at ? mm->vma[at - 1] : NULL;
	return merge;
}

/* What merges takes over the anon_vma of what it takes in. */
static void anon_take(struct vma *target, const struct vma *source)
{
	if (!target->anon && source && source->anon) {
		target->anon = source->anon;
		target->chain = source->chain;
	}
}

static bool anon_agree(const struct vma *prev, const struct vma *next)
{
	return !prev->anon || !next->anon || prev->anon == next->anon;
}

static void told_apart(struct facts *facts, enum why why, const struct vma *left,
		       const struct vma *right)
{
	struct fact *fact = facts_add(facts, FACT_APART, why, right->start);

	fact->vma = *left;
	fact->other = *right;
}

/* Does the range fit to a neighbour? Tell, unless it does. */
static bool fits(struct mm *mm, struct merge *merge, bool next, struct facts *facts)
{
	struct vma *other = next ? merge->next : merge->prev;
	enum why why;

	if (!other)
		return false;
	why = why_apart(mm, merge, next);
	/* All else fits: now it matters whether it was written. */
	if (why == WHY_NONE || why == WHY_ANON || why == WHY_FORKED) {
		anon_known(mm, other);
		why = why_apart(mm, merge, next);
	}
	if (why != WHY_NONE && why != WHY_GAP)
		told_apart(facts, why, next ? &merge->is : other, next ? other : &merge->is);
	return why == WHY_NONE;
}

/* Both sides fit; but do they fit each other? */
static bool fits_both(const struct merge *merge, struct facts *facts)
{
	enum why why = WHY_NONE;

	if (!anon_agree(merge->prev, merge->next))
		why = WHY_ANON;
	else if (merge->next->close)
		why = WHY_CLOSE;
	if (!why)
		return true;
	told_apart(facts, why, merge->prev, merge->next);
	return false;
}

static void told_merged(struct facts *facts, const struct vma *left, const struct vma *right,
			__u64 address)
{
	struct fact *fact = facts_add(facts, FACT_MERGED, WHY_NONE, address);

	fact->vma = *left;
	fact->other = *right;
}

/* Before 6.12 mmap asked the next VMA first, and the previous one by what it had found. */
static bool fits_prev_of_next(struct mm *mm, struct merge *merge, bool right, struct facts *facts)
{
	__u32 anon = merge->is.anon, uffd = merge->is.uffd;
	bool left;

	if (right) {
		merge->is.anon = merge->next->anon;
		merge->is.uffd = merge->next->uffd;
	}
	left = fits(mm, merge, false, facts);
	merge->is.anon = anon;
	merge->is.uffd = uffd;
	return left;
}

struct vma *merge_new(struct mm *mm, struct merge *merge, struct facts *facts)
{
	const __u64 guard = merge->is.flags & VM_MAYBE_GUARD;
	struct vma *prev = merge->prev, *next = merge->next;
	bool left, right;

	if (merge->next_first) {
		right = fits(mm, merge, true, facts);
		left = fits_prev_of_next(mm, merge, right, facts);
	} else {
		left = fits(mm, merge, false, facts);
		right = !merge->just_expand && fits(mm, merge, true, facts);
		if (left && right && !fits_both(merge, facts))
			right = false;
	}
	if (left)
		told_merged(facts, prev, &merge->is, merge->is.start);
	if (right)
		told_merged(facts, &merge->is, next, next->start);
	if (left) {
		__u64 end = right ? next->end : merge->is.end;

		prev->flags |= guard;
		anon_take(prev, right ? next : NULL);
		anon_take(prev, merge->copied_from);
		if (right) {
			prev->flags |= next->flags & VM_MAYBE_GUARD;
			mm_remove(mm, next);
		}
		prev->end = end;
		return prev;
	}
	if (right) {
		next->start = merge->is.start;
		next->pgoff = merge->is.pgoff;
		next->anon_pgoff = next->anon_pgoff - vma_pages(mm, &merge->is);
		next->flags |= guard;
		anon_take(next, merge->copied_from);
		return next;
	}
	return NULL;
}

/* A neighbour takes over a part of the VMA, or all of it; NULL: none can. */
static struct vma *merge_existing(struct mm *mm, struct merge *merge, struct facts *facts)
{
	struct vma *prev = merge->prev, *middle = merge->middle, *next = merge->next;
	const struct vma *is = &merge->is;
	bool all = is->start == middle->start && is->end == middle->end;
	bool left, right;
	__u64 pages = vma_pages(mm, is);

	left = is->start == middle->start && fits(mm, merge, false, facts);
	right = is->end == middle->end && fits(mm, merge, true, facts);
	if (!left && !right)
		return NULL;
	if (all && middle->close) {
		if (left)
			told_apart(facts, WHY_CLOSE, prev, is);
		if (right)
			told_apart(facts, WHY_CLOSE, is, next);
		return NULL;
	}
	if (left && right && !fits_both(merge, facts))
		right = false;
	if (left)
		told_merged(facts, prev, is, is->start);
	if (right)
		told_merged(facts, is, next, next->start);
	if (left) {
		__u64 end = right ? next->end : is->end;

		anon_take(prev, right && next->anon ? next : middle);
		prev->flags |= (is->flags | (right ? next->flags : 0)) & VM_MAYBE_GUARD;
		if (right)
			mm_remove(mm, next);
		if (all) {
			mm_remove(mm, middle);
		} else {
			middle->start = is->end;
			middle->pgoff += pages;
			middle->anon_pgoff += pages;
		}
		prev->end = end;
		return prev;
	}
	anon_take(next, middle);
	next->flags |= is->flags & VM_MAYBE_GUARD;
	next->pgoff -= pages;
	next->anon_pgoff -= pages;
	/* The shorter one first, so that the two never overlap. */
	if (all)
		mm_remove(mm, middle);
	else
		middle->end = is->start;
	next->start = is->start;
	return next;
}

struct vma *split(struct mm *mm, struct vma *vma, __u64 address, bool limited, struct facts *facts)
{
	__u64 pages = (address - vma->start) / mm->page;
	struct vma upper;

	if (limited && mm->count >= mm->limits.vmas) {
		facts_add(facts, FACT_REFUSED, WHY_LIMIT_VMAS, address)->vma = *vma;
		return NULL;
	}
	anon_known(mm, vma);
	facts_add(facts, FACT_SPLIT, WHY_NONE, address)->vma = *vma;
	upper = *vma;
	upper.start = address;
	upper.pgoff += pages;
	upper.anon_pgoff += pages;
	vma->end = address;
	return mm_insert(mm, &upper);
}

struct vma *modify(struct mm *mm, struct merge *merge, struct facts *facts)
{
	struct vma *vma = merge_existing(mm, merge, facts);
	__u64 start = merge->is.start, end = merge->is.end;

	if (vma)
		return vma;
	vma = merge->middle;
	if (vma->start < start) {
		vma = split(mm, vma, start, true, facts);
		if (!vma)
			return NULL;
	}
	if (vma->end > end && !split(mm, vma, end, true, facts))
		return NULL;
	return vma;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* mremap: grow, shrink, move. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "call.h"
#include "merge.h"

/**
 * struct remap - one VMA, or a part of it, and where it goes
 */
struct remap {
	__u64 from, old, to, new, flags;
};

static long move_refused(struct mm *mm, const struct vma *vma, const struct remap *remap,
			 struct facts *facts)
{
	if (!vma)
		return refuse(facts, WHY_HOLE, remap->from, -EFAULT);
	if (vma->flags & VM_SEALED)
		return refuse(facts, WHY_SEALED, remap->from, -EPERM);
	if (!remap->old && !(vma->flags & (VM_SHARED | VM_MAYSHARE)))
		return refuse(facts, WHY_ARGUMENT, remap->from, -EINVAL);
	if (remap->flags & MREMAP_DONTUNMAP && vma->flags & (VM_DONTEXPAND | VM_PFNMAP))
		return refuse(facts, WHY_CANNOT_GROW, remap->from, -EINVAL);
	if (remap->old > vma->end - remap->from)
		return refuse(facts, WHY_BOUNDARY, vma->end, -EFAULT);
	if (remap->new == remap->old)
		return 0;
	if (vma->flags & (VM_DONTEXPAND | VM_PFNMAP))
		return refuse(facts, WHY_CANNOT_GROW, remap->from, -EFAULT);
	if (remap->new > remap->old &&
	    !may_expand(mm, vma->flags, (remap->new - remap->old) / mm->page, facts))
		return -ENOMEM;
	return 0;
}

/* The source stays, emptied: as if it had never been written. */
static void leave_source(struct mm *mm, struct vma *vma, const struct remap *remap)
{
	vma->flags &= ~VM_LOCKED_MASK;
	if (vma->start != remap->from || vma->end != remap->from + remap->old)
		return;
	vma->anon = 0;
	vma->chain = 0;
	if (mm->rules->keeps_source) {
		vma->anon_pgoff = vma->start / mm->page;
		if (vma->anonymous)
			vma->pgoff = vma->anon_pgoff;
	}
}

/* The copy: merged into a neighbour, or a VMA of its own. */
static struct vma *copy(struct mm *mm, struct vma *vma, const struct remap *remap,
			struct facts *facts)
{
	__u64 skipped = (remap->from - vma->start) / mm->page;
	bool stays = remap->flags & MREMAP_DONTUNMAP;
	struct vma is = *vma, *new;
	struct merge merge;

	is.start = remap->to;
	is.end = remap->to + remap->new;
	is.pgoff += skipped;
	is.anon_pgoff += skipped;
	if (!vma->anon) {
		is.anon_pgoff = remap->to / mm->page;
		if (vma->anonymous)
			is.pgoff = is.anon_pgoff;
	}
	merge = merge_range(mm, &is);
	merge.copied_from = vma;
	if (stays && !vma->anon && vma->anonymous && mm->rules->keeps_source) {
		if (mm->rules->next_first && (vma->end == is.start || vma->start == is.end)) {
			merge.prev = NULL;
			merge.next = NULL;
		}
		merge.apart = vma;
	}
	new = merge_new(mm, &merge, facts);
	if (new)
		return new;
	facts_add(facts, FACT_CREATED, WHY_NONE, is.start)->vma = is;
	return mm_insert(mm, &is);
}

static long move(struct mm *mm, const struct remap *remap, struct facts *facts)
{
	struct vma *vma = mm_find(mm, remap->from), *new;
	bool stays = remap->flags & MREMAP_DONTUNMAP;
	__u64 end = remap->from + remap->old, slack = mm->rules->moves_many ? 1 : 3;
	struct fact *fact;

	if (mm->count + slack >= mm->limits.vmas)
		return refuse(facts, WHY_LIMIT_VMAS, remap->from, -ENOMEM);
	anon_known(mm, vma);
	if (stays && vma->flags & VM_LOCKED && mm->rules->locks_rest) {
		if (vma->start < remap->from)
			vma = split(mm, vma, remap->from, true, facts);
		if (vma && vma->end > end && !split(mm, vma, end, true, facts))
			vma = NULL;
		if (!vma)
			return -ENOMEM;
	}
	fact = facts_add(facts, FACT_MOVED, WHY_NONE, remap->from);
	fact->until = remap->to;
	fact->vma = *vma;
	new = copy(mm, vma, remap, facts);
	if (new->uffd) {
		new->uffd = 0;
		new->flags &= ~VM_UFFD;
	}
	/* It may have merged with itself. */
	vma = mm_find(mm, remap->from);
	if (stays)
		leave_source(mm, vma, remap);
	else if (remap->old)
		model_munmap(mm, remap->from, remap->old, facts);
	new = mm_find(mm, remap->to);
	if (new && new->flags & VM_LOCKED && remap->new > remap->old)
		model_populate(mm, remap->to + remap->old, remap->to + remap->new, facts);
	return (long)remap->to;
}

/* To a given place, where something may be in the way. */
static long move_to(struct mm *mm, struct remap part, struct facts *facts)
{
	long error = 0;

	if (mm->rules->moves_many) {
		struct remap kept = part;

		kept.old = part.old < part.new ? part.old : part.new;
		error = move_refused(mm, mm_find(mm, part.from), &kept, facts);
	}
	if (!error && part.flags & MREMAP_FIXED)
		error = model_munmap(mm, part.to, part.new, facts);
	if (!error && part.old > part.new) {
		error = model_munmap(mm, part.from + part.new, part.old - part.new, facts);
		part.old = part.new;
	}
	if (!error)
		error = move_refused(mm, mm_find(mm, part.from), &part, facts);
	return error ? error : move(mm, &part, facts);
}

/* What is told of its moves, or has a say in where it goes, is not moved with others. */
static bool moves_alone(const struct vma *vma)
{
	return vma->uffd || (vma_is_segment(vma) && !(vma->flags & VM_HUGETLB));
}

/* All that is mapped in the range moves, with the gaps in it. */
static long move_many(struct mm *mm, const struct remap *remap, struct facts *facts)
{
	__u64 at = remap->from, end = at + remap->old;

	if (!mm_find(mm, at))
		return refuse(facts, WHY_HOLE, at, -EFAULT);
	while (at < end) {
		struct vma *vma = mm_first(mm, at);
		struct remap part = *remap;
		__u64 stop;
		long result;

		if (!vma || vma->start >= end)
			break;
		if (moves_alone(vma) && (at > remap->from || vma->end < end))
			return refuse(facts, WHY_ALONE, vma->start, -EFAULT);
		part.from = vma->start > at ? vma->start : at;
		stop = vma->end < end ? vma->end : end;
		part.to = remap->to + (part.from - remap->from);
		part.old = stop - part.from;
		part.new = part.old;
		result = move_to(mm, part, facts);
		if (result < 0 && result > -4096)
			return result;
		at = stop;
	}
	return (long)remap->to;
}

/* At its place, if there is room behind it; 0: it has to move. */
static long grow(struct mm *mm, struct vma *vma, const struct remap *remap, struct facts *facts)
{
	__u64 end = remap->from + remap->new;
	struct merge merge;
	struct vma is;
	struct fact *fact;

	if (vma->end != remap->from + remap->old || mm_overlaps(mm, vma->end, end))
		return 0;
	anon_known(mm, vma);
	is = *vma;
	is.pgoff += vma_pages(mm, vma);
	is.anon_pgoff += vma_pages(mm, vma);
	is.start = vma->end;
	is.end = end;
	fact = facts_add(facts, FACT_GREW, WHY_NONE, vma->end);
	fact->until = end;
	fact->vma = *vma;
	if (mm->rules->close_never_merges && vma->close) {
		vma->end = end;
		fact->other = *vma;
		return (long)remap->from;
	}
	merge = merge_range(mm, &is);
	vma = merge_new(mm, &merge, facts);
	if (!vma)
		return refuse(facts, WHY_CANNOT_GROW, remap->from, -ENOMEM);
	if (vma->flags & VM_LOCKED)
		model_populate(mm, is.start, is.end, facts);
	return (long)remap->from;
}

static bool overlaps(const struct remap *remap)
{
	return remap->from + remap->old > remap->to && remap->to + remap->new > remap->from;
}

static bool goes_to(const struct remap *remap)
{
	return remap->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
}

static enum why remap_invalid(const struct mm *mm, const struct remap *remap)
{
	bool stays = remap->flags & MREMAP_DONTUNMAP;

	if (remap->flags & ~(__u64)(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP) ||
	    (goes_to(remap) && !(remap->flags & MREMAP_MAYMOVE)) ||
	    (stays && remap->old != remap->new) || !page_aligned(mm, remap->from) || !remap->new)
		return WHY_ARGUMENT;
	return WHY_NONE;
}

static enum why target_invalid(const struct mm *mm, const struct remap *remap)
{
	if (!goes_to(remap))
		return WHY_NONE;
	if (!page_aligned(mm, remap->to))
		return WHY_ARGUMENT;
	return overlaps(remap) ? WHY_SAME_PLACE : WHY_NONE;
}

long model_mremap(struct mm *mm, const struct call *call, struct facts *facts)
{
	struct remap remap = {
		.from = call->args[0], .old = page_up(mm, call->args[1]),
		.new = page_up(mm, call->args[2]), .flags = call->args[3], .to = call->args[4],
	};
	enum why invalid = remap_invalid(mm, &remap), target = target_invalid(mm, &remap);
	struct vma *vma = mm_find(mm, remap.from);
	long result;

	/* Before 6.17 the source was looked at before the target was. */
	if (invalid || (target && mm->rules->moves_many))
		return refuse(facts, invalid ? invalid : target, remap.from, -EINVAL);
	if (!vma)
		return refuse(facts, WHY_HOLE, remap.from, -EFAULT);
	if (vma->flags & VM_SEALED && !mm->rules->moves_many)
		return refuse(facts, WHY_SEALED, remap.from, -EPERM);
	if (target)
		return refuse(facts, target, remap.from, -EINVAL);
	/* Each by itself, and whether it is sealed is asked then. */
	if (remap.flags & MREMAP_FIXED && remap.old == remap.new && mm->rules->moves_many)
		return move_many(mm, &remap, facts);
	if (vma->flags & VM_SEALED)
		return refuse(facts, WHY_SEALED, remap.from, -EPERM);
	if (remap.flags & MREMAP_FIXED)
		return move_to(mm, remap, facts);
	if (remap.flags & MREMAP_DONTUNMAP) {
		result = move_refused(mm, vma, &remap, facts);
		if (result)
			return result;
		if (call->result < 0)
			return refuse(facts, WHY_KERNEL, remap.from, call->result);
		remap.to = (__u64)call->result;
		return move(mm, &remap, facts);
	}
	if (remap.old >= remap.new) {
		result = remap.old == remap.new ? 0 :
			model_munmap(mm, remap.from + remap.new, remap.old - remap.new, facts);
		return result ? result : (long)remap.from;
	}
	result = move_refused(mm, vma, &remap, facts);
	if (!result)
		result = grow(mm, vma, &remap, facts);
	if (result)
		return result;
	if (!(remap.flags & MREMAP_MAYMOVE))
		return refuse(facts, WHY_IN_THE_WAY, vma->end, -ENOMEM);
	if (call->result < 0)
		return refuse(facts, WHY_KERNEL, remap.from, call->result);
	remap.to = (__u64)call->result;
	return move(mm, &remap, facts);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* mmap, munmap and brk: VMAs come and go. */
#include <errno.h>
#include <sys/mman.h>

#include "call.h"
#include "merge.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

long refuse(struct facts *facts, enum why why, __u64 address, long result)
{
	facts_add(facts, FACT_REFUSED, why, address);
	return result;
}

bool may_expand(const struct mm *mm, __u64 flags, __u64 pages, struct facts *facts)
{
	if (mm->limits.as != ~0ULL && mm_pages(mm) + pages > mm->limits.as / mm->page)
		return refuse(facts, WHY_LIMIT_AS, 0, false);
	if (mm->limits.data != ~0ULL &&
	    (flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE &&
	    mm_data_pages(mm) + pages > mm->limits.data / mm->page)
		return refuse(facts, WHY_LIMIT_DATA, 0, false);
	return true;
}

static void told_unmapped(struct facts *facts, const struct vma *vma, __u64 start, __u64 end)
{
	struct fact *fact = facts_add(facts, FACT_UNMAPPED, WHY_NONE,
				      vma->start > start ? vma->start : start);

	fact->until = vma->end < end ? vma->end : end;
	fact->vma = *vma;
}

static const struct vma *find_sealed(const struct mm *mm, __u64 start, __u64 end)
{
	for (size_t i = mm_at(mm, start); i < mm->count && mm->vma[i]->start < end; i++)
		if (mm->vma[i]->flags & VM_SEALED)
			return mm->vma[i];
	return NULL;
}

static long unmap_refused(const struct mm *mm, const struct vma *first, __u64 start, __u64 end,
			  struct facts *facts)
{
	const struct vma *sealed;

	if (start > first->start && end < first->end && mm->count >= mm->limits.vmas)
		return refuse(facts, WHY_LIMIT_VMAS, start, -ENOMEM);
	sealed = find_sealed(mm, start, end);
	return sealed ? refuse(facts, WHY_SEALED, sealed->start, -EPERM) : 0;
}

long model_munmap(struct mm *mm, __u64 start, __u64 length, struct facts *facts)
{
	__u64 end = start + page_up(mm, length);
	struct vma *vma = mm_first(mm, start), *next;
	long error;

	if (!page_aligned(mm, start) || end <= start)
		return refuse(facts, WHY_ARGUMENT, start, -EINVAL);
	if (!vma || vma->start >= end)
		return 0;
	error = unmap_refused(mm, vma, start, end, facts);
	/* By the time that the kernel finds one that is sealed, it has cut the first. */
	if (error == -EPERM && vma->start < start && !(vma->flags & VM_SEALED))
		split(mm, vma, start, false, facts);
	if (error)
		return error;
	for (; vma && vma->start < end; vma = next) {
		told_unmapped(facts, vma, start, end);
		if (vma->start < start)
			vma = split(mm, vma, start, false, facts);
		if (vma->end > end)
			split(mm, vma, end, false, facts);
		next = mm_next(mm, vma);
		mm_remove(mm, vma);
	}
	return 0;
}

/* What is to be mapped where, before any neighbour is looked at. */
static struct vma wanted(struct mm *mm, const struct call *call, __u64 start, __u64 end)
{
	__u64 prot = call->args[2], flags = call->args[3];
	bool anonymous = flags & MAP_ANONYMOUS, shared = (flags & MAP_TYPE) == MAP_SHARED ||
			 (flags & MAP_TYPE) == MAP_SHARED_VALIDATE;
	struct vma is = anonymous && !shared ? (struct vma){ .anonymous = true } : call->file;

	is.start = start;
	is.end = end;
	is.anon_pgoff = start / mm->page;
	is.pgoff = anonymous ? (shared ? 0 : start / mm->page) : call->args[5] / mm->page;
	is.flags = mm->def_flags | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	if (!anonymous)
		is.flags &= ~(VM_MAYEXEC & ~call->file.flags);
	is.flags |= prot & PROT_READ ? VM_READ : 0;
	is.flags |= prot & PROT_WRITE ? VM_WRITE : 0;
	is.flags |= prot & PROT_EXEC ? VM_EXEC : 0;
	if (prot & PROT_READ && mm->reads_execute)
		is.flags |= is.flags & VM_MAYEXEC ? VM_EXEC : 0;
	is.flags |= flags & MAP_GROWSDOWN ? VM_GROWSDOWN : 0;
	is.flags |= flags & MAP_LOCKED ? VM_LOCKED : 0;
	is.flags |= flags & MAP_STACK && mm->rules->stacks_small ? VM_NOHUGEPAGE : 0;
	if ((flags & MAP_TYPE) == MAP_DROPPABLE)
		is.flags |= VM_DROPPABLE | VM_NORESERVE | VM_WIPEONFORK | VM_DONTDUMP;
	if (shared) {
		is.flags |= VM_SHARED | VM_MAYSHARE;
		if (!anonymous && !(call->file.flags & VM_MAYWRITE))
			is.flags &= ~(VM_SHARED | VM_MAYWRITE);
		if (anonymous && !is.file)
			is.file = mm->next_file++;
	}
	if (flags & MAP_NORESERVE && mm->limits.overcommits)
		is.flags |= VM_NORESERVE;
	is.flags |= call->file.flags & (VM_SPECIAL | VM_HUGETLB | VM_DONTDUMP | VM_OTHER);
	if ((is.flags & (VM_NORESERVE | VM_SHARED | VM_WRITE | VM_HUGETLB)) == VM_WRITE)
		is.flags |= VM_ACCOUNT;
	if (flags & MAP_HUGETLB)
		is.flags &= ~VM_ACCOUNT;
	if (mm->rules->merges_new)
		is.flags |= merge_flag(mm, is.flags);
	return is;
}

/* A mmap that is refused for what it asks, or for what is there. */
static long mmap_refused(const struct mm *mm, const struct call *call, __u64 length,
			 struct facts *facts)
{
	__u64 address = call->args[0], prot = call->args[2], flags = call->args[3];
	bool fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
	const struct vma *file = &call->file;

	if (!call->args[1] || (fixed && !page_aligned(mm, address)))
		return refuse(facts, WHY_ARGUMENT, address, -EINVAL);
	if (mm->count > mm->limits.vmas)
		return refuse(facts, WHY_LIMIT_VMAS, address, -ENOMEM);
	if (flags & MAP_FIXED_NOREPLACE && mm_overlaps(mm, address, address + length))
		return refuse(facts, WHY_IN_THE_WAY, address, -EEXIST);
	if (flags & MAP_LOCKED && !mm->limits.may_lock && !mm->limits.memlock)
		return refuse(facts, WHY_LIMIT_LOCK, address, -EPERM);
	if (!(flags & MAP_ANONYMOUS) && file->flags & VM_MAYREAD && prot & PROT_WRITE &&
	    (flags & MAP_TYPE) != MAP_PRIVATE && !(file->flags & VM_MAYWRITE))
		return refuse(facts, WHY_NOT_GRANTED, address, -EACCES);
	return 0;
}

long model_mmap(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 length = page_up(mm, call->args[1]), flags = call->args[3];
	bool fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
	__u64 start = fixed || call->result < 0 ? call->args[0] : (__u64)call->result;
	struct merge merge;
	struct vma is, *vma;
	long error = mmap_refused(mm, call, length, facts);
	__u64 gone = 0;

	if (error)
		return error;
	is = wanted(mm, call, start, start + length);
	if (denied(mm, is.flags, is.flags))
		return refuse(facts, WHY_DENIED, start, -EACCES);
	if (fixed)
		for (vma = mm_first(mm, start); vma && vma->start < is.end; vma = mm_next(mm, vma))
			gone += ((vma->end < is.end ? vma->end : is.end) -
				 (vma->start > start ? vma->start : start)) / mm->page;
	if (!may_expand(mm, is.flags, length / mm->page - gone, facts))
		return -ENOMEM;
	if (call->result < 0 && !(fixed && find_sealed(mm, start, is.end)))
		return refuse(facts, WHY_KERNEL, start, call->result);
	if (fixed && mm_overlaps(mm, start, is.end)) {
		error = model_munmap(mm, start, length, facts);
		if (error)
			return mm->rules->next_first ? -ENOMEM : error;
	}
	merge = merge_range(mm, &is);
	merge.next_first = mm->rules->next_first;
	vma = merge_new(mm, &merge, facts);
	if (!vma) {
		vma = mm_insert(mm, &is);
		facts_add(facts, FACT_CREATED, WHY_NONE, start)->vma = is;
		set_merge_flag(mm, vma, facts);
	}
	if (vma->flags & VM_LOCKED && vma->flags & (VM_SPECIAL | VM_HUGETLB))
		vma->flags &= ~VM_LOCKED_MASK;
	if (is.flags & VM_LOCKED || (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		model_populate(mm, start, is.end, facts);
	return (long)start;
}

static long brk_grow(struct mm *mm, __u64 old, __u64 new, struct facts *facts)
{
	const struct vma *next = mm_first(mm, old);
	struct vma is = {
		.start = old, .end = new, .pgoff = old / mm->page, .anon_pgoff = old / mm->page,
		.flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT |
			 mm->def_flags,
		.anonymous = true,
	};
	__u64 gap = next && next->flags & VM_GROWSDOWN ? mm->limits.guard_gap * mm->page : 0;
	struct merge merge;

	is.flags |= mm->reads_execute ? VM_EXEC : 0;
	if (mm->rules->merges_new)
		is.flags |= merge_flag(mm, is.flags);
	if (next && new + mm->page > next->start - gap) {
		facts_add(facts, FACT_REFUSED, gap ? WHY_GUARD_GAP : WHY_IN_THE_WAY,
			  next->start)->vma = *next;
		return -ENOMEM;
	}
	if (!may_expand(mm, is.flags, (new - old) / mm->page, facts))
		return -ENOMEM;
	if (mm->count > mm->limits.vmas)
		return refuse(facts, WHY_LIMIT_VMAS, old, -ENOMEM);
	merge = merge_range(mm, &is);
	merge.just_expand = true;
	if (merge.prev && merge.prev->end <= mm->start_brk)
		merge.prev = NULL;
	if (!merge_new(mm, &merge, facts)) {
		struct vma *vma = mm_insert(mm, &is);

		facts_add(facts, FACT_CREATED, WHY_NONE, old)->vma = is;
		set_merge_flag(mm, vma, facts);
	}
	if (mm->def_flags & VM_LOCKED)
		model_populate(mm, old, new, facts);
	return 0;
}

long model_brk(struct mm *mm, __u64 brk, long result, struct facts *facts)
{
	__u64 old = page_up(mm, mm->brk), new = page_up(mm, brk);

	if (!mm->start_brk)
		mm->start_brk = (__u64)result;
	if (!mm->brk) {
		mm->brk = (__u64)result;
		return result;
	}
	if (!brk)
		return (long)mm->brk;
	if (brk < mm->start_brk)
		return refuse(facts, WHY_BELOW_BRK, brk, (long)mm->brk);
	if (mm->limits.data != ~0ULL && brk - mm->start_brk + mm->data_bytes > mm->limits.data)
		return refuse(facts, WHY_LIMIT_DATA, brk, (long)mm->brk);
	if (brk <= mm->brk) {
		const struct vma *first = mm_first(mm, new);

		if (new != old && (!first || first->start >= old))
			return refuse(facts, WHY_HOLE, new, (long)mm->brk);
		if (new == old || !model_munmap(mm, new, old - new, facts))
			mm->brk = brk;
		return (long)mm->brk;
	}
	if (new == old || !brk_grow(mm, old, new, facts))
		mm->brk = brk;
	return (long)mm->brk;
}

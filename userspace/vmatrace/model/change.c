// SPDX-License-Identifier: GPL-2.0-or-later
/* mprotect, madvise, mlock and what else gives a part of a VMA other attributes. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../newer.h"
#include "call.h"
#include "merge.h"

struct fact *told_changed(struct facts *facts, const struct vma *was, const struct vma *is)
{
	struct fact *fact = facts_add(facts, FACT_CHANGED, WHY_NONE, is->start);

	fact->until = is->end;
	fact->vma = *was;
	fact->other = *is;
	return fact;
}

struct vma *change(struct mm *mm, struct merge *merge, struct facts *facts)
{
	struct vma was = *merge->middle, is = merge->is;
	struct vma *vma = modify(mm, merge, facts);

	if (!vma)
		return NULL;
	vma->flags = is.flags | (vma->flags & (mm->rules->guard_flag ? VM_MAYBE_GUARD : 0));
	vma->anon_name = is.anon_name;
	vma->policy = is.policy;
	vma->uffd = is.uffd;
	told_changed(facts, &was, &is);
	return vma;
}

static __u64 lower(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

/* mprotect: is this part given that, and what becomes of its accounting? */
static long protect_flags(struct mm *mm, struct vma *vma, __u64 prot, __u64 pages, __u64 *flags,
			  struct facts *facts)
{
	__u64 old = vma->flags, new = old & ~VM_ACCESS;

	new |= prot & PROT_READ ? VM_READ : 0;
	new |= prot & PROT_WRITE ? VM_WRITE : 0;
	new |= prot & PROT_EXEC ? VM_EXEC : 0;
	if (prot & PROT_READ && mm->reads_execute)
		new |= old & VM_MAYEXEC ? VM_EXEC : 0;
	if ((new & ~(new >> 4)) & VM_ACCESS)
		return refuse(facts, WHY_NOT_GRANTED, vma->start, -EACCES);
	if (denied(mm, old, new))
		return refuse(facts, WHY_DENIED, vma->start, -EACCES);
	if (old & VM_SEALED)
		return refuse(facts, WHY_SEALED, vma->start, -EPERM);
	if (new != old && new & VM_WRITE) {
		if (!(old & (VM_WRITE | VM_SHARED)) && !may_expand(mm, new, pages, facts))
			return -ENOMEM;
		if (!(old & (VM_ACCOUNT | VM_WRITE | VM_HUGETLB | VM_SHARED | VM_NORESERVE)))
			new |= VM_ACCOUNT;
	} else if (new != old && mm->rules->unaccounts && old & VM_ACCOUNT && vma->anonymous) {
		anon_known(mm, vma);
		if (!vma->anon)
			new &= ~VM_ACCOUNT;
	}
	*flags = new;
	return 0;
}

static long protect_range(struct mm *mm, __u64 start, __u64 end, __u64 prot, __u64 pkey,
			  struct facts *facts)
{
	__u64 at = start, flags = 0;

	while (at < end) {
		struct vma *vma = mm_find(mm, at);
		struct merge merge;
		__u64 stop, old;
		long error;

		if (!vma)
			return refuse(facts, WHY_HOLE, at, -ENOMEM);
		stop = lower(vma->end, end);
		error = protect_flags(mm, vma, prot, (stop - at) / mm->page, &flags, facts);
		if (error)
			return error;
		if (pkey != ~0ULL)
			flags = (flags & ~VM_PKEY) | pkey << VM_PKEY_SHIFT;
		old = vma->flags;
		if (flags == old) {
			at = stop;
			continue;
		}
		merge = merge_part(mm, vma, at, stop);
		merge.is.flags = flags;
		vma = change(mm, &merge, facts);
		if (!vma)
			return -ENOMEM;
		if ((old & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && flags & VM_WRITE &&
		    !(flags & VM_LOCKONFAULT))
			anon_prepare(mm, vma, facts);
		at = vma->end > stop ? vma->end : stop;
	}
	return 0;
}

long model_mprotect(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 start = call->args[0], prot = call->args[2];
	__u64 end = start + page_up(mm, call->args[1]);
	__u64 pkey = call->kind == CALL_PKEY_MPROTECT ? call->args[3] & 0xffffffff : 0xffffffff;
	const struct vma *vma;

	if (call->kind == CALL_PKEY_MPROTECT && call->result == -ENOSYS)
		return refuse(facts, WHY_KERNEL, start, -ENOSYS);
	if (!page_aligned(mm, start) ||
	    (prot & PROT_GROWSDOWN && prot & PROT_GROWSUP) ||
	    prot & ~(__u64)(PROT_READ | PROT_WRITE | PROT_EXEC | 8 | PROT_GROWSDOWN |
			    PROT_GROWSUP))
		return refuse(facts, WHY_ARGUMENT, start, -EINVAL);
	if (!call->args[1])
		return 0;
	if (end <= start)
		return refuse(facts, WHY_ARGUMENT, start, -ENOMEM);
	if (pkey != 0xffffffff && call->result == -EINVAL)
		return refuse(facts, WHY_ARGUMENT, start, -EINVAL);
	vma = mm_first(mm, start);
	if (!vma || vma->start >= end)
		return refuse(facts, WHY_HOLE, start, -ENOMEM);
	if (prot & PROT_GROWSDOWN) {
		if (!(vma->flags & VM_GROWSDOWN))
			return refuse(facts, WHY_ARGUMENT, start, -EINVAL);
		start = vma->start;
	}
	return protect_range(mm, start, end, prot, pkey == 0xffffffff ? ~0ULL : pkey, facts);
}

/* What each advice that is kept in the flags sets and clears. */
static const struct advice {
	int advice;
	__u64 set, clear;
} advices[] = {
	{ MADV_NORMAL, 0, VM_RAND_READ | VM_SEQ_READ },
	{ MADV_SEQUENTIAL, VM_SEQ_READ, VM_RAND_READ },
	{ MADV_RANDOM, VM_RAND_READ, VM_SEQ_READ },
	{ MADV_DONTFORK, VM_DONTCOPY, 0 },
	{ MADV_DOFORK, 0, VM_DONTCOPY },
	{ MADV_WIPEONFORK, VM_WIPEONFORK, 0 },
	{ MADV_KEEPONFORK, 0, VM_WIPEONFORK },
	{ MADV_DONTDUMP, VM_DONTDUMP, 0 },
	{ MADV_DODUMP, 0, VM_DONTDUMP },
	{ MADV_MERGEABLE, VM_MERGEABLE, 0 },
	{ MADV_UNMERGEABLE, 0, VM_MERGEABLE },
	{ MADV_HUGEPAGE, VM_HUGEPAGE, VM_NOHUGEPAGE },
	{ MADV_NOHUGEPAGE, VM_NOHUGEPAGE, VM_HUGEPAGE },
};

static const struct advice *advice_find(int advice)
{
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++)
		if (advices[i].advice == advice)
			return &advices[i];
	return NULL;
}

bool advice_shows(int advice)
{
	return advice_find(advice) || advice == MADV_GUARD_INSTALL;
}

/* Advice that a VMA refuses: -EINVAL; that it ignores: 1. */
static long advice_refused(const struct vma *vma, int advice)
{
	switch (advice) {
	case MADV_DOFORK:
		return vma->flags & VM_IO ? -EINVAL : 0;
	case MADV_WIPEONFORK:
		return vma->file || vma->flags & VM_SHARED ? -EINVAL : 0;
	case MADV_KEEPONFORK:
		return vma->flags & VM_DROPPABLE ? -EINVAL : 0;
	case MADV_DODUMP:
		return (!(vma->flags & VM_HUGETLB) && vma->flags & VM_SPECIAL) ||
		       vma->flags & VM_DROPPABLE ? -EINVAL : 0;
	case MADV_MERGEABLE:
		return vma->flags & (VM_MERGEABLE | VM_UNMERGEABLE) ? 1 : 0;
	case MADV_UNMERGEABLE:
		return vma->flags & VM_MERGEABLE ? 0 : 1;
	default:
		return 0;
	}
}

/* What is read-only, anonymous and sealed keeps its contents, of children too. */
static bool keeps_contents(const struct vma *vma, int advice)
{
	return vma->flags & VM_SEALED && vma->anonymous && !(vma->flags & VM_WRITE) &&
	       (advice == MADV_DONTFORK || advice == MADV_WIPEONFORK ||
		advice == MADV_GUARD_INSTALL);
}

/* One part of a range that a call walks over; @vma becomes the VMA that it is in then. */
typedef long (*visit_fn)(struct mm *mm, const struct call *call, struct vma **vma, __u64 start,
		      __u64 end, struct facts *facts);

static long visit_advice(struct mm *mm, const struct call *call, struct vma **vma, __u64 start,
			 __u64 end, struct facts *facts)
{
	int advice = (int)call->args[2];
	const struct advice *how = advice_find(advice);
	long refused = advice_refused(*vma, advice);
	__u64 flags = ((*vma)->flags & ~how->clear) | how->set;
	struct merge merge;

	if (keeps_contents(*vma, advice))
		return refuse(facts, WHY_SEALED, start, -EPERM);
	if (refused < 0)
		return refuse(facts, WHY_WRONG_KIND, start, refused);
	if (refused || flags == (*vma)->flags)
		return 0;
	merge = merge_part(mm, *vma, start, end);
	merge.is.flags = flags;
	*vma = change(mm, &merge, facts);
	return *vma ? 0 : -EAGAIN;
}

/* Guard pages are marks in the page tables, so those get an anon_vma to be copied by. */
static long visit_guard(struct mm *mm, const struct call *call, struct vma **vma, __u64 start,
			__u64 end, struct facts *facts)
{
	__u64 flags = (*vma)->flags;

	(void)end;
	if (keeps_contents(*vma, (int)call->args[2]))
		return refuse(facts, WHY_SEALED, start, -EPERM);
	if (flags & (VM_SPECIAL | VM_HUGETLB | VM_LOCKED) ||
	    (!mm->rules->guards_files && (!(*vma)->anonymous || !(flags & VM_MAYWRITE))))
		return refuse(facts, WHY_WRONG_KIND, start, -EINVAL);
	if (mm->rules->guard_flag)
		(*vma)->flags |= VM_MAYBE_GUARD;
	if (!mm->rules->guard_flag || (*vma)->anonymous)
		anon_prepare(mm, *vma, facts);
	return 0;
}

static long visit_name(struct mm *mm, const struct call *call, struct vma **vma, __u64 start,
		       __u64 end, struct facts *facts)
{
	bool shmem = (*vma)->name && !strcmp((*vma)->name, "/dev/zero (deleted)");
	struct merge merge;

	if ((*vma)->file && !(shmem && mm->rules->names_shmem))
		return refuse(facts, WHY_WRONG_KIND, start, -EBADF);
	if ((*vma)->anon_name == call->name)
		return 0;
	merge = merge_part(mm, *vma, start, end);
	merge.is.anon_name = call->name;
	*vma = change(mm, &merge, facts);
	return *vma ? 0 : -EAGAIN;
}

/* madvise goes on behind a hole, and says so in the end. */
static long walk(struct mm *mm, const struct call *call, visit_fn visit, struct facts *facts)
{
	__u64 start = call->args[0], end = start + page_up(mm, call->args[1]);
	long hole = 0;

	if (!page_aligned(mm, start) || end < start)
		return refuse(facts, WHY_ARGUMENT, start, -EINVAL);
	while (start < end) {
		struct vma *vma = mm_first(mm, start);
		__u64 stop;
		long error;

		if (!vma || vma->start > start)
			hole = refuse(facts, WHY_HOLE, start, -ENOMEM);
		if (!vma || vma->start >= end)
			return hole;
		if (vma->start > start)
			start = vma->start;
		stop = lower(vma->end, end);
		error = visit(mm, call, &vma, start, stop, facts);
		if (error)
			return error;
		start = vma->end > stop ? vma->end : stop;
	}
	return hole;
}

long model_madvise(struct mm *mm, const struct call *call, struct facts *facts)
{
	int advice = (int)call->args[2];
	bool config = advice == MADV_MERGEABLE || advice == MADV_UNMERGEABLE ||
		      advice == MADV_HUGEPAGE || advice == MADV_NOHUGEPAGE;

	if (config && call->result == -EINVAL)
		return refuse(facts, WHY_ARGUMENT, call->args[0], -EINVAL);
	if (advice == MADV_GUARD_INSTALL)
		return mm->rules->guards ? walk(mm, call, visit_guard, facts) :
			refuse(facts, WHY_ARGUMENT, call->args[0], -EINVAL);
	if (advice_find(advice))
		return walk(mm, call, visit_advice, facts);
	if (advice == MADV_POPULATE_WRITE || advice == MADV_POPULATE_READ) {
		__u64 end = call->args[0] + page_up(mm, call->args[1]);

		if (call->result < 0)
			model_doubt(mm, call->args[0], end);
		else
			model_populate(mm, call->args[0], end, facts);
	}
	return call->result < 0 ? refuse(facts, WHY_KERNEL, call->args[0], call->result) : 0;
}

long model_name(struct mm *mm, const struct call *call, struct facts *facts)
{
	if (!mm->rules->names || call->result == -EINVAL)
		return refuse(facts, WHY_ARGUMENT, call->args[0], -EINVAL);
	return walk(mm, call, visit_name, facts);
}

static bool lockable(const struct vma *vma)
{
	return !(vma->flags & (VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE));
}

/* The VMA at an address gets a lock, or loses it; returns where the next one is. */
static long lock_part(struct mm *mm, __u64 at, __u64 end, __u64 lock, __u64 *next,
		      struct facts *facts)
{
	struct vma *vma = mm_find(mm, at);
	struct merge merge;
	__u64 flags, stop;

	if (!vma)
		return refuse(facts, WHY_HOLE, at, -ENOMEM);
	stop = lower(vma->end, end);
	flags = (vma->flags & ~VM_LOCKED_MASK) | lock;
	*next = stop;
	if (flags == vma->flags || !lockable(vma))
		return 0;
	merge = merge_part(mm, vma, at, stop);
	merge.is.flags = flags;
	vma = change(mm, &merge, facts);
	if (!vma)
		return -ENOMEM;
	if (vma->end > stop)
		*next = vma->end;
	return 0;
}

static long lock_refused(const struct mm *mm, __u64 start, __u64 end, struct facts *facts)
{
	__u64 locked = 0, again = 0;

	if (mm->limits.may_lock)
		return 0;
	if (!mm->limits.memlock)
		return refuse(facts, WHY_LIMIT_LOCK, start, -EPERM);
	for (size_t i = 0; i < mm->count; i++) {
		const struct vma *vma = mm->vma[i];

		if (!(vma->flags & VM_LOCKED))
			continue;
		locked += vma->end - vma->start;
		if (vma->start < end && vma->end > start)
			again += lower(vma->end, end) - (vma->start > start ? vma->start : start);
	}
	if (locked + (end - start) - again > mm->limits.memlock)
		return refuse(facts, WHY_LIMIT_LOCK, start, -ENOMEM);
	return 0;
}

long model_lock(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 start = call->args[0] & ~(mm->page - 1);
	__u64 end = start + page_up(mm, call->args[1] + (call->args[0] - start));
	__u64 lock = call->kind == CALL_MUNLOCK ? 0 : VM_LOCKED;
	long error;

	if (call->kind == CALL_MLOCK2 && call->args[2] & ~(__u64)MLOCK_ONFAULT)
		return refuse(facts, WHY_ARGUMENT, start, -EINVAL);
	if (end < start)
		return refuse(facts, WHY_ARGUMENT, start, -EINVAL);
	if (call->kind == CALL_MLOCK2 && call->args[2])
		lock |= VM_LOCKONFAULT;
	error = lock ? lock_refused(mm, start, end, facts) : 0;
	for (__u64 at = start; at < end && !error; )
		error = lock_part(mm, at, end, lock, &at, facts);
	if (error || !lock)
		return error;
	/* The lock is there, but not every page could be had. */
	if (call->result < 0) {
		model_doubt(mm, start, end);
		return refuse(facts, WHY_NOT_GRANTED, start, call->result);
	}
	model_populate(mm, start, end, facts);
	return 0;
}

long model_lock_all(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 how = call->kind == CALL_MUNLOCKALL ? 0 : call->args[0];
	__u64 lock = how & MCL_ONFAULT ? VM_LOCKED_MASK : VM_LOCKED;

	if (call->result < 0)
		return refuse(facts, how ? WHY_LIMIT_LOCK : WHY_KERNEL, 0, call->result);
	mm->def_flags &= ~VM_LOCKED_MASK;
	if (how & MCL_FUTURE)
		mm->def_flags |= lock;
	if (how && !(how & MCL_CURRENT))
		return 0;
	for (__u64 at = 0; ; ) {
		const struct vma *vma = mm_first(mm, at);

		if (!vma)
			break;
		at = vma->end;
		lock_part(mm, vma->start, vma->end, how ? lock : 0, &at, facts);
	}
	if (how)
		model_populate(mm, 0, ~0ULL, facts);
	return 0;
}

static bool has_hole(const struct mm *mm, __u64 start, __u64 end)
{
	while (start < end) {
		const struct vma *vma = mm_find(mm, start);

		if (!vma)
			return true;
		start = vma->end;
	}
	return false;
}

long model_policy(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 start = call->args[0], end = start + page_up(mm, call->args[1]);

	if (call->result < 0 && call->result != -EFAULT)
		return refuse(facts, WHY_KERNEL, start, call->result);
	/* The process's own policy may be given to a range with holes. */
	if (start < end && (call->policy ? has_hole(mm, start, end) : !mm_overlaps(mm, start, end)))
		return refuse(facts, WHY_HOLE, start, -EFAULT);
	while (mm_overlaps(mm, start, end)) {
		struct vma *vma = mm_first(mm, start);
		__u64 stop = lower(vma->end, end);

		if (vma->start > start)
			start = vma->start;
		if (vma->policy != call->policy) {
			struct merge merge = merge_part(mm, vma, start, stop);

			merge.is.policy = call->policy;
			vma = change(mm, &merge, facts);
			if (!vma)
				return -ENOMEM;
		}
		start = vma->end > stop ? vma->end : stop;
	}
	return 0;
}

long model_seal(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 start = call->args[0], end = start + page_up(mm, call->args[1]);

	if (call->result < 0 && call->result != -ENOMEM)
		return refuse(facts, WHY_KERNEL, start, call->result);
	if (start < end && has_hole(mm, start, end))
		return refuse(facts, WHY_HOLE, start, -ENOMEM);
	while (start < end) {
		struct vma *vma = mm_find(mm, start);
		__u64 stop = lower(vma->end, end);

		if (!(vma->flags & VM_SEALED)) {
			struct merge merge = merge_part(mm, vma, start, stop);

			merge.is.flags |= VM_SEALED;
			vma = change(mm, &merge, facts);
			if (!vma)
				return -ENOMEM;
		}
		start = vma->end > stop ? vma->end : stop;
	}
	return 0;
}

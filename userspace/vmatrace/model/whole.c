// SPDX-License-Identifier: GPL-2.0-or-later
/* What prctl says of an address space as a whole. */
#include <errno.h>

#include "../newer.h"
#include "call.h"

bool denied(const struct mm *mm, __u64 old, __u64 new)
{
	return mm->denies && new & VM_EXEC && (new & VM_WRITE || !(old & VM_EXEC));
}

long model_deny(struct mm *mm, const struct call *call, struct facts *facts)
{
	const __u64 *a = call->args, known = PR_MDWE_REFUSE_EXEC_GAIN |
					     (mm->rules->denies_alone ? PR_MDWE_NO_INHERIT : 0);

	if (!mm->rules->denies || call->result == -EINVAL || a[1] || a[2] || a[3] ||
	    a[0] & ~known || a[0] == PR_MDWE_NO_INHERIT)
		return refuse(facts, WHY_ARGUMENT, 0, -EINVAL);
	if (mm->denies && mm->denies != a[0])
		return refuse(facts, WHY_DENIED, 0, -EPERM);
	mm->denies = (__u32)a[0];
	return 0;
}

__u64 merge_flag(const struct mm *mm, __u64 flags)
{
	return mm->merges && !(flags & VM_UNMERGEABLE) ? VM_MERGEABLE : 0;
}

static void set_flags(struct vma *vma, __u64 flags, struct facts *facts)
{
	struct vma was = *vma;

	if (flags == vma->flags)
		return;
	vma->flags = flags;
	told_changed(facts, &was, vma);
}

void set_merge_flag(struct mm *mm, struct vma *vma, struct facts *facts)
{
	set_flags(vma, vma->flags | merge_flag(mm, vma->flags), facts);
}

/* No neighbours are asked, though they may be alike now. */
long model_merge_all(struct mm *mm, const struct call *call, struct facts *facts)
{
	const __u64 *a = call->args;
	bool was = mm->merges;

	if (!mm->rules->merges || a[1] || a[2] || a[3])
		return refuse(facts, WHY_ARGUMENT, 0, -EINVAL);
	if (call->result < 0)
		return refuse(facts, WHY_KERNEL, 0, call->result);
	mm->merges = a[0];
	for (size_t i = 0; i < mm->count && mm->merges != was; i++)
		if (mm->merges)
			set_merge_flag(mm, mm->vma[i], facts);
		else
			set_flags(mm->vma[i], mm->vma[i]->flags & ~VM_MERGEABLE, facts);
	return 0;
}

static __u32 inherited(__u32 denies)
{
	return denies & PR_MDWE_NO_INHERIT ? 0 : denies;
}

void model_exec(struct mm *new, const struct mm *old)
{
	new->denies = inherited(old->denies);
	new->merges = old->merges && new->rules->merges_after_exec;
}

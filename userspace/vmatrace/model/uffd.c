// SPDX-License-Identifier: GPL-2.0-or-later
/* Userfaultfds: who is told of faults, until it is closed. */
#include <errno.h>

#include "call.h"
#include "merge.h"

/* What is registered with it in all these ways, or with none, stays as it is. */
static bool stays(const struct vma *vma, const struct call *call, bool on)
{
	return on ? vma->uffd == call->uffd && !(call->args[2] & ~vma->flags) :
		    !(vma->flags & VM_UFFD);
}

static struct vma *set_uffd(struct mm *mm, struct vma *vma, __u64 start, __u64 end, __u32 uffd,
			    __u64 flags, struct facts *facts)
{
	struct merge merge = merge_part(mm, vma, start, end);

	merge.is.flags = (vma->flags & ~VM_UFFD) | flags;
	merge.is.uffd = uffd;
	return change(mm, &merge, facts);
}

long model_uffd(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 start = call->args[0], end = start + call->args[1];
	bool on = call->kind == CALL_UFFD_REGISTER;

	if (call->result < 0)
		return refuse(facts, WHY_KERNEL, start, call->result);
	while (start < end) {
		struct vma *vma = mm_first(mm, start);
		__u64 stop;

		if (!vma || vma->start >= end)
			return 0;
		start = vma->start > start ? vma->start : start;
		stop = vma->end < end ? vma->end : end;
		if (!stays(vma, call, on))
			vma = set_uffd(mm, vma, start, stop, on ? call->uffd : 0,
				       on ? call->args[2] : 0, facts);
		if (!vma)
			return -ENOMEM;
		start = vma->end > stop ? vma->end : stop;
	}
	return 0;
}

/* Each by itself, by address: it may be one with the one before it then. */
void model_uffd_close(struct mm *mm, __u32 uffd, struct facts *facts)
{
	for (__u64 at = 0; mm_first(mm, at); ) {
		struct vma *vma = mm_first(mm, at);

		if (vma->flags & VM_UFFD && vma->uffd == uffd) {
			vma = set_uffd(mm, vma, vma->start, vma->end, 0, 0, facts);
			facts->fact[facts->count - 1].why = WHY_CLOSED;
		}
		at = vma->end;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What few programs call. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>

#include "call.h"
#include "merge.h"

/* Modes of <linux/mempolicy.h>, where a home node has a meaning. */
#define BIND 2
#define PREFERRED_MANY 5

/* What comes with a file that a driver maps, and is no advice that was given since. */
static __u64 drivers_flags(const struct vma *vma)
{
	__u64 flags = vma->flags & (VM_SPECIAL | VM_HUGETLB | VM_OTHER);

	return flags & (VM_IO | VM_PFNMAP) ? flags | (vma->flags & VM_DONTDUMP) : flags;
}

/* From one VMA into the next, as long as they are of one file and alike. */
static bool is_shared(const struct mm *mm, __u64 start, __u64 end)
{
	const struct vma *first = mm_find(mm, start), *last = first;

	if (!first || !(first->flags & VM_SHARED))
		return false;
	while (last->end < end) {
		const struct vma *next = mm_next(mm, last);

		if (!next || next->start != last->end || next->file != first->file ||
		    (next->flags ^ first->flags) & ~(VM_SOFTDIRTY | VM_MAYBE_GUARD))
			return false;
		last = next;
	}
	return true;
}

/* Since 4.0 it is an mmap of the same file, at another offset. */
long model_remap_pages(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 start = call->args[0] & ~(mm->page - 1), length = call->args[1] & ~(mm->page - 1);
	const struct vma *vma = mm_find(mm, start);
	struct call map = { .kind = CALL_MMAP };
	long result;

	if (call->args[2] || start + length <= start ||
	    call->args[3] + length / mm->page < call->args[3])
		return refuse(facts, WHY_ARGUMENT, start, -EINVAL);
	if (!is_shared(mm, start, start + length))
		return refuse(facts, vma ? WHY_WRONG_KIND : WHY_HOLE, start, -EINVAL);
	map.file = (struct vma){
		.file = vma->file, .inode = vma->inode, .major = vma->major, .minor = vma->minor,
		.name = vma->name, .close = vma->close, .whole = vma->whole,
		.flags = (vma->flags & (VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)) |
			 drivers_flags(vma),
	};
	map.args[0] = start;
	map.args[1] = length;
	map.args[2] = (vma->flags & VM_READ ? PROT_READ : 0) |
		      (vma->flags & VM_WRITE ? PROT_WRITE : 0) |
		      (vma->flags & VM_EXEC ? PROT_EXEC : 0);
	map.args[3] = MAP_SHARED | MAP_FIXED | MAP_POPULATE |
		      (vma->flags & VM_LOCKED ? MAP_LOCKED : 0);
	map.args[5] = call->args[3] * mm->page;
	map.result = call->result < 0 ? call->result : (long)start;
	result = model_mmap(mm, &map, facts);
	return result == (long)start ? 0 : result;
}

/* Other advice than that to other processes (6.13). */
long model_process_madvise(struct mm *mm, const struct call *call, struct facts *facts)
{
	long result = call->result;

	if (advice_shows((int)call->args[2]) && call->result == -EINVAL)
		return refuse(facts, WHY_ARGUMENT, call->args[0], call->result);
	if (advice_shows((int)call->args[2]))
		result = model_madvise(mm, call, facts);
	else if (result < 0)
		return refuse(facts, WHY_KERNEL, call->args[0], result);
	return result ? result : (long)call->args[1];
}

/* The same policy, but for its home. */
static __u32 at_home(__u32 policy, __u64 node)
{
	__u32 mode = policy & 0xff000000, nodes = policy & 0xffff;

	return mode | (((__u32)node + 1) & 0x7f) << 17 | nodes | 1;
}

long model_home_node(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 start = call->args[0], end = start + page_up(mm, call->args[1]);

	if (call->result < 0 && call->result != -EOPNOTSUPP)
		return refuse(facts, WHY_KERNEL, start, call->result);
	while (start < end && mm_overlaps(mm, start, end)) {
		const struct vma *vma = mm_first(mm, start);
		__u32 mode = vma->policy >> 24;
		struct call part = *call;
		long error;

		if (vma->start > start)
			start = vma->start;
		part.args[0] = start;
		part.args[1] = (vma->end < end ? vma->end : end) - start;
		part.policy = at_home(vma->policy, call->args[2]);
		part.result = 0;
		if (vma->policy && mode != BIND && mode != PREFERRED_MANY)
			return refuse(facts, WHY_WRONG_KIND, start, -EOPNOTSUPP);
		error = vma->policy ? model_policy(mm, &part, facts) : 0;
		if (error)
			return error;
		start += part.args[1];
	}
	return 0;
}

long model_set_mm(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 value = call->args[1];

	if (call->result < 0)
		return refuse(facts, WHY_KERNEL, value, call->result);
	switch (call->args[0]) {
	case PR_SET_MM_START_BRK:
		mm->start_brk = value;
		break;
	case PR_SET_MM_BRK:
		mm->brk = value;
		break;
	case PR_SET_MM_START_STACK:
		mm->start_stack = value;
		break;
	/* The whole of it: these three, and the bytes of the program's own data. */
	case PR_SET_MM_MAP:
		mm->start_brk = call->args[2];
		mm->brk = call->args[3];
		mm->start_stack = call->args[4];
		mm->data_bytes = call->args[5];
		break;
	}
	return 0;
}

long model_personality(struct mm *mm, const struct call *call)
{
	if (call->result >= 0)
		mm->reads_execute = call->args[0] & READ_IMPLIES_EXEC;
	return call->result;
}

static const struct vma *io_ring(const struct mm *mm, __u64 address)
{
	const struct vma *vma = mm_find(mm, address);

	return vma && vma->start == address && vma->name && !strncmp(vma->name, "/[aio]", 6) ?
	       vma : NULL;
}

__u64 io_length(const struct mm *mm, __u64 address)
{
	const struct vma *ring = io_ring(mm, address);

	if (!ring)
		return 0;
	return ring->whole ? ring->whole : ring->end - ring->start;
}

/* It returns where by way of memory, which is looked up. */
long model_io_setup(struct mm *mm, const struct call *call, struct facts *facts)
{
	struct call map = { .kind = CALL_MMAP, .file = call->file };
	long result;

	if (call->result < 0 || !call->args[1])
		return refuse(facts, WHY_KERNEL, call->args[0],
			      call->result < 0 ? call->result : -EAGAIN);
	map.args[0] = call->args[0];
	map.args[1] = call->args[1];
	map.args[2] = PROT_READ | PROT_WRITE;
	map.args[3] = MAP_SHARED;
	map.result = (long)call->args[0];
	map.file.file = mm->next_file++;
	map.file.whole = call->args[1];
	map.file.flags |= VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_DONTEXPAND;
	result = model_mmap(mm, &map, facts);
	return result == map.result ? 0 : result;
}

long model_io_destroy(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 length = io_length(mm, call->args[0]);

	if (call->result < 0 || !length)
		return refuse(facts, WHY_KERNEL, call->args[0], -EINVAL);
	model_munmap(mm, call->args[0], length, facts);
	return 0;
}

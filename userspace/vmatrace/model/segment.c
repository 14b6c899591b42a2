// SPDX-License-Identifier: GPL-2.0-or-later
/* shmat and shmdt: shared memory as System V had it. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "call.h"

#ifndef SHM_EXEC
#define SHM_EXEC 0100000
#endif

/* Where it is to be, which is @address if that is not 0. */
static long attach_place(const struct mm *mm, __u64 *address, __u64 flags)
{
	__u64 align = (__u64)SHMLBA;

	if (!*address)
		return flags & SHM_REMAP ? -EINVAL : 0;
	if (flags & SHM_RND && *address & (align - 1))
		*address &= ~(align - 1);
	if ((!*address && flags & SHM_REMAP) || !page_aligned(mm, *address))
		return -EINVAL;
	return 0;
}

/* Only the kernel knows what it thinks of the segment, and who may have it. */
static bool not_had(const struct mm *mm, const struct call *call, __u64 prot)
{
	bool executes = prot & PROT_EXEC || (prot & PROT_READ && mm->reads_execute);
	__u64 flags = (executes ? VM_EXEC : 0) | (prot & PROT_WRITE ? VM_WRITE : 0);

	return (call->result == -EACCES && !denied(mm, flags, flags)) ||
	       call->result == -EIDRM ||
	       (call->result < 0 && call->result >= -4095 && !call->args[1]);
}

long model_shmat(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 address = call->args[0], length = page_up(mm, call->args[1]), flags = call->args[2];
	__u64 prot = PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE) |
		     (flags & SHM_EXEC ? PROT_EXEC : 0);
	struct call map = { .kind = CALL_MMAP, .result = call->result, .file = call->file };

	if ((int)call->args[3] < 0 || attach_place(mm, &address, flags))
		return refuse(facts, WHY_ARGUMENT, call->args[0], -EINVAL);
	if (not_had(mm, call, prot))
		return refuse(facts, call->result == -EACCES ? WHY_NOT_GRANTED : WHY_KERNEL,
			      address, call->result);
	if (!length)
		return refuse(facts, WHY_KERNEL, address, -EINVAL);
	if (call->args[0] && !(flags & SHM_REMAP)) {
		const struct vma *there = mm_first(mm, address);

		if (address + length < address)
			return refuse(facts, WHY_ARGUMENT, address, -EINVAL);
		if (there && there->start < address + length) {
			facts_add(facts, FACT_REFUSED, WHY_IN_THE_WAY, address)->vma = *there;
			return -EINVAL;
		}
	}
	map.args[0] = address;
	map.args[1] = length;
	map.args[2] = prot;
	map.args[3] = MAP_SHARED | (call->args[0] ? MAP_FIXED : 0);
	map.file.file = mm->next_file++;
	map.file.flags |= VM_MAYREAD | VM_MAYEXEC | (flags & SHM_RDONLY ? 0 : VM_MAYWRITE);
	map.file.whole = call->args[1];
	map.file.close = true;
	return model_mmap(mm, &map, facts);
}

/* Is it where it would be, had the segment been attached there and not been moved? */
static bool fits(const struct mm *mm, const struct vma *vma, __u64 address)
{
	return vma_is_segment(vma) && (vma->start - address) / mm->page == vma->pgoff;
}

/* The lowest such, of whatever segment: it tells which segment is meant. */
static const struct vma *find_fitting(const struct mm *mm, __u64 address)
{
	for (size_t i = mm_at(mm, address); i < mm->count; i++)
		if (fits(mm, mm->vma[i], address))
			return mm->vma[i];
	return NULL;
}

/* Nothing of it is looked for behind the place where its last page would be. */
static bool is_near(const struct mm *mm, const struct vma *vma, const struct vma *first,
		    __u64 address)
{
	return vma == first || !first->whole ||
	       vma->end - address <= page_up(mm, first->whole);
}

bool shmdt_range(const struct mm *mm, __u64 address, struct range *range)
{
	const struct vma *first = find_fitting(mm, address);

	if (!first || !page_aligned(mm, address))
		return false;
	*range = (struct range){ first->start, first->end };
	for (const struct vma *vma = first; vma && is_near(mm, vma, first, address);
	     vma = mm_next(mm, vma))
		if (vma->file == first->file && fits(mm, vma, address))
			range->end = vma->end;
	return true;
}

long model_shmdt(struct mm *mm, const struct call *call, struct facts *facts)
{
	__u64 address = call->args[0], file;
	struct range range;

	if (!page_aligned(mm, address))
		return refuse(facts, WHY_ARGUMENT, address, -EINVAL);
	if (!shmdt_range(mm, address, &range))
		return refuse(facts, WHY_NO_SEGMENT, address, -EINVAL);
	file = mm_find(mm, range.start)->file;
	for (size_t i = mm_at(mm, range.start); i < mm->count && mm->vma[i]->start < range.end; ) {
		const struct vma *vma = mm->vma[i];

		/* One that is sealed stays, and nobody is told. */
		if (vma->file != file || !fits(mm, vma, address) || vma->flags & VM_SEALED)
			i++;
		else
			model_munmap(mm, vma->start, vma->end - vma->start, facts);
	}
	for (size_t i = 0; i < mm->count; i++)
		if (mm->vma[i]->file == file)
			facts_add(facts, FACT_LEFT, mm->vma[i]->flags & VM_SEALED ? WHY_SEALED :
				  WHY_MOVED, mm->vma[i]->start)->vma = *mm->vma[i];
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Where will the kernel put a mapping that may be anywhere? */
#include <sys/mman.h>
#include <sys/shm.h>

#include "call.h"

/* What is as large as this may be put where a huge page begins. */
#define HUGE (2ULL << 20)

/* Below a stack some pages stay free. */
static __u64 start_with_gap(const struct mm *mm, const struct vma *vma)
{
	return vma->flags & VM_GROWSDOWN ? vma->start - mm->limits.guard_gap * mm->page :
	       vma->start;
}

static bool is_free(const struct mm *mm, __u64 start, __u64 length)
{
	const struct vma *next = mm_first(mm, start);

	return !next || start_with_gap(mm, next) >= start + length;
}

/* The end of the highest gap of a length; 0: there is none. */
static __u64 highest(const struct mm *mm, __u64 length, __u64 top)
{
	size_t at = mm_at(mm, top);

	/* What has @top in it is no gap. */
	if (at < mm->count && mm->vma[at]->start < top)
		top = start_with_gap(mm, mm->vma[at]);
	while (at--) {
		if (mm->vma[at]->end + length <= top)
			return top;
		top = start_with_gap(mm, mm->vma[at]);
	}
	return top >= length ? top : 0;
}

static int add(__u64 *place, int count, __u64 start)
{
	for (int i = 0; i < count; i++)
		if (place[i] == start)
			return count;
	place[count] = start;
	return count + 1;
}

/* So that a huge page of a file, or of anonymous memory, fits in. */
static int add_aligned(const struct mm *mm, __u64 *place, int count, __u64 length, __u64 offset,
		       __u64 top)
{
	__u64 end = highest(mm, length + HUGE, top), start, off;

	if (length < HUGE || !end)
		return count;
	start = end - length - HUGE;
	off = (offset - start) & (HUGE - 1);
	if (!off)
		count = add(place, count, start + HUGE);
	return add(place, count, start + off);
}

static int add_places(const struct mm *mm, __u64 *place, int count, __u64 length, __u64 offset,
		      __u64 top)
{
	__u64 end = highest(mm, length, top);

	if (!(length & (HUGE - 1)))
		count = add_aligned(mm, place, count, length, offset, top);
	if (end)
		count = add(place, count, end - length);
	return add_aligned(mm, place, count, length, offset, top);
}

int model_places(const struct mm *mm, const struct call *call, __u64 top,
		 __u64 place[MOST_PLACES])
{
	const __u64 *a = call->args;
	__u64 hint = call->kind == CALL_MREMAP ? a[4] : a[0], length, offset;
	int count = 0;

	place[0] = 0;
	switch (call->kind) {
	case CALL_MMAP:
		length = page_up(mm, a[1]);
		offset = a[3] & MAP_ANONYMOUS ? 0 : a[5];
		place[0] = a[0];
		if (a[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE))
			return 1;
		break;
	case CALL_MREMAP:
		length = page_up(mm, a[2]);
		offset = 0;
		place[0] = a[0];
		if (a[3] & MREMAP_FIXED || (length <= a[1] && !(a[3] & MREMAP_DONTUNMAP)))
			return 1;
		if (!(a[3] & MREMAP_DONTUNMAP))
			hint = 0;
		break;
	case CALL_SHMAT:
		length = page_up(mm, a[1]);
		offset = 0;
		place[0] = a[2] & SHM_RND ? a[0] & ~((__u64)SHMLBA - 1) : a[0];
		/* How long it is may not be known. */
		if (a[0] || !length)
			return 1;
		break;
	case CALL_BRK:
		place[0] = mm->brk;
		return 1;
	default:
		return 1;
	}
	hint = page_up(mm, hint);
	if (hint && is_free(mm, hint, length))
		count = add(place, count, hint);
	count = add_places(mm, place, count, length, offset, top);
	return count ? count : 1;
}

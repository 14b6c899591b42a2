// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults: a first write gives a VMA its anon_vma, a stack grows. */
#include <errno.h>
#include <stdlib.h>

#include "call.h"
#include "merge.h"

/* Does an access leave a page that is the process's own? */
static bool owns_page(const struct mm *mm, const struct vma *vma, bool write)
{
	return !(vma->flags & VM_SHARED) &&
	       (write || (vma->anonymous && !mm->rules->zero_pages));
}

/* Populating writes to what is private and writable. */
void model_populate(struct mm *mm, __u64 start, __u64 end, struct facts *facts)
{
	for (struct vma *vma = mm_first(mm, start); vma && vma->start < end;
	     vma = mm_next(mm, vma)) {
		if (vma->flags & (VM_IO | VM_PFNMAP | VM_LOCKONFAULT) || !(vma->flags & VM_ACCESS))
			continue;
		if (owns_page(mm, vma, vma->flags & VM_WRITE))
			anon_prepare(mm, vma, facts);
	}
}

void model_doubt(struct mm *mm, __u64 start, __u64 end)
{
	for (struct vma *vma = mm_first(mm, start); vma && vma->start < end;
	     vma = mm_next(mm, vma)) {
		if (vma->anon || !(vma->flags & VM_MAYWRITE) || vma->flags & VM_SHARED)
			continue;
		vma->anon = ANON_UNKNOWN;
		anon_known(mm, vma);
	}
}

static long stack_grow(struct mm *mm, struct vma *vma, __u64 address, struct facts *facts)
{
	const struct vma *prev = mm_prev(mm, vma);
	__u64 pages = (vma->start - address) / mm->page;
	struct fact *fact;

	if (prev && !(prev->flags & VM_GROWSDOWN) && prev->flags & VM_ACCESS &&
	    address - prev->end < mm->limits.guard_gap * mm->page) {
		facts_add(facts, FACT_REFUSED, WHY_GUARD_GAP, address)->vma = *prev;
		return -ENOMEM;
	}
	if (!may_expand(mm, vma->flags, pages, facts))
		return -ENOMEM;
	if (vma->end - address > mm->limits.stack)
		return refuse(facts, WHY_LIMIT_STACK, address, -ENOMEM);
	anon_prepare(mm, vma, facts);
	fact = facts_add(facts, FACT_GREW, WHY_NONE, address);
	fact->until = vma->start;
	fact->vma = *vma;
	vma->start = address;
	vma->pgoff -= pages;
	vma->anon_pgoff -= pages;
	fact->other = *vma;
	return 0;
}

long model_fault(struct mm *mm, __u64 address, bool write, struct facts *facts)
{
	struct vma *vma = mm_first(mm, address);

	if (!vma)
		return refuse(facts, WHY_HOLE, address, -EFAULT);
	if (vma->start > address) {
		long error = vma->flags & VM_GROWSDOWN ?
			stack_grow(mm, vma, address & ~(mm->page - 1), facts) :
			refuse(facts, WHY_HOLE, address, -EFAULT);

		if (error)
			return error;
	}
	if (!(vma->flags & (write ? VM_WRITE : VM_ACCESS)))
		return refuse(facts, WHY_NOT_GRANTED, address, -EFAULT);
	if (owns_page(mm, vma, write))
		anon_prepare(mm, vma, facts);
	return 0;
}

static void add_reason(const struct vma *vma, const struct fault *fault, enum why why,
		       struct facts *facts)
{
	struct fact *fact = facts_add(facts, FACT_FAULTED, why, fault->address);

	fact->vma = *vma;
	fact->by = fault->by;
	fact->order = fault->order;
}

/* By a driver, or by what the kernel maps for itself. */
static bool is_device(const struct vma *vma, const struct fault *fault)
{
	return fault->by || vma->flags & VM_SPECIAL || (!vma->file && !vma->anonymous);
}

void model_fault_reasons(const struct mm *mm, const struct fault *fault, struct facts *facts)
{
	const struct vma *vma = mm_find(mm, fault->address);
	bool copies;

	if (!vma)
		return;
	copies = fault->write && !(vma->flags & VM_SHARED) && (fault->present || !vma->anonymous);
	if (fault->by || (!fault->present && is_device(vma, fault)))
		add_reason(vma, fault, WHY_DEVICE, facts);
	else if (fault->present && fault->write && !copies)
		add_reason(vma, fault, WHY_FIRST_WRITE, facts);
	else if (fault->present && !copies)
		add_reason(vma, fault, WHY_RACE, facts);
	else if (!fault->present && vma->file)
		add_reason(vma, fault, WHY_FILE_PAGE, facts);
	/* What was there before, and had gone to swap, is major. */
	else if (!copies && !fault->major)
		add_reason(vma, fault, WHY_FIRST_TOUCH, facts);
	if (copies)
		add_reason(vma, fault, WHY_COPY, facts);
	if (fault->major)
		add_reason(vma, fault, WHY_MAJOR, facts);
}

void model_fork(struct mm *child, struct mm *parent)
{
	size_t kept = 0;

	for (size_t i = 0; i < parent->count; i++)
		anon_known(parent, parent->vma[i]);
	mm_copy(child, parent);
	child->def_flags &= ~VM_LOCKED_MASK;
	model_exec(child, parent);
	child->merges = parent->merges;
	for (size_t i = 0; i < child->count; i++) {
		struct vma *vma = child->vma[i];

		vma->flags &= ~(VM_LOCKED_MASK | VM_UFFD);
		vma->uffd = 0;
		if (vma->flags & VM_WIPEONFORK) {
			vma->anon = 0;
			vma->chain = 0;
		} else if (vma->anon) {
			vma->anon = child->next_anon++;
			vma->chain = 2;
		}
		if (vma->flags & VM_DONTCOPY)
			vma->end = vma->start;
	}
	for (size_t i = 0; i < child->count; i++)
		if (child->vma[i]->end != child->vma[i]->start)
			child->vma[kept++] = child->vma[i];
		else
			free(child->vma[i]);
	child->count = kept;
}

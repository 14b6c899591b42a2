// SPDX-License-Identifier: GPL-2.0-or-later
/* Is the model as the kernel shows it? */
#include "maps.h"
#include "space.h"

/* The model between two addresses, against what is there. */
static bool as_shown(const struct mm *model, const struct mm *real, __u64 start, __u64 end)
{
	size_t i = mm_at(model, start), j = mm_at(real, start);

	for (;;) {
		const struct vma *one = i < model->count ? model->vma[i++] : NULL;
		const struct vma *other = j < real->count ? real->vma[j++] : NULL;

		if (one && one->start >= end)
			one = NULL;
		if (other && other->start >= end)
			other = NULL;
		if (!one && !other)
			return true;
		if (!one || !other || !vma_shown_same(model, one, real, other))
			return false;
	}
}

bool space_shows(struct space *space, const struct range *range, int count)
{
	bool same = true;
	struct mm real;

	for (int i = 0; i < count && same; i++) {
		space_real(&real, &space->mm);
		same = target_window(&space->target, &real, range[i].start, range[i].end) &&
		       as_shown(&space->mm, &real, range[i].start, range[i].end);
		mm_free(&real);
	}
	return same;
}

bool space_check(struct space *space)
{
	struct range all = { 0, 1ULL << 63 };

	/* Other threads, or one that was killed inside of a call: they may still be at it. */
	int tries = space->doubtful || space->busy || space->users > 1 ? 5 : 0;

	space->doubtful = false;
	while (!space_shows(space, &all, 1)) {
		space_resync(space);
		if (!tries--)
			return false;
	}
	return true;
}

/* Is a VMA of it, as the model has it, still registered with any? */
static bool is_open(const struct mm *mm, const struct mm *real, __u32 uffd)
{
	for (size_t i = 0; i < mm->count; i++) {
		const struct vma *vma = mm->vma[i], *shown;

		if (!(vma->flags & VM_UFFD) || vma->uffd != uffd)
			continue;
		shown = mm_find(real, vma->start);
		if (!shown || shown->flags & VM_UFFD)
			return true;
	}
	return false;
}

static const struct vma *first_registered(const struct mm *mm, size_t *at)
{
	while (*at < mm->count && !(mm->vma[*at]->flags & VM_UFFD))
		++*at;
	return *at < mm->count ? mm->vma[*at] : NULL;
}

/* Only smaps tells, which takes long to read. */
bool space_unregister(struct space *space, struct facts *facts)
{
	struct mm *mm = &space->mm, real;
	const struct vma *vma;
	bool any = false;
	size_t at = 0;

	if (!first_registered(mm, &at))
		return false;
	space_real(&real, mm);
	if (maps_read(space->target.pid, &real, true))
		while ((vma = first_registered(mm, &at))) {
			if (is_open(mm, &real, vma->uffd)) {
				at++;
				continue;
			}
			model_uffd_close(mm, vma->uffd, facts);
			any = true;
			at = 0;
		}
	mm_free(&real);
	return any;
}

/* A stack grows whenever it is used: no call says so. */
__u64 space_absorb(struct space *space)
{
	struct mm *mm = &space->mm;
	__u64 grown = 0;

	for (size_t i = 0; i < mm->count; i++) {
		struct vma *vma = mm->vma[i];
		const struct vma *shown;
		struct mm real;

		if (!(vma->flags & VM_GROWSDOWN))
			continue;
		space_real(&real, mm);
		if (target_window(&space->target, &real, vma->end - mm->page, vma->end)) {
			shown = mm_find(&real, vma->end - mm->page);
			if (shown && shown->start < vma->start && shown->end == vma->end) {
				__u64 pages = (vma->start - shown->start) / mm->page;

				vma->pgoff -= pages;
				vma->anon_pgoff -= pages;
				grown += vma->start - shown->start;
				vma->start = shown->start;
			}
		}
		mm_free(&real);
	}
	return grown;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What is different between two states of an address space. */
#include <stdlib.h>
#include <string.h>

#include "../must.h"
#include "diff.h"

#define SHOWN (VM_ACCESS | VM_MAYSHARE)

bool vma_shown_same(const struct mm *a, const struct vma *one,
		    const struct mm *b, const struct vma *other)
{
	char room[2][256];

	if (one->start != other->start || one->end != other->end ||
	    (one->flags ^ other->flags) & SHOWN || one->inode != other->inode ||
	    one->major != other->major || one->minor != other->minor)
		return false;
	/* Files are renamed and unlinked while they are mapped. */
	if (one->inode)
		return one->pgoff == other->pgoff && one->anon_name == other->anon_name;
	return !strcmp(vma_name(a, one, room[0], sizeof(room[0])),
		       vma_name(b, other, room[1], sizeof(room[1])));
}

static bool kept(const struct mm *a, const struct vma *one, const struct mm *b,
		 const struct vma *other)
{
	return vma_shown_same(a, one, b, other) &&
	       !((one->flags ^ other->flags) & ~(VM_SOFTDIRTY | VM_MAYBE_GUARD)) &&
	       one->policy == other->policy && one->uffd == other->uffd;
}

static void add(const struct vma ***list, size_t *count, const struct vma *vma)
{
	if (!(*count & (*count + 1)) || !*list) {
		*list = reallocarray(*list, 2 * *count + 2, sizeof(**list));
		must(*list);
	}
	(*list)[(*count)++] = vma;
}

void diff_make(struct diff *diff, const struct mm *before, const struct mm *after)
{
	size_t i = 0, j = 0;

	memset(diff, 0, sizeof(*diff));
	diff->delta = (long)after->count - (long)before->count;
	while (i < before->count || j < after->count) {
		const struct vma *old = i < before->count ? before->vma[i] : NULL;
		const struct vma *new = j < after->count ? after->vma[j] : NULL;

		if (old && new && kept(before, old, after, new)) {
			i++;
			j++;
		} else if (old && (!new || old->start <= new->start)) {
			add(&diff->gone, &diff->gone_count, old);
			i++;
		} else {
			add(&diff->come, &diff->come_count, new);
			j++;
		}
	}
}

void diff_free(struct diff *diff)
{
	free(diff->gone);
	free(diff->come);
	memset(diff, 0, sizeof(*diff));
}

void window_widen(const struct mm *mm, __u64 *start, __u64 *end)
{
	size_t first = mm_at(mm, *start), last = mm_at(mm, *end);

	if (first)
		*start = mm->vma[first - 1]->start;
	if (last < mm->count)
		*end = mm->vma[last]->end;
}

void window_copy(struct mm *to, const struct mm *from, __u64 start, __u64 end)
{
	mm_init(to, from->rules);
	to->page = from->page;
	to->start_brk = from->start_brk;
	to->brk = from->brk;
	to->start_stack = from->start_stack;
	for (size_t i = mm_at(from, start); i < from->count && from->vma[i]->start < end; i++)
		mm_insert(to, from->vma[i]);
}

void window_hull(const struct mm *window, __u64 *start, __u64 *end)
{
	if (!window->count)
		return;
	if (window->vma[0]->start < *start)
		*start = window->vma[0]->start;
	if (window->vma[window->count - 1]->end > *end)
		*end = window->vma[window->count - 1]->end;
}

void window_replace(struct mm *mm, const struct mm *old, const struct mm *new)
{
	__u64 start = ~0ULL, end = 0;
	size_t at;

	window_hull(old, &start, &end);
	window_hull(new, &start, &end);
	for (at = mm_at(mm, start); at < mm->count && mm->vma[at]->start < end; )
		mm_remove(mm, mm->vma[at]);
	for (size_t i = 0; i < new->count; i++)
		mm_insert(mm, new->vma[i]);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Which VMAs belong together. */
#include <stdlib.h>
#include <string.h>

#include "../must.h"
#include "picture.h"

/* More rows are not looked at one by one. */
#define MOST_ROWS 400

const char *const kind_names[KINDS] = {
	[KIND_NONE] = "no access", [KIND_CODE] = "code", [KIND_DATA] = "file, private copy",
	[KIND_FILE] = "file, read", [KIND_SHARED] = "shared, written", [KIND_HEAP] = "heap",
	[KIND_STACK] = "stack", [KIND_ANON] = "anonymous", [KIND_KERNEL] = "kernel's own",
};

enum kind kind_of(const struct mm *mm, const struct vma *vma)
{
	if (!(vma->flags & VM_ACCESS))
		return KIND_NONE;
	if (!vma->file && vma->name)
		return KIND_KERNEL;
	if (vma->flags & VM_EXEC)
		return KIND_CODE;
	if (vma->flags & VM_MAYSHARE && vma->flags & VM_WRITE)
		return KIND_SHARED;
	if (vma->file)
		return vma->flags & VM_WRITE ? KIND_DATA : KIND_FILE;
	if (vma_is_heap(mm, vma))
		return KIND_HEAP;
	return vma_is_stack(mm, vma) || vma->flags & VM_GROWSDOWN ? KIND_STACK : KIND_ANON;
}

/* Of a library its own file, and what is anonymous right behind: its bss, if it is small. */
static bool belongs(const struct mm *mm, const struct vma *prev, const struct vma *vma,
		    __u64 apart)
{
	__u64 gap = vma->start - prev->end;

	if (apart)
		return gap < apart;
	if (prev->file && vma->file)
		return prev->inode == vma->inode && prev->major == vma->major &&
		       prev->minor == vma->minor && gap < 64 << 20;
	if (prev->file)
		return vma->anonymous && !gap && vma->end - vma->start <= 1 << 20 &&
		       !vma_is_heap(mm, vma);
	if (vma->file || vma_is_heap(mm, vma) != vma_is_heap(mm, prev) ||
	    vma_is_stack(mm, vma) != vma_is_stack(mm, prev))
		return false;
	return prev->anonymous == vma->anonymous && gap < 64 << 20;
}

static size_t fill(const struct mm *mm, struct row *row, __u64 apart)
{
	size_t count = 0;

	for (size_t i = 0; i < mm->count; i++) {
		const struct vma *prev = i ? mm->vma[i - 1] : NULL, *vma = mm->vma[i];
		__u64 gap = prev ? vma->start - prev->end : 0;

		if (prev && belongs(mm, prev, vma, apart)) {
			row[count - 1].count++;
			continue;
		}
		row[count++] = (struct row){ .first = i, .count = 1,
					     .gap = gap >= 1 << 20 ? gap : 0 };
	}
	return count;
}

struct row *rows_make(const struct mm *mm, size_t *count)
{
	struct row *row = calloc(mm->count + 1, sizeof(*row));

	must(row);
	*count = fill(mm, row, 0);
	for (__u64 apart = 1 << 20; *count > MOST_ROWS && apart; apart <<= 4)
		*count = fill(mm, row, apart);
	return row;
}

const char *row_name(const struct mm *mm, const struct row *row, char *room, size_t size)
{
	const char *name = vma_name(mm, mm->vma[row->first], room, size), *slash;

	for (size_t i = 1; i < row->count && !*name; i++)
		name = vma_name(mm, mm->vma[row->first + i], room, size);
	slash = *name == '/' ? strrchr(name, '/') : NULL;
	return slash && slash[1] ? slash + 1 : name;
}

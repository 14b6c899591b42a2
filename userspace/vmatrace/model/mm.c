// SPDX-License-Identifier: GPL-2.0-or-later
/* The VMAs of an address space, sorted by address. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../must.h"
#include "vma.h"

#define PAGE 4096

void mm_init(struct mm *mm, const struct rules *rules)
{
	memset(mm, 0, sizeof(*mm));
	mm->rules = rules;
	mm->page = PAGE;
	mm->next_anon = 1;
	mm->next_file = 1;
	mm->limits = (struct limits){
		.vmas = 65530, .as = ~0ULL, .data = ~0ULL, .stack = ~0ULL, .memlock = ~0ULL,
		.guard_gap = 256, .may_lock = true, .overcommits = true,
	};
}

void mm_free(struct mm *mm)
{
	for (size_t i = 0; i < mm->count; i++)
		free(mm->vma[i]);
	free(mm->vma);
	mm->vma = NULL;
	mm->count = 0;
	mm->room = 0;
}

void mm_copy(struct mm *to, const struct mm *from)
{
	*to = *from;
	to->room = from->count + 16;
	to->vma = must(calloc(to->room, sizeof(*to->vma)));
	for (size_t i = 0; i < from->count; i++) {
		to->vma[i] = must(malloc(sizeof(struct vma)));
		*to->vma[i] = *from->vma[i];
	}
}

size_t mm_at(const struct mm *mm, __u64 address)
{
	size_t low = 0, high = mm->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (mm->vma[middle]->end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct vma *mm_first(const struct mm *mm, __u64 address)
{
	size_t at = mm_at(mm, address);

	return at < mm->count ? mm->vma[at] : NULL;
}

struct vma *mm_find(const struct mm *mm, __u64 address)
{
	struct vma *vma = mm_first(mm, address);

	return vma && vma->start <= address ? vma : NULL;
}

struct vma *mm_next(const struct mm *mm, const struct vma *vma)
{
	return mm_first(mm, vma->end);
}

struct vma *mm_prev(const struct mm *mm, const struct vma *vma)
{
	size_t at = mm_at(mm, vma->start);

	return at ? mm->vma[at - 1] : NULL;
}

bool mm_overlaps(const struct mm *mm, __u64 start, __u64 end)
{
	const struct vma *vma = mm_first(mm, start);

	return vma && vma->start < end;
}

struct vma *mm_insert(struct mm *mm, const struct vma *vma)
{
	size_t at = mm_at(mm, vma->start);
	struct vma *new = must(malloc(sizeof(*new)));

	*new = *vma;
	if (mm->count == mm->room) {
		mm->room = mm->room ? 2 * mm->room : 64;
		mm->vma = must(reallocarray(mm->vma, mm->room, sizeof(*mm->vma)));
	}
	memmove(&mm->vma[at + 1], &mm->vma[at], (mm->count - at) * sizeof(*mm->vma));
	mm->vma[at] = new;
	mm->count++;
	return new;
}

void mm_remove(struct mm *mm, struct vma *vma)
{
	size_t at = mm_at(mm, vma->start);

	mm->count--;
	memmove(&mm->vma[at], &mm->vma[at + 1], (mm->count - at) * sizeof(*mm->vma));
	free(vma);
}

__u64 mm_pages(const struct mm *mm)
{
	__u64 pages = 0;

	for (size_t i = 0; i < mm->count; i++)
		pages += vma_pages(mm, mm->vma[i]);
	return pages;
}

/* Private, writable and no stack: what RLIMIT_DATA counts. */
__u64 mm_data_pages(const struct mm *mm)
{
	__u64 pages = 0;

	for (size_t i = 0; i < mm->count; i++)
		if ((mm->vma[i]->flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE)
			pages += vma_pages(mm, mm->vma[i]);
	return pages;
}

const char *vma_name(const struct mm *mm, const struct vma *vma, char *room, size_t size)
{
	if (vma->file && !vma->anon_name)
		return vma->name ? vma->name : "";
	if (!vma->file && vma->name)
		return vma->name;
	if (vma_is_heap(mm, vma))
		return "[heap]";
	if (vma_is_stack(mm, vma))
		return "[stack]";
	if (!vma->anon_name)
		return "";
	snprintf(room, size, vma->file ? "[anon_shmem:%s]" : "[anon:%s]", vma->anon_name);
	return room;
}

bool vma_is_segment(const struct vma *vma)
{
	static const char begin[] = "/SYSV";
	const char *key = vma->name + sizeof(begin) - 1;

	return vma->name && !strncmp(vma->name, begin, sizeof(begin) - 1) &&
	       strspn(key, "0123456789abcdef") == 8 && !strcmp(key + 8, " (deleted)");
}

/* A hash table of strings, which never leave it. */
static char **strings;
static size_t strings_count, strings_room;

static size_t hash(const char *text)
{
	size_t value = 5381;

	while (*text)
		value = value * 33 ^ (unsigned char)*text++;
	return value;
}

static size_t slot(char **table, size_t room, const char *text)
{
	size_t at = hash(text) & (room - 1);

	while (table[at] && strcmp(table[at], text))
		at = (at + 1) & (room - 1);
	return at;
}

static void intern_grow(void)
{
	size_t room = strings_room ? 2 * strings_room : 256;
	char **table = must(calloc(room, sizeof(*table)));

	for (size_t i = 0; i < strings_room; i++)
		if (strings[i])
			table[slot(table, room, strings[i])] = strings[i];
	free(strings);
	strings = table;
	strings_room = room;
}

const char *intern(const char *text)
{
	size_t at;

	if (2 * strings_count >= strings_room)
		intern_grow();
	at = slot(strings, strings_room, text);
	if (!strings[at]) {
		strings[at] = must(strdup(text));
		strings_count++;
	}
	return strings[at];
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Which rules has this kernel? By its release, and by what it does. */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../newer.h"
#include "maps.h"

/* What is tried out has such room for itself, and inaccessible memory on both sides. */
#define ROOM_PAGES 8

/**
 * struct trial - something that is done, and then looked at
 * @begin: do it in there; false: it cannot be done
 * @holds: does the kernel have the rule?
 * @rule:  of struct rules, for which this is
 */
struct trial {
	bool (*begin)(char *at, size_t page);
	bool (*holds)(const struct mm *mm, __u64 at);
	size_t rule;
};

static bool map(char *at, size_t length, int prot)
{
	return mmap(at, length, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at;
}

static bool leave_source(char *at, size_t page)
{
	return map(at + page, page, PROT_READ | PROT_WRITE) &&
	       mremap(at + page, page, page, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		      at) == at;
}

/* Do what MREMAP_DONTUNMAP leaves, and its copy beside it, stay two VMAs? */
static bool keeps_source(const struct mm *mm, __u64 at)
{
	return mm_find(mm, at) != mm_find(mm, at + mm->page);
}

static bool leave_locked(char *at, size_t page)
{
	return map(at, 2 * page, PROT_READ | PROT_WRITE) && !mlock(at, 2 * page) &&
	       mremap(at, page, page, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		      at + 3 * page) == at + 3 * page;
}

/* Is what is around the source of MREMAP_DONTUNMAP still locked? */
static bool locks_rest(const struct mm *mm, __u64 at)
{
	const struct vma *vma = mm_find(mm, at + mm->page);

	return vma && vma->flags & VM_LOCKED;
}

static bool read_once(char *at, size_t page)
{
	if (!map(at, page, PROT_READ))
		return false;
	(void)*(volatile char *)at;
	return true;
}

/* Is what is read, and was never written, the zero page? */
static bool zero_pages(const struct mm *mm, __u64 at)
{
	const struct vma *vma = mm_find(mm, at);

	return vma && (!vma->anon || vma->anon == ANON_UNKNOWN);
}

static bool guard(char *at, size_t page)
{
	return map(at, page, PROT_READ | PROT_WRITE) && !madvise(at, page, MADV_GUARD_INSTALL);
}

/* Do guard pages leave a mark in the flags? */
static bool guard_flag(const struct mm *mm, __u64 at)
{
	const struct vma *vma = mm_find(mm, at);

	return vma && vma->flags & VM_MAYBE_GUARD;
}

static const struct trial trials[] = {
	{ leave_source, keeps_source, offsetof(struct rules, keeps_source) },
	{ leave_locked, locks_rest, offsetof(struct rules, locks_rest) },
	{ read_once, zero_pages, offsetof(struct rules, zero_pages) },
	{ guard, guard_flag, offsetof(struct rules, guard_flag) },
};

/* All are done before anything is looked at: smaps takes long to read. */
static void try_out(struct rules *rules)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), each = ROOM_PAGES * page;
	char *all = mmap(NULL, each * ARRAY_SIZE(trials), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	bool done[ARRAY_SIZE(trials)];
	struct mm mm;

	if (all == MAP_FAILED)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++)
		done[i] = trials[i].begin(all + i * each + page, page);
	mm_init(&mm, rules);
	maps_read(getpid(), &mm, true);
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++)
		if (done[i])
			*(bool *)((char *)rules + trials[i].rule) =
				trials[i].holds(&mm, (__u64)(all + i * each + page));
	mm_free(&mm);
	munmap(all, each * ARRAY_SIZE(trials));
}

static bool names(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool named = !prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, at, page, "probe");

	munmap(at, page);
	return named;
}

void rules_probe(struct rules *rules)
{
	unsigned int major = 6, minor = 1;
	struct utsname name;

	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	rules_of_release(rules, major, minor);
	try_out(rules);
	rules->names = names();
	/* Asked, whatever the release is: a kernel may have no KSM. */
	rules->denies = rules->denies && prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0;
	rules->merges = rules->merges && prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) >= 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Which rules has this kernel? By its release, and by what it does. */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "maps.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

/* Does what MREMAP_DONTUNMAP leaves, and its copy beside it, stay two VMAs? */
static bool keeps_source(struct rules *rules)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, 4 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mm mm;
	bool kept = false;

	if (at == MAP_FAILED)
		return rules->keeps_source;
	munmap(at, 4 * page);
	if (mmap(at + 2 * page, page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return rules->keeps_source;
	if (mremap(at + 2 * page, page, page, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		   at + page) == at + page) {
		mm_init(&mm, rules);
		maps_read(getpid(), &mm, false);
		kept = mm_find(&mm, (__u64)(at + page)) != mm_find(&mm, (__u64)(at + 2 * page));
		mm_free(&mm);
	}
	munmap(at + page, 2 * page);
	return kept;
}

/* Is what is around the source of MREMAP_DONTUNMAP still locked? */
static bool locks_rest(const struct rules *rules)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool kept = rules->locks_rest;
	const struct vma *vma;
	struct mm mm;

	if (at == MAP_FAILED)
		return kept;
	munmap(at + 2 * page, page);
	if (!mlock(at, 2 * page) &&
	    mremap(at, page, page, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		   at + 3 * page) == at + 3 * page) {
		mm_init(&mm, rules);
		maps_read(getpid(), &mm, true);
		vma = mm_find(&mm, (__u64)(at + page));
		kept = vma && vma->flags & VM_LOCKED;
		mm_free(&mm);
	}
	munmap(at, 4 * page);
	return kept;
}

/* Is what is read, and was never written, the zero page? */
static bool zero_pages(const struct rules *rules)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct vma *vma;
	struct mm mm;
	bool found;

	if (at == MAP_FAILED)
		return rules->zero_pages;
	mprotect(at, page, PROT_READ | PROT_EXEC);
	(void)*(volatile char *)at;
	mm_init(&mm, rules);
	maps_read(getpid(), &mm, true);
	vma = mm_find(&mm, (__u64)at);
	found = vma && (!vma->anon || vma->anon == ANON_UNKNOWN);
	mm_free(&mm);
	munmap(at, page);
	return found;
}

/* Do guard pages leave a mark in the flags? */
static bool guard_flag(const struct rules *rules)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct vma *vma;
	struct mm mm;
	bool found = false;

	if (at == MAP_FAILED)
		return rules->guard_flag;
	if (!madvise(at, page, MADV_GUARD_INSTALL)) {
		mm_init(&mm, rules);
		maps_read(getpid(), &mm, true);
		vma = mm_find(&mm, (__u64)at);
		found = vma && vma->flags & VM_MAYBE_GUARD;
		mm_free(&mm);
	}
	munmap(at, page);
	return found;
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
	rules->keeps_source = keeps_source(rules);
	rules->locks_rest = locks_rest(rules);
	rules->zero_pages = zero_pages(rules);
	rules->guard_flag = guard_flag(rules);
	rules->names = names();
}

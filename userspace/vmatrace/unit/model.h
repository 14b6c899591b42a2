/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model alone, on pages that are numbered from 0, and what is expected of it. */
#ifndef VMATRACE_UNIT_MODEL_H
#define VMATRACE_UNIT_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "../model/call.h"
#include "../model/explain.h"

#define BASE 0x10000000ULL
#define PAGE 4096ULL
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)

static struct rules rules;
static struct mm mm;
static struct facts facts;

static inline int set_up(void **state)
{
	(void)state;
	rules_of_release(&rules, 6, 12);
	mm_init(&mm, &rules);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	mm_free(&mm);
	facts_free(&facts);
	return 0;
}

static inline __u64 at(unsigned int page)
{
	return BASE + page * PAGE;
}

static inline long apply(struct call call)
{
	facts_clear(&facts);
	return model_apply(&mm, &call, &facts);
}

static inline long map(unsigned int page, unsigned int count, int prot)
{
	return apply((struct call){ .kind = CALL_MMAP, .args = {
		at(page), count * PAGE, (__u64)prot, ANON, ~0ULL, 0 } });
}

static inline long map_file(unsigned int page, unsigned int count, unsigned int offset, __u64 file)
{
	return apply((struct call){ .kind = CALL_MMAP, .args = {
		at(page), count * PAGE, RW, MAP_SHARED | MAP_FIXED, 3, offset * PAGE },
		.file = { .file = file, .inode = file / 10, .name = "/file",
			  .flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC } });
}

static inline long protect(unsigned int page, unsigned int count, int prot)
{
	return apply((struct call){ .kind = CALL_MPROTECT, .args = {
		at(page), count * PAGE, (__u64)prot } });
}

static inline long unmap(unsigned int page, unsigned int count)
{
	return apply((struct call){ .kind = CALL_MUNMAP, .args = { at(page), count * PAGE } });
}

static inline long touch(unsigned int page)
{
	return apply((struct call){ .kind = CALL_FAULT, .args = { at(page), true } });
}

/* A letter a VMA, a dot for what is not mapped. */
static inline void expect_picture(const char *want)
{
	char picture[64] = "", letter = 'A' - 1;
	const struct vma *last = NULL;

	for (unsigned int i = 0; i < strlen(want); i++) {
		const struct vma *vma = mm_find(&mm, at(i));

		letter += vma && vma != last;
		picture[i] = vma ? letter : '.';
		last = vma;
	}
	assert_string_equal(want, picture);
}

static inline const struct fact *find(enum fact_kind kind, enum why why)
{
	for (size_t i = 0; i < facts.count; i++)
		if (facts.fact[i].kind == kind && facts.fact[i].why == why)
			return &facts.fact[i];
	return NULL;
}

/* There is such a fact, and it is explained in these words. */
static inline void expect_fact(enum fact_kind kind, enum why why, const char *words)
{
	const struct fact *fact = find(kind, why);
	char room[1024];

	assert_non_null(fact);
	explain(&mm, fact, room, sizeof(room));
	if (!strstr(room, words))
		fail_msg("'%s' is not in '%s'", words, room);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif

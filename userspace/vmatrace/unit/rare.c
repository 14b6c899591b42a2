// SPDX-License-Identifier: GPL-2.0-or-later
/* The model alone: what few programs call. */
#include <errno.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/shm.h>

#include "model.h"

/* A segment of four pages, the last of which is not whole. */
static long attach(unsigned int page, __u64 flags)
{
	return apply((struct call){ .kind = CALL_SHMAT, .args = {
		at(page), 4 * PAGE - 100, flags, 7 },
		.file = { .inode = 7, .name = "/SYSV00000000 (deleted)" } });
}

static long detach(unsigned int page)
{
	return apply((struct call){ .kind = CALL_SHMDT, .args = { at(page) } });
}

static void what_is_left_of_a_segment_is_detached(void **state)
{
	(void)state;
	attach(2, 0);
	attach(6, SHM_REMAP);
	expect_fact(FACT_APART, WHY_OPENED, "one for each shmat");
	assert_int_equal(-EINVAL, attach(5, 0));
	expect_fact(FACT_REFUSED, WHY_IN_THE_WAY, "is in the way");
	unmap(2, 1);
	protect(4, 1, PROT_READ);
	apply((struct call){ .kind = CALL_MREMAP, .args = {
		at(3), PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(0) } });
	expect_picture("A...BCDDDD");
	assert_int_equal(0, detach(2));
	expect_picture("A.....BBBB");
	expect_fact(FACT_LEFT, WHY_MOVED, "not where shmat put it");
	assert_int_equal(-EINVAL, detach(2));
	expect_fact(FACT_REFUSED, WHY_NO_SEGMENT, "no segment begins at 10002000");
}

/* A part that has grown beyond the segment is found only if it is the first. */
static void what_is_behind_a_segment_is_not_detached(void **state)
{
	(void)state;
	attach(0, 0);
	protect(0, 1, PROT_READ);
	apply((struct call){ .kind = CALL_MREMAP, .args = { at(1), 3 * PAGE, 5 * PAGE, 0, 0 } });
	expect_picture("ABBBBB");
	assert_int_equal(0, detach(0));
	expect_picture(".AAAAA");
	assert_int_equal(0, detach(0));
	expect_picture("......");
}

static void attached_where_and_how(void **state)
{
	(void)state;
	map(0, 8, RW);
	assert_int_equal(-EINVAL, apply((struct call){ .kind = CALL_SHMAT, .args = {
		at(1) + 1, PAGE, SHM_REMAP, 7 } }));
	assert_int_equal(-EINVAL, apply((struct call){ .kind = CALL_SHMAT, .args = {
		0, PAGE, SHM_REMAP, 7 } }));
	assert_int_equal(at(1), apply((struct call){ .kind = CALL_SHMAT, .args = {
		at(1) + 1, PAGE, SHM_REMAP | SHM_RND | SHM_RDONLY | SHM_EXEC, 7 },
		.result = (long)at(1), .file = { .name = "/SYSV00000000 (deleted)" } }));
	expect_picture("ABCCCCCC");
	assert_int_equal(VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYEXEC | VM_MAYSHARE,
			 mm_find(&mm, at(1))->flags);
	assert_int_equal(-EACCES, protect(1, 1, RW));
}

static void sealed_ones_refuse_when_the_first_is_cut(void **state)
{
	(void)state;
	map(0, 2, RW);
	map(2, 2, PROT_READ);
	apply((struct call){ .kind = CALL_MSEAL, .args = { at(2), 2 * PAGE } });
	assert_int_equal(-EPERM, unmap(1, 3));
	expect_picture("ABCC");
	assert_int_equal(-EPERM, apply((struct call){ .kind = CALL_MADVISE, .args = {
		at(2), PAGE, MADV_DONTFORK } }));
	expect_fact(FACT_REFUSED, WHY_SEALED, "is sealed");
}

static void rare_calls(void **state)
{
	(void)state;
	map_file(0, 4, 0, 10);
	apply((struct call){ .kind = CALL_REMAP_PAGES, .args = { at(1), PAGE, 0, 9 } });
	expect_picture("ABCC");
	map(8, 2, RW);
	apply((struct call){ .kind = CALL_MBIND, .policy = 2U << 24 | 1, .args = {
		at(8), 2 * PAGE } });
	apply((struct call){ .kind = CALL_HOME_NODE, .args = { at(8), PAGE, 1 } });
	expect_picture("ABCC....DE");
	apply((struct call){ .kind = CALL_SET_MM, .args = { PR_SET_MM_START_STACK, at(9) } });
	assert_true(vma_is_stack(&mm, mm_find(&mm, at(9))));
	apply((struct call){ .kind = CALL_PERSONALITY, .args = { READ_IMPLIES_EXEC } });
	map(12, 1, PROT_READ);
	assert_true(mm_find(&mm, at(12))->flags & VM_EXEC);
}

static long deny(__u64 bits)
{
	return apply((struct call){ .kind = CALL_DENY, .args = { bits } });
}

static void what_is_denied_is_refused(void **state)
{
	(void)state;
	rules_of_release(&rules, 6, 12);
	map(0, 1, RW | PROT_EXEC);
	map(1, 1, RW);
	map(2, 1, PROT_READ | PROT_EXEC);
	assert_int_equal(-EINVAL, deny(2));
	assert_int_equal(-EINVAL, deny(4));
	assert_int_equal(0, deny(0));
	assert_int_equal(0, map(9, 1, RW | PROT_EXEC) < 0);
	assert_int_equal(0, deny(1));
	assert_int_equal(0, deny(1));
	assert_int_equal(-EPERM, deny(0));
	assert_int_equal(-EPERM, deny(3));
	expect_fact(FACT_REFUSED, WHY_DENIED, "PR_SET_MDWE");
	/* Nothing is unmapped for it. */
	assert_int_equal(-EACCES, map(1, 2, RW | PROT_EXEC));
	expect_fact(FACT_REFUSED, WHY_DENIED, "PR_SET_MDWE");
	expect_picture("ABC......D");
	/* Not even if it is so already. */
	assert_int_equal(-EACCES, protect(0, 1, RW | PROT_EXEC));
	assert_int_equal(-EACCES, protect(1, 1, PROT_READ | PROT_EXEC));
	assert_int_equal(0, protect(2, 1, PROT_EXEC));
	assert_int_equal(0, protect(0, 1, PROT_READ | PROT_EXEC));
	assert_int_equal(-EACCES, protect(0, 1, RW | PROT_EXEC));
	apply((struct call){ .kind = CALL_PERSONALITY, .args = { READ_IMPLIES_EXEC } });
	assert_int_equal(-EACCES, map(4, 1, RW));
	assert_int_equal(-EACCES, apply((struct call){ .kind = CALL_SHMAT, .args = {
		at(5), PAGE, SHM_EXEC, 7 }, .result = -EACCES,
		.file = { .name = "/SYSV00000000 (deleted)" } }));
	expect_fact(FACT_REFUSED, WHY_DENIED, "PR_SET_MDWE");
}

static void denial_is_inherited_unless_asked(void **state)
{
	struct mm child;

	(void)state;
	rules_of_release(&rules, 6, 5);
	assert_int_equal(-EINVAL, deny(3));
	rules_of_release(&rules, 6, 6);
	mm.denies = 1;
	model_fork(&child, &mm);
	assert_int_equal(1, child.denies);
	mm_free(&child);
	mm.denies = 3;
	model_fork(&child, &mm);
	assert_int_equal(0, child.denies);
	mm_free(&child);
	rules_of_release(&rules, 6, 1);
	mm.denies = 0;
	assert_int_equal(-EINVAL, deny(1));
}

static long merge_all(__u64 on)
{
	return apply((struct call){ .kind = CALL_MERGE_ALL, .args = { on } });
}

static void what_ksm_may_merge_is_marked(void **state)
{
	(void)state;
	map(0, 2, RW);
	map_file(2, 2, 0, 10);
	assert_int_equal(0, merge_all(1));
	expect_fact(FACT_CHANGED, WHY_NONE, "sets VM_MERGEABLE");
	assert_true(mm_find(&mm, at(0))->flags & VM_MERGEABLE);
	assert_false(mm_find(&mm, at(2))->flags & VM_MERGEABLE);
	/* Before 6.17 it is marked when its neighbours have been asked. */
	map(4, 2, RW);
	assert_true(mm_find(&mm, at(4))->flags & VM_MERGEABLE);
	map(6, 2, RW);
	expect_picture("AABBCCDD");
	expect_fact(FACT_APART, WHY_FLAGS, "only the lower one has VM_MERGEABLE");
	expect_fact(FACT_CHANGED, WHY_NONE, "sets VM_MERGEABLE");
	rules_of_release(&rules, 6, 17);
	map(8, 2, RW);
	expect_picture("AABBCCDDDD");
	/* Nobody looks at the neighbours, though they are alike. */
	assert_int_equal(0, merge_all(0));
	expect_picture("AABBCCDDDD");
	expect_fact(FACT_CHANGED, WHY_NONE, "clears VM_MERGEABLE");
	assert_false(mm_find(&mm, at(4))->flags & VM_MERGEABLE);
	assert_int_equal(-EINVAL, apply((struct call){ .kind = CALL_MERGE_ALL, .args = { 1, 1 } }));
}

static void merging_of_all_is_inherited(void **state)
{
	struct mm child;

	(void)state;
	rules_of_release(&rules, 6, 4);
	merge_all(1);
	model_fork(&child, &mm);
	assert_true(child.merges);
	model_exec(&child, &mm);
	assert_false(child.merges);
	rules_of_release(&rules, 6, 7);
	model_exec(&child, &mm);
	assert_true(child.merges);
	mm_free(&child);
	rules_of_release(&rules, 6, 1);
	assert_int_equal(-EINVAL, merge_all(1));
}

static void watch(unsigned int page, unsigned int count, __u32 uffd, __u64 how)
{
	apply((struct call){ .kind = CALL_UFFD_REGISTER, .uffd = uffd,
	      .args = { at(page), count * PAGE, how } });
}

static void who_closes_a_userfaultfd_lets_its_vmas_merge(void **state)
{
	(void)state;
	map(0, 10, RW);
	watch(1, 2, 1, VM_UFFD_WP);
	watch(5, 1, 2, VM_UFFD_WP);
	watch(6, 2, 1, VM_UFFD_WP | VM_UFFD_MISSING);
	expect_picture("ABBCCDEEFF");
	/* It is asked for less than there is. */
	watch(6, 1, 1, VM_UFFD_MISSING);
	expect_picture("ABBCCDEEFF");
	apply((struct call){ .kind = CALL_UFFD_UNREGISTER, .args = { at(2), 3 * PAGE } });
	expect_picture("ABCCCDEEFF");
	apply((struct call){ .kind = CALL_UFFD_CLOSE, .uffd = 1 });
	expect_picture("AAAAABCCCC");
	expect_fact(FACT_CHANGED, WHY_CLOSED, "clears VM_UFFD_WP: its userfaultfd was closed");
	apply((struct call){ .kind = CALL_UFFD_CLOSE, .uffd = 2 });
	expect_picture("AAAAAAAAAA");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_left_of_a_segment_is_detached),
		TEST(what_is_behind_a_segment_is_not_detached),
		TEST(attached_where_and_how),
		TEST(sealed_ones_refuse_when_the_first_is_cut),
		TEST(rare_calls),
		TEST(what_is_denied_is_refused),
		TEST(denial_is_inherited_unless_asked),
		TEST(what_ksm_may_merge_is_marked),
		TEST(merging_of_all_is_inherited),
		TEST(who_closes_a_userfaultfd_lets_its_vmas_merge),
	};

	return cmocka_run_group_tests_name("rare", tests, NULL, NULL);
}

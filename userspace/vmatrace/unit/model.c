// SPDX-License-Identifier: GPL-2.0-or-later
/* The model alone: what each call does, drawn as mm/vma.c draws it, and why. */
#include <errno.h>

#include "model.h"

static void munmap_in_the_middle_splits(void **state)
{
	(void)state;
	map(0, 8, RW);
	expect_picture("AAAAAAAA");
	unmap(3, 2);
	expect_picture("AAA..BBB");
	expect_fact(FACT_SPLIT, WHY_NONE, "split at 10003000");
	map(3, 2, RW);
	expect_picture("AAAAAAAA");
	expect_fact(FACT_MERGED, WHY_NONE, "merged at 10003000");
}

static void mprotect_splits_and_merges_again(void **state)
{
	(void)state;
	map(0, 8, RW);
	protect(3, 2, PROT_READ);
	expect_picture("AAABBCCC");
	expect_fact(FACT_CHANGED, WHY_NONE, "rights change from rw-p to r--p");
	protect(3, 2, RW);
	expect_picture("AAAAAAAA");
}

static void rights_keep_apart(void **state)
{
	(void)state;
	map(0, 4, RW);
	map(4, 4, PROT_READ);
	expect_picture("AAAABBBB");
	expect_fact(FACT_APART, WHY_RIGHTS, "rights differ, rw-p and r--p");
}

static void flags_keep_apart(void **state)
{
	(void)state;
	map(0, 8, RW);
	apply((struct call){ .kind = CALL_MLOCK, .args = { at(4), 4 * PAGE } });
	expect_picture("AAAABBBB");
	expect_fact(FACT_CHANGED, WHY_NONE, "sets VM_LOCKED");
	map(8, 2, RW);
	expect_fact(FACT_APART, WHY_FLAGS, "only the lower one has VM_LOCKED");
}

static void files_and_offsets_keep_apart(void **state)
{
	(void)state;
	map_file(0, 2, 0, 10);
	map_file(2, 2, 2, 10);
	expect_picture("AAAA");
	map_file(4, 2, 9, 10);
	expect_fact(FACT_APART, WHY_OFFSET, "0x4000 is followed by 0x9000");
	map_file(6, 2, 11, 11);
	expect_fact(FACT_APART, WHY_OPENED, "opened twice");
	map_file(8, 2, 13, 20);
	expect_fact(FACT_APART, WHY_FILE, "two files");
	map(10, 2, RW);
	expect_fact(FACT_APART, WHY_KIND, "one is of a file, one is anonymous");
	expect_picture("AAAABBCCDDEE");
}

static void written_apart_stay_apart(void **state)
{
	(void)state;
	map(0, 3, RW);
	map(5, 3, RW);
	touch(0);
	touch(5);
	map(3, 2, RW);
	expect_picture("AAAAABBB");
	expect_fact(FACT_APART, WHY_ANON, "two anon_vmas");
}

static void what_is_shared_by_fork_stays_apart(void **state)
{
	struct mm child;

	(void)state;
	map(0, 4, RW);
	touch(0);
	model_fork(&child, &mm);
	mm_free(&mm);
	mm = child;
	map(4, 4, RW);
	expect_picture("AAAABBBB");
	expect_fact(FACT_APART, WHY_FORKED, "since a fork");
}

static void written_and_moved_stays_apart(void **state)
{
	(void)state;
	map(0, 2, RW);
	map(8, 2, RW);
	touch(8);
	apply((struct call){ .kind = CALL_MREMAP, .args = {
		at(8), 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(2) } });
	expect_picture("AABB......");
	expect_fact(FACT_APART, WHY_MOVED, "pgoff jumps");
}

static void never_written_and_moved_merges(void **state)
{
	(void)state;
	map(0, 2, RW);
	map(8, 2, RW);
	apply((struct call){ .kind = CALL_MREMAP, .args = {
		at(8), 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(2) } });
	expect_picture("AAAA......");
	expect_fact(FACT_MOVED, WHY_NONE, "never written, so its pgoff follows");
}

static void names_policies_and_uffds_keep_apart(void **state)
{
	(void)state;
	map(0, 12, RW);
	apply((struct call){ .kind = CALL_NAME, .args = { at(0), 4 * PAGE },
	      .name = intern("one") });
	apply((struct call){ .kind = CALL_MBIND, .args = { at(4), 4 * PAGE }, .policy = 1 });
	apply((struct call){ .kind = CALL_UFFD_REGISTER, .uffd = 1,
	      .args = { at(8), 4 * PAGE, VM_UFFD_MISSING } });
	expect_picture("AAAABBBBCCCC");
	apply((struct call){ .kind = CALL_NAME, .args = { at(2), 2 * PAGE }, .name = NULL });
	expect_fact(FACT_APART, WHY_POLICY, "NUMA policies differ");
	map(12, 2, RW);
	expect_fact(FACT_APART, WHY_FLAGS, "VM_UFFD_MISSING");
	apply((struct call){ .kind = CALL_UFFD_REGISTER, .uffd = 2,
	      .args = { at(12), 2 * PAGE, VM_UFFD_MISSING } });
	expect_fact(FACT_APART, WHY_UFFD, "different userfaultfds");
	apply((struct call){ .kind = CALL_NAME, .args = { at(2), 2 * PAGE },
	      .name = intern("two") });
	expect_fact(FACT_APART, WHY_NAME, "'one' and 'two'");
}

static void special_ones_never_merge(void **state)
{
	struct call call = { .kind = CALL_MMAP,
			     .args = { at(0), 2 * PAGE, RW, MAP_SHARED | MAP_FIXED, 3, 0 },
			     .file = { .file = 7, .inode = 7, .name = "/dev/x",
				       .flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC |
						VM_PFNMAP } };

	(void)state;
	apply(call);
	call.args[0] = at(2);
	call.args[5] = 2 * PAGE;
	apply(call);
	expect_picture("AABB");
	expect_fact(FACT_APART, WHY_SPECIAL, "VM_SPECIAL (VM_PFNMAP): the kernel never merges");
}

static void close_keeps_from_being_merged_away(void **state)
{
	(void)state;
	map_file(0, 2, 0, 10);
	map_file(4, 2, 4, 10);
	mm_find(&mm, at(4))->close = true;
	map_file(2, 2, 2, 10);
	expect_picture("AAAABB");
	expect_fact(FACT_APART, WHY_CLOSE, "vm_ops->close");
}

static void brk_is_refused(void **state)
{
	(void)state;
	mm.start_brk = at(0);
	mm.brk = at(0);
	mm.data_bytes = 0;
	map(8, 2, RW);
	assert_int_equal(at(4), apply((struct call){ .kind = CALL_BRK, .args = { at(4) } }));
	expect_picture("AAAA....BB");
	assert_int_equal(at(4), apply((struct call){ .kind = CALL_BRK, .args = { at(8) } }));
	expect_fact(FACT_REFUSED, WHY_IN_THE_WAY, "10008000-1000a000  is in the way");
	mm.limits.data = 5 * PAGE;
	assert_int_equal(at(4), apply((struct call){ .kind = CALL_BRK, .args = { at(6) } }));
	expect_fact(FACT_REFUSED, WHY_LIMIT_DATA, "RLIMIT_DATA is 20480 bytes");
	assert_int_equal(at(4), apply((struct call){ .kind = CALL_BRK, .args = { at(0) - 1 } }));
	expect_fact(FACT_REFUSED, WHY_BELOW_BRK, "below the start of the heap");
}

static void limit_of_vmas_is_told(void **state)
{
	(void)state;
	map(0, 8, RW);
	mm.limits.vmas = 1;
	assert_int_equal(-ENOMEM, protect(2, 2, PROT_READ));
	expect_fact(FACT_REFUSED, WHY_LIMIT_VMAS, "has 1 VMAs, vm.max_map_count is 1");
	assert_int_equal(-ENOMEM, unmap(2, 2));
	expect_fact(FACT_REFUSED, WHY_LIMIT_VMAS, "max_map_count");
	expect_picture("AAAAAAAA");
}

static void stack_grows_to_its_limit(void **state)
{
	(void)state;
	apply((struct call){ .kind = CALL_MMAP, .args = {
		at(1000), 2 * PAGE, RW, ANON | MAP_GROWSDOWN, ~0ULL, 0 } });
	assert_int_equal(0, touch(990));
	expect_fact(FACT_GREW, WHY_NONE, "stack grew by 40 KiB down to");
	mm.limits.stack = 20 * PAGE;
	assert_int_equal(-ENOMEM, touch(900));
	expect_fact(FACT_REFUSED, WHY_LIMIT_STACK, "RLIMIT_STACK is 81920 bytes");
	mm.limits.stack = ~0ULL;
	map(800, 2, RW);
	assert_int_equal(-ENOMEM, touch(900));
	expect_fact(FACT_REFUSED, WHY_GUARD_GAP, "stack_guard_gap (256 pages)");
}

static void holes_and_rights_refuse(void **state)
{
	(void)state;
	map(0, 2, RW);
	map(4, 2, RW);
	assert_int_equal(-ENOMEM, protect(0, 6, PROT_READ));
	expect_fact(FACT_REFUSED, WHY_HOLE, "nothing is mapped at 10002000");
	mm_find(&mm, at(4))->flags |= VM_SEALED;
	assert_int_equal(-EPERM, unmap(4, 1));
	expect_fact(FACT_REFUSED, WHY_SEALED, "is sealed");
	mm_find(&mm, at(0))->flags &= ~VM_MAYWRITE;
	assert_int_equal(-EACCES, protect(0, 1, RW));
	expect_fact(FACT_REFUSED, WHY_NOT_GRANTED, "does not allow it");
}

static void expect_fault(struct fault fault, __u64 address, enum why why, const char *text)
{
	facts_clear(&facts);
	fault.address = address;
	model_fault_reasons(&mm, &fault, &facts);
	expect_fact(FACT_FAULTED, why, text);
}

static void faults_have_reasons(void **state)
{
	const struct fault read = { 0 }, write = { .write = true }, slow = { .major = true };
	const struct fault protected = { .write = true, .present = true };
	const struct fault race = { .present = true };
	const struct fault served = { .by = "huge", .order = 9 };

	(void)state;
	map(0, 2, RW);
	map_file(4, 2, 3, 10);
	map(8, 1, RW);
	mm_find(&mm, at(8))->flags |= VM_PFNMAP;
	expect_fault(write, at(0), WHY_FIRST_TOUCH, "first touch");
	expect_fault(read, at(0), WHY_FIRST_TOUCH, "first touch");
	expect_fault(protected, at(0), WHY_COPY, "copy-on-write");
	expect_fault(slow, at(0), WHY_MAJOR, "had to wait");
	assert_int_equal(1, facts.count);
	expect_fault(race, at(0), WHY_RACE, "somebody else was quicker");
	expect_fault(write, at(5) + 8, WHY_FILE_PAGE, "file: the page at 0x4000 of /file");
	expect_fault(slow, at(5), WHY_FILE_PAGE, "file: ");
	assert_int_equal(WHY_MAJOR, facts.fact[1].why);
	expect_fault(protected, at(5), WHY_FIRST_WRITE, "first write");
	expect_fault(read, at(8), WHY_DEVICE, "device: ");
	expect_fault(served, at(4), WHY_DEVICE, "device: vmadev's strategy huge, order 9");
	mm_find(&mm, at(4))->flags &= ~(VM_SHARED | VM_MAYSHARE);
	expect_fault(write, at(4), WHY_FILE_PAGE, "file: ");
	assert_int_equal(WHY_COPY, facts.fact[1].why);
}

static void kernels_differ(void **state)
{
	(void)state;
	/* Between two that were written apart, 6.1 takes the upper one, 6.12 the lower. */
	rules_of_release(&rules, 6, 1);
	map(0, 2, RW);
	map(4, 2, RW);
	touch(0);
	touch(4);
	map(2, 2, RW);
	expect_picture("AABBBB");
}

static void a_call_and_its_opposite_leave_nothing(void **state)
{
	struct mm before;

	(void)state;
	map(0, 8, RW);
	touch(0);
	mm_copy(&before, &mm);
	protect(2, 2, PROT_READ);
	apply((struct call){ .kind = CALL_MADVISE, .args = { at(5), PAGE, MADV_DONTFORK } });
	apply((struct call){ .kind = CALL_MADVISE, .args = { at(5), PAGE, MADV_DOFORK } });
	protect(2, 2, RW);
	assert_int_equal(before.count, mm.count);
	assert_memory_equal(before.vma[0], mm.vma[0], sizeof(struct vma));
	mm_free(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(munmap_in_the_middle_splits),
		TEST(mprotect_splits_and_merges_again),
		TEST(rights_keep_apart),
		TEST(flags_keep_apart),
		TEST(files_and_offsets_keep_apart),
		TEST(written_apart_stay_apart),
		TEST(what_is_shared_by_fork_stays_apart),
		TEST(written_and_moved_stays_apart),
		TEST(never_written_and_moved_merges),
		TEST(names_policies_and_uffds_keep_apart),
		TEST(special_ones_never_merge),
		TEST(faults_have_reasons),
		TEST(close_keeps_from_being_merged_away),
		TEST(brk_is_refused),
		TEST(limit_of_vmas_is_told),
		TEST(stack_grows_to_its_limit),
		TEST(holes_and_rights_refuse),
		TEST(kernels_differ),
		TEST(a_call_and_its_opposite_leave_nothing),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}

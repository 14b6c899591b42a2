// SPDX-License-Identifier: GPL-2.0-or-later
/* From a call to the part of the model that knows it. */
#include "call.h"

long model_apply(struct mm *mm, const struct call *call, struct facts *facts)
{
	switch (call->kind) {
	case CALL_BRK:
		return model_brk(mm, call->args[0], call->result, facts);
	case CALL_MMAP:
		return model_mmap(mm, call, facts);
	case CALL_MUNMAP:
		return model_munmap(mm, call->args[0], call->args[1], facts);
	case CALL_MREMAP:
		return model_mremap(mm, call, facts);
	case CALL_MPROTECT:
	case CALL_PKEY_MPROTECT:
		return model_mprotect(mm, call, facts);
	case CALL_MADVISE:
		return model_madvise(mm, call, facts);
	case CALL_MLOCK:
	case CALL_MLOCK2:
	case CALL_MUNLOCK:
		return model_lock(mm, call, facts);
	case CALL_MLOCKALL:
	case CALL_MUNLOCKALL:
		return model_lock_all(mm, call, facts);
	case CALL_NAME:
		return model_name(mm, call, facts);
	case CALL_MBIND:
		return model_policy(mm, call, facts);
	case CALL_MSEAL:
		return model_seal(mm, call, facts);
	case CALL_UFFD_REGISTER:
	case CALL_UFFD_UNREGISTER:
		return model_uffd(mm, call, facts);
	case CALL_SHMAT:
		return model_shmat(mm, call, facts);
	case CALL_SHMDT:
		return model_shmdt(mm, call, facts);
	case CALL_REMAP_PAGES:
		return model_remap_pages(mm, call, facts);
	case CALL_PROCESS_MADVISE:
		return model_process_madvise(mm, call, facts);
	case CALL_HOME_NODE:
		return model_home_node(mm, call, facts);
	case CALL_SET_MM:
		return model_set_mm(mm, call, facts);
	case CALL_PERSONALITY:
		return model_personality(mm, call);
	case CALL_IO_SETUP:
		return model_io_setup(mm, call, facts);
	case CALL_IO_DESTROY:
		return model_io_destroy(mm, call, facts);
	case CALL_DENY:
		return model_deny(mm, call, facts);
	case CALL_MERGE_ALL:
		return model_merge_all(mm, call, facts);
	case CALL_UFFD_CLOSE:
		model_uffd_close(mm, call->uffd, facts);
		break;
	case CALL_FAULT:
		return model_fault(mm, call->args[0], call->args[1], facts);
	case CALL_MSYNC:
	case CALL_OTHER:
	case CALL_NONE:
		break;
	}
	return call->result;
}

bool call_shows(const struct call *call)
{
	if (call->kind == CALL_MADVISE || call->kind == CALL_PROCESS_MADVISE)
		return advice_shows((int)call->args[2]);
	return call->kind != CALL_MSYNC;
}

int call_ranges(const struct mm *mm, const struct call *call, struct range range[2])
{
	__u64 page = mm->page, from = call->args[0] & ~(page - 1);

	range[0] = (struct range){ from, from + page_up(mm, call->args[1] + (page - 1)) };
	/* Of any length. */
	if (call->kind == CALL_SHMAT && !call->args[1]) {
		range[0] = (struct range){ 0, ~0ULL };
		return 1;
	}
	switch (call->kind) {
	case CALL_BRK:
		range[0].start = (mm->brk < call->args[0] ? mm->brk : call->args[0]) & ~(page - 1);
		range[0].end = page_up(mm, mm->brk > call->args[0] ? mm->brk : call->args[0]);
		return call->args[0] && mm->brk ? 1 : 0;
	case CALL_SHMAT:
	case CALL_MMAP:
		if (call->result >= 0 || call->result < -4095)
			range[0].start = (__u64)call->result;
		range[0].end = range[0].start + page_up(mm, call->args[1]);
		return 1;
	case CALL_MREMAP:
		if (call->args[2] > call->args[1])
			range[0].end = from + page_up(mm, call->args[2]);
		range[1].start = (__u64)call->result;
		range[1].end = range[1].start + page_up(mm, call->args[2]);
		if (call->result < 0 && call->result >= -4095)
			return 1;
		return range[1].start != from ? 2 : 1;
	case CALL_SHMDT:
		if (shmdt_range(mm, call->args[0], range))
			return 1;
		/* Should there be one all the same, it may be anywhere. */
		range[0] = (struct range){ 0, ~0ULL };
		return 1;
	/* What is the heap, and what the stack, is told of by its name. */
	case CALL_SET_MM:
	case CALL_MERGE_ALL:
	case CALL_UFFD_CLOSE:
	case CALL_MLOCKALL:
	case CALL_MUNLOCKALL:
	case CALL_OTHER:
		range[0] = (struct range){ 0, ~0ULL };
		return 1;
	case CALL_FAULT:
		range[0].end = from + page;
		return 1;
	case CALL_IO_DESTROY:
		range[0].end = from + page_up(mm, io_length(mm, from));
		return 1;
	case CALL_NONE:
	case CALL_MSYNC:
	case CALL_PERSONALITY:
	case CALL_DENY:
		return 0;
	default:
		return 1;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can happen to an address space, and what the model says it does. */
#ifndef VMATRACE_CALL_H
#define VMATRACE_CALL_H

#include "fact.h"

enum call_kind {
	CALL_NONE,
	CALL_BRK,
	CALL_MMAP,
	CALL_MUNMAP,
	CALL_MREMAP,
	CALL_MPROTECT,
	CALL_PKEY_MPROTECT,
	CALL_MADVISE,
	CALL_MLOCK,
	CALL_MLOCK2,
	CALL_MUNLOCK,
	CALL_MLOCKALL,
	CALL_MUNLOCKALL,
	CALL_MSYNC,
	CALL_MSEAL,
	CALL_MBIND,
	CALL_NAME,		/* prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME) */
	CALL_UFFD_REGISTER,	/* address, length, VM_UFFD_* */
	CALL_UFFD_UNREGISTER,
	CALL_FAULT,		/* address, whether it writes */
	CALL_OTHER,		/* only the maps tell what it does */
	/* Recorded as numbers: what is new comes last. */
	CALL_SHMAT,		/* address, length, SHM_*, number of the segment */
	CALL_SHMDT,
	CALL_REMAP_PAGES,	/* remap_file_pages */
	CALL_PROCESS_MADVISE,	/* address, length, advice: of itself, of one range */
	CALL_HOME_NODE,		/* set_mempolicy_home_node */
	CALL_SET_MM,		/* prctl(PR_SET_MM): what, where */
	CALL_PERSONALITY,
	CALL_IO_SETUP,		/* address, length: of the ring that it maps */
	CALL_IO_DESTROY,
	CALL_DENY,		/* prctl(PR_SET_MDWE): bits, and what has to be 0 */
	CALL_MERGE_ALL,		/* prctl(PR_SET_MEMORY_MERGE): whether, and what has to be 0 */
	CALL_UFFD_CLOSE,	/* the last descriptor of one is closed */
	CALL_LAST = CALL_UFFD_CLOSE,
};

/**
 * struct call - one event, with its result
 * @args:   of the system call; of CALL_NAME and later without the leading constants
 * @result: what it returned, or -errno; the model takes from it only where the kernel
 *	    put something, and refusals that it cannot foresee
 * @file:   of mmap and shmat: what maps says of the file; its flags are what the file allows
 *	    and what its driver sets
 * @name:   of CALL_NAME
 * @policy: of CALL_MBIND
 * @uffd:   of CALL_UFFD_REGISTER and CALL_UFFD_CLOSE: which one
 */
struct call {
	enum call_kind kind;
	__u64 args[6];
	long result;
	struct vma file;
	const char *name;
	__u32 policy;
	__u32 uffd;
};

/**
 * struct range - where a call can change something
 */
struct range {
	__u64 start, end;
};

/* model_apply - do it to the model; returns the result that is to be expected */
long model_apply(struct mm *mm, const struct call *call, struct facts *facts);

/* model_fork - what a child gets */
void model_fork(struct mm *child, struct mm *parent);
/* model_exec - what a new program has of what was before, its VMAs aside */
void model_exec(struct mm *new, const struct mm *old);

/* call_ranges - these, at most two; returns how many */
int call_ranges(const struct mm *mm, const struct call *call, struct range range[2]);

/* call_shows - is it of the kind that VMAs tell of? */
bool call_shows(const struct call *call);
/* advice_shows - the same of madvise */
bool advice_shows(int advice);

#define MOST_PLACES 6
/*
 * model_places - what a call may return that was not told, the likeliest first; returns how
 * many there are, at least one. What is free to be anywhere is put below @top.
 */
int model_places(const struct mm *mm, const struct call *call, __u64 top,
		 __u64 place[MOST_PLACES]);

/* The parts of model_apply(). */
long model_mmap(struct mm *mm, const struct call *call, struct facts *facts);
long model_munmap(struct mm *mm, __u64 start, __u64 length, struct facts *facts);
long model_brk(struct mm *mm, __u64 brk, long result, struct facts *facts);
long model_mremap(struct mm *mm, const struct call *call, struct facts *facts);
long model_mprotect(struct mm *mm, const struct call *call, struct facts *facts);
long model_madvise(struct mm *mm, const struct call *call, struct facts *facts);
long model_lock(struct mm *mm, const struct call *call, struct facts *facts);
long model_lock_all(struct mm *mm, const struct call *call, struct facts *facts);
long model_name(struct mm *mm, const struct call *call, struct facts *facts);
long model_policy(struct mm *mm, const struct call *call, struct facts *facts);
long model_seal(struct mm *mm, const struct call *call, struct facts *facts);
long model_uffd(struct mm *mm, const struct call *call, struct facts *facts);
long model_shmat(struct mm *mm, const struct call *call, struct facts *facts);
long model_shmdt(struct mm *mm, const struct call *call, struct facts *facts);
long model_remap_pages(struct mm *mm, const struct call *call, struct facts *facts);
long model_process_madvise(struct mm *mm, const struct call *call, struct facts *facts);
long model_home_node(struct mm *mm, const struct call *call, struct facts *facts);
long model_set_mm(struct mm *mm, const struct call *call, struct facts *facts);
long model_personality(struct mm *mm, const struct call *call);
long model_io_setup(struct mm *mm, const struct call *call, struct facts *facts);
long model_io_destroy(struct mm *mm, const struct call *call, struct facts *facts);
long model_deny(struct mm *mm, const struct call *call, struct facts *facts);
long model_merge_all(struct mm *mm, const struct call *call, struct facts *facts);
void model_uffd_close(struct mm *mm, __u32 uffd, struct facts *facts);
/* denied - PR_SET_MDWE forbids what has (or is to have) @old flags to have the @new ones */
bool denied(const struct mm *mm, __u64 old, __u64 new);
/* merge_flag - of a VMA that is new: VM_MERGEABLE, or nothing */
__u64 merge_flag(const struct mm *mm, __u64 flags);
/* set_merge_flag - give it that, if the kernel does so after it has asked its neighbours */
void set_merge_flag(struct mm *mm, struct vma *vma, struct facts *facts);
/* told_changed - flags, name or policy of a VMA are others */
struct fact *told_changed(struct facts *facts, const struct vma *was, const struct vma *is);
/* io_length - of the ring of asynchronous I/O that begins there; 0: none does */
__u64 io_length(const struct mm *mm, __u64 address);
/* shmdt_range - what a shmdt would unmap, and what is between; false: nothing */
bool shmdt_range(const struct mm *mm, __u64 address, struct range *range);
long model_fault(struct mm *mm, __u64 address, bool write, struct facts *facts);

/**
 * struct fault - an access that the kernel had to do something about
 * @write:   it was one; @present: there was an entry, but none for such an access
 * @major:   the kernel had to wait
 * @by:	     the strategy of vmadev that served it; NULL: none did
 * @order:   of the entry that this made
 */
struct fault {
	__u64 address;
	bool write, present, major;
	const char *by;
	unsigned int order;
};

/* model_fault_reasons - of one that was served, why there was one */
void model_fault_reasons(const struct mm *mm, const struct fault *fault, struct facts *facts);

/* model_populate - fault pages in ahead */
void model_populate(struct mm *mm, __u64 start, __u64 end, struct facts *facts);
/* model_doubt - some of these may have been faulted in: look */
void model_doubt(struct mm *mm, __u64 start, __u64 end);
bool may_expand(const struct mm *mm, __u64 flags, __u64 pages, struct facts *facts);
long refuse(struct facts *facts, enum why why, __u64 address, long result);

static inline __u64 page_up(const struct mm *mm, __u64 value)
{
	return (value + mm->page - 1) & ~(mm->page - 1);
}

static inline bool page_aligned(const struct mm *mm, __u64 value)
{
	return !(value & (mm->page - 1));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model's idea of an address space: the VMAs of one mm, with what
 * /proc/PID/maps shows of them and what decides whether two of them merge.
 */
#ifndef VMATRACE_VMA_H
#define VMATRACE_VMA_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* Flags of a VMA: the kernel's own bits where it has published some, by VmFlags. */
#define VM_READ		(1ULL << 0)
#define VM_WRITE	(1ULL << 1)
#define VM_EXEC		(1ULL << 2)
#define VM_SHARED	(1ULL << 3)
#define VM_MAYREAD	(1ULL << 4)
#define VM_MAYWRITE	(1ULL << 5)
#define VM_MAYEXEC	(1ULL << 6)
#define VM_MAYSHARE	(1ULL << 7)
#define VM_GROWSDOWN	(1ULL << 8)
#define VM_UFFD_MISSING	(1ULL << 9)
#define VM_PFNMAP	(1ULL << 10)
#define VM_MAYBE_GUARD	(1ULL << 11)
#define VM_UFFD_WP	(1ULL << 12)
#define VM_LOCKED	(1ULL << 13)
#define VM_IO		(1ULL << 14)
#define VM_SEQ_READ	(1ULL << 15)
#define VM_RAND_READ	(1ULL << 16)
#define VM_DONTCOPY	(1ULL << 17)
#define VM_DONTEXPAND	(1ULL << 18)
#define VM_LOCKONFAULT	(1ULL << 19)
#define VM_ACCOUNT	(1ULL << 20)
#define VM_NORESERVE	(1ULL << 21)
#define VM_HUGETLB	(1ULL << 22)
#define VM_SYNC		(1ULL << 23)
#define VM_WIPEONFORK	(1ULL << 25)
#define VM_DONTDUMP	(1ULL << 26)
#define VM_SOFTDIRTY	(1ULL << 27)
#define VM_MIXEDMAP	(1ULL << 28)
#define VM_HUGEPAGE	(1ULL << 29)
#define VM_NOHUGEPAGE	(1ULL << 30)
#define VM_MERGEABLE	(1ULL << 31)
#define VM_PKEY_SHIFT	32
#define VM_PKEY		(0xfULL << VM_PKEY_SHIFT)
#define VM_UFFD_MINOR	(1ULL << 38)
#define VM_DROPPABLE	(1ULL << 40)
#define VM_SEALED	(1ULL << 42)
#define VM_UFFD_RWP	(1ULL << 43)
/* A flag that this program has no name for. */
#define VM_OTHER	(1ULL << 63)

#define VM_ACCESS	(VM_READ | VM_WRITE | VM_EXEC)
#define VM_LOCKED_MASK	(VM_LOCKED | VM_LOCKONFAULT)
#define VM_SPECIAL	(VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)
#define VM_UFFD		(VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR | VM_UFFD_RWP)
/* What KSM leaves alone. */
#define VM_UNMERGEABLE	(VM_SHARED | VM_MAYSHARE | VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE)

/* anon_vma of a VMA of which nobody has looked whether it was faulted in. */
#define ANON_UNKNOWN	(~0U)

/**
 * struct vma - one VMA
 * @pgoff:	vm_pgoff, in pages; of anonymous memory too, where maps shows 0
 * @anon_pgoff:	the offset in its anon_vma: where it was when it was first written
 * @flags:	VM_*
 * @file:	which open file description it maps: two VMAs have the same number
 *		if they have the same struct file; 0: none
 * @name:	of the file, or of a special mapping, as maps shows it; interned
 * @anon_name:	given by prctl(PR_SET_VMA); interned
 * @anon:	which anon_vma it has; 0: none, it was never written
 * @chain:	how many anon_vmas it is chained to, at most 2 ("more")
 * @policy:	which NUMA policy it has; 0: the process's
 * @uffd:	which userfaultfd it is registered with; 0: none
 * @whole:	bytes of what shmat attached, or io_setup mapped, of which it is a part; 0: nobody
 *		knows
 * @close:	its vm_ops have ->close
 * @anonymous:	it has no vm_ops: private anonymous memory
 */
struct vma {
	__u64 start, end;
	__u64 pgoff, anon_pgoff;
	__u64 flags;
	__u64 file;
	__u64 inode;
	__u32 major, minor;
	const char *name;
	const char *anon_name;
	__u32 anon;
	__u32 policy;
	__u32 uffd;
	__u64 whole;
	__u8 chain;
	bool close;
	bool anonymous;
};

/**
 * struct rules - what differs between kernels
 * @close_never_merges:	->close keeps a VMA from any merge (before 6.7), not only
 *			from one that removes it
 * @next_first:		mmap looks at the next VMA before the previous (before 6.12)
 * @anon_targets:	a VMA without anon_vma takes over that of what merges into
 *			it (6.16), not only the other way round
 * @unaccounts:		mprotect to read-only gives back what was never written (6.11)
 * @moves_many:		mremap moves several VMAs at once (6.17)
 * @keeps_source:	MREMAP_DONTUNMAP never merges a VMA with its own source (7.3, and
 *			some stable releases before it)
 * @locks_rest:	it leaves what is around its source locked (7.3, and some before it)
 * @anon_pgoffs:	private file mappings need a contiguous @anon_pgoff (7.3)
 * @guard_flag:		guard pages set VM_MAYBE_GUARD, which is ignored (6.19,
 *			some stable releases before it)
 * @guards:		MADV_GUARD_INSTALL is there (6.13); @guards_files: of files too (6.15)
 * @names:	VMAs can be named, if the kernel was built so
 * @names_shmem:	shared anonymous memory can be named (6.2)
 * @heap_touches:	[heap] is also what only touches the heap (before 6.6)
 * @zero_pages:	a read of anonymous memory finds the zero page, and leaves no anon_vma
 * @stacks_small:	MAP_STACK is advice against huge pages (6.7)
 * @denies:	PR_SET_MDWE is there (6.3); @denies_alone: PR_MDWE_NO_INHERIT too (6.6)
 * @merges:	PR_SET_MEMORY_MERGE is there (6.4), if the kernel was built so
 * @merges_after_exec: and its effect outlives an exec (6.7)
 * @merges_new:	a new VMA has its VM_MERGEABLE before its neighbours are asked (6.17)
 */
struct rules {
	bool close_never_merges;
	bool next_first;
	bool anon_targets;
	bool unaccounts;
	bool moves_many;
	bool keeps_source;
	bool locks_rest;
	bool anon_pgoffs;
	bool guard_flag;
	bool guards, guards_files;
	bool names, names_shmem;
	bool heap_touches;
	bool zero_pages;
	bool stacks_small;
	bool denies, denies_alone;
	bool merges, merges_after_exec, merges_new;
};

void rules_of_release(struct rules *rules, unsigned int major, unsigned int minor);

/**
 * struct limits - what the kernel refuses to go beyond, in bytes unless told otherwise
 * @vmas:	vm.max_map_count
 * @guard_gap:	pages below a stack that stay free
 * @overcommits: vm.overcommit_memory is not 2
 */
struct limits {
	__u64 vmas;
	__u64 as, data, stack, memlock;
	__u64 guard_gap;
	bool may_lock;
	bool overcommits;
};

/**
 * struct mm - an address space
 * @vma:	its VMAs by address
 * @def_flags:	flags of each new one, by mlockall(MCL_FUTURE)
 * @start_brk:	where the heap begins; @brk is where it ends
 * @heap_end:	of what maps calls the heap: of the last of its VMAs
 * @merges:	each new VMA is VM_MERGEABLE, if it may: PR_SET_MEMORY_MERGE
 * @denies:	the bits of PR_SET_MDWE; 0: memory may become executable
 * @reads_execute: what may be read may be executed: personality(READ_IMPLIES_EXEC)
 * @data_bytes:	of the program's own data, which RLIMIT_DATA counts for brk
 * @faulted:	looks whether a VMA has an anon_vma, where @anon is ANON_UNKNOWN;
 *		NULL: it is taken to have none
 * @blind:	nobody tells of faults: an @anon of 0 has to be looked up as well
 */
struct mm {
	struct vma **vma;
	size_t count, room;
	const struct rules *rules;
	struct limits limits;
	__u64 page;
	__u64 def_flags;
	__u64 start_brk, brk, heap_end, start_stack, data_bytes;
	__u32 next_anon;
	__u64 next_file;
	__u32 denies;
	bool blind, reads_execute, merges;
	bool (*faulted)(void *data, const struct vma *vma);
	void *data;
};

void mm_init(struct mm *mm, const struct rules *rules);
void mm_free(struct mm *mm);
/* mm_copy - the same VMAs once more, in an address space of their own */
void mm_copy(struct mm *to, const struct mm *from);

/* mm_at - the index of the first VMA that ends above an address */
size_t mm_at(const struct mm *mm, __u64 address);
/* mm_find - the VMA that holds an address, or NULL */
struct vma *mm_find(const struct mm *mm, __u64 address);
struct vma *mm_first(const struct mm *mm, __u64 address);
struct vma *mm_next(const struct mm *mm, const struct vma *vma);
struct vma *mm_prev(const struct mm *mm, const struct vma *vma);
/* mm_overlaps - is anything mapped from start to end? */
bool mm_overlaps(const struct mm *mm, __u64 start, __u64 end);
struct vma *mm_insert(struct mm *mm, const struct vma *vma);
void mm_remove(struct mm *mm, struct vma *vma);
__u64 mm_pages(const struct mm *mm);
__u64 mm_data_pages(const struct mm *mm);

/* vma_name - as maps shows it: "" for none; may use the caller's room */
const char *vma_name(const struct mm *mm, const struct vma *vma, char *room, size_t size);

static inline bool vma_is_heap(const struct mm *mm, const struct vma *vma)
{
	if (vma->file || !mm->start_brk)
		return false;
	return mm->rules->heap_touches ?
		vma->start <= mm->brk && vma->end >= mm->start_brk :
		vma->start < mm->brk && vma->end > mm->start_brk;
}

static inline bool vma_is_stack(const struct mm *mm, const struct vma *vma)
{
	return !vma->file && mm->start_stack && vma->start <= mm->start_stack &&
	       vma->end >= mm->start_stack;
}

/* vma_is_segment - of System V's shared memory, by what maps calls it */
bool vma_is_segment(const struct vma *vma);

static inline __u64 vma_pages(const struct mm *mm, const struct vma *vma)
{
	return (vma->end - vma->start) / mm->page;
}

/* intern - one address for equal strings */
const char *intern(const char *text);

#endif

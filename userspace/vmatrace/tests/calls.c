// SPDX-License-Identifier: GPL-2.0-or-later
/* Make up calls, of which most are near each other. */
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "../newer.h"
#include "calls.h"

/* MPOL_BIND to the node 0 */
#define BIND_0 (2U << 24 | 1)

struct ground ground;

static unsigned int any(unsigned int most)
{
	ground.state ^= ground.state << 13;
	ground.state ^= ground.state >> 7;
	ground.state ^= ground.state << 17;
	return (unsigned int)((ground.state >> 20) % most);
}

static __u64 any_page(void)
{
	return ground.arena + any(PAGES) * ground.page;
}

/* Short ranges meet their neighbours most often. */
static __u64 any_length(__u64 start)
{
	__u64 most = (ground.arena + PAGES * ground.page - start) / ground.page;
	__u64 length = 1 + any(any(4) ? 4 : PAGES);

	return (length < most ? length : most) * ground.page;
}

static int any_prot(void)
{
	static const int prots[] = {
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE,
		PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	return prots[any(ARRAY_SIZE(prots))];
}

static void make_mmap(struct call *call)
{
	__u64 start = any_page(), length = any_length(start);
	unsigned int file = any(12);
	int flags = any(4) ? MAP_PRIVATE : MAP_SHARED;

	if (any(12) == 0)
		flags |= MAP_NORESERVE;
	if (any(24) == 0)
		flags |= MAP_STACK;
	if (any(24) == 0)
		flags |= MAP_LOCKED;
	if (any(24) == 0)
		flags |= MAP_POPULATE;
	flags |= any(10) ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	if (file >= ARRAY_SIZE(ground.files))
		flags |= MAP_ANONYMOUS;
	if (flags & MAP_ANONYMOUS && flags & MAP_PRIVATE && any(40) == 0)
		flags |= MAP_GROWSDOWN;
	*call = (struct call){ .kind = CALL_MMAP, .args = {
		start, length, any_prot(), flags, flags & MAP_ANONYMOUS ? -1 : ground.fds[file],
		flags & MAP_ANONYMOUS ? 0 :
			(any(2) ? start - ground.arena : any(FILE_PAGES - PAGES) * ground.page) } };
	if (!(flags & MAP_ANONYMOUS))
		call->file = ground.files[file];
	else if (flags & MAP_SHARED)
		call->file = (struct vma){ .name = intern("/dev/zero (deleted)") };
}

static void make_mremap(struct call *call)
{
	__u64 start = any_page(), old = any_length(start);
	__u64 new = any(2) ? old : any_length(start), to = any_page();
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	/* Without MREMAP_FIXED only what stays where it is: the rest leaves the arena. */
	if (any(3) == 0)
		flags = 0;
	else if (any(4) == 0)
		flags |= MREMAP_DONTUNMAP;
	if (any(3) == 0)
		to = start + old;
	else if (any(3) == 0)
		to = start - new;
	if (to < ground.arena || to + new > ground.arena + PAGES * ground.page) {
		to = ground.arena;
		if (to + new > start)
			flags = 0;
	}
	*call = (struct call){ .kind = CALL_MREMAP, .args = { start, old, new, flags, to } };
}

static void make_shmat(struct call *call)
{
	static const int flags[] = {
		SHM_REMAP, SHM_REMAP, SHM_REMAP, 0, SHM_REMAP | SHM_RDONLY, SHM_REMAP | SHM_EXEC,
		SHM_REMAP | SHM_RND, SHM_RDONLY | SHM_RND,
	};
	unsigned int which = any(ARRAY_SIZE(ground.segments)), how = any(ARRAY_SIZE(flags));
	__u64 start = ground.arena + any(PAGES - 16) * ground.page;
	__u64 size = ground.segments[which].whole;

	/* An odd address is only right with SHM_RND. */
	if (any(4) == 0)
		start += any(4096);
	/* Anywhere: once. */
	if (!ground.elsewhere && any(8) == 0)
		start = 0;
	*call = (struct call){ .kind = CALL_SHMAT, .args = {
		start, size, start ? flags[how] : flags[how] & ~SHM_REMAP, ground.ids[which] },
		.file = ground.segments[which] };
}

/* Mostly where a segment would begin, of which there is something. */
static void make_shmdt(struct call *call)
{
	__u64 start = any_page();

	for (size_t i = mm_at(ground.mm, start); any(8) && i < ground.mm->count; i++)
		if (vma_is_segment(ground.mm->vma[i])) {
			start = ground.mm->vma[i]->start - ground.mm->vma[i]->pgoff * ground.page;
			break;
		}
	if (ground.elsewhere && any(4) == 0)
		start = ground.elsewhere;
	*call = (struct call){ .kind = CALL_SHMDT, .args = { start + (any(16) ? 0 : 1) } };
}

static void make_madvise(struct call *call)
{
	static const int advices[] = {
		MADV_NORMAL, MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_DONTFORK, MADV_DOFORK,
		MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_DONTDUMP, MADV_DODUMP,
		MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_HUGEPAGE, MADV_NOHUGEPAGE,
		MADV_DONTNEED, MADV_GUARD_INSTALL, MADV_POPULATE_WRITE,
	};
	__u64 start = any_page();

	*call = (struct call){ .kind = CALL_MADVISE, .args = {
		start, any_length(start), advices[any(ARRAY_SIZE(advices))] } };
}

static const char *const names[] = { NULL, "one", "two" };

/* For this process, or for its children as well, which leaves no way back; some are wrong. */
static void make_deny(struct call *call)
{
	static const int wrong[] = { 0, 1, 2, 4, 5, 7 };

	*call = (struct call){ .kind = CALL_DENY,
			       .args = { any(4) ? 3 : wrong[any(ARRAY_SIZE(wrong))] } };
	if (call->args[0] == 1 && !ground.stays)
		call->args[1 + any(3)] = 1;
}

/* One of two is asked for writes; they are closed when much may be registered with them. */
static void make_uffd(struct call *call, __u64 start, __u64 length)
{
	unsigned int how = any(16);

	*call = (struct call){ .kind = how == 0 ? CALL_UFFD_CLOSE :
				       how < 4 ? CALL_UFFD_UNREGISTER : CALL_UFFD_REGISTER,
			       .args = { start, length, VM_UFFD_WP }, .uffd = 1 + any(2) };
}

/* What few programs call. */
static void make_rare(struct call *call, __u64 start, __u64 length)
{
	static const int advices[] = { MADV_DONTFORK, MADV_DOFORK, MADV_NORMAL, MADV_RANDOM };
	unsigned int which = any(10);

	if (which < 3)
		*call = (struct call){ .kind = CALL_REMAP_PAGES, .args = {
			start + any(2), length, any(16) ? 0 : PROT_READ, any(FILE_PAGES) } };
	else if (which == 3)
		*call = (struct call){ .kind = CALL_PROCESS_MADVISE, .args = {
			start, length, advices[any(ARRAY_SIZE(advices))] } };
	else if (which == 4)
		*call = (struct call){ .kind = CALL_HOME_NODE, .args = { start, length } };
	else if (which == 5)
		*call = (struct call){ .kind = any(2) ? CALL_MLOCKALL : CALL_MUNLOCKALL,
				       .args = { 1 + any(7) } };
	else if (which == 6)
		*call = (struct call){ .kind = CALL_PERSONALITY,
				       .args = { any(4) ? 0 : READ_IMPLIES_EXEC } };
	else if (which == 7)
		make_deny(call);
	else if (which == 8)
		*call = (struct call){ .kind = CALL_MERGE_ALL, .args = { any(3), any(16) == 0 } };
	else
		*call = (struct call){ .kind = ground.stays ? CALL_MSEAL : CALL_PKEY_MPROTECT,
				       .args = { start, length, ground.stays ? 0 : any_prot(),
						 0xffffffff } };
}

void make_call(struct call *call)
{
	__u64 start = any_page(), length = any_length(start);
	unsigned int name = any(ARRAY_SIZE(names));

	switch (any(40)) {
	case 0 ... 7:
		make_mmap(call);
		break;
	case 8 ... 10:
		*call = (struct call){ .kind = CALL_MUNMAP, .args = { start, length } };
		break;
	case 11 ... 15:
		*call = (struct call){ .kind = CALL_MPROTECT,
				       .args = { start, length, any_prot() } };
		break;
	case 16 ... 18:
		make_mremap(call);
		break;
	case 19 ... 22:
		make_madvise(call);
		break;
	case 23:
		*call = (struct call){ .kind = any(3) ? CALL_MUNLOCK : CALL_MLOCK,
				       .args = { start, length } };
		break;
	case 24:
		*call = (struct call){ .kind = CALL_MLOCK2, .args = { start, length, any(2) } };
		break;
	case 25:
		*call = (struct call){ .kind = CALL_NAME, .args = { start, length },
				       .name = names[name] ? intern(names[name]) : NULL };
		break;
	case 26:
		*call = (struct call){ .kind = CALL_MBIND, .args = { start, length },
				       .policy = any(2) ? BIND_0 : 0 };
		break;
	case 27:
		*call = (struct call){ .kind = CALL_BRK,
				       .args = { ground.mm->start_brk + any(16 * 4096) } };
		break;
	case 28 ... 29:
		make_shmat(call);
		break;
	case 30:
		make_shmdt(call);
		break;
	case 31 ... 32:
		make_rare(call, start, length);
		break;
	case 33 ... 34:
		make_uffd(call, start, length);
		break;
	default:
		*call = (struct call){ .kind = CALL_FAULT, .args = { start, any(4) != 0 } };
		break;
	}
}

/* Where the subject has it too, which was forked before it was interned. */
static const char *literal(const char *name)
{
	size_t i = 0;

	while (name && strcmp(names[i] ? names[i] : "", name))
		i++;
	return names[i];
}

/* The system call that it is. */
struct order order_of(const struct call *call)
{
	static const unsigned long node = 1;
	const __u64 *a = call->args;

	switch (call->kind) {
	case CALL_BRK:
		return (struct order){ __NR_brk, { a[0] } };
	case CALL_MMAP:
		return (struct order){ __NR_mmap, { a[0], a[1], a[2], a[3], a[4], a[5] } };
	case CALL_MUNMAP:
		return (struct order){ __NR_munmap, { a[0], a[1] } };
	case CALL_MREMAP:
		return (struct order){ __NR_mremap, { a[0], a[1], a[2], a[3], a[4] } };
	case CALL_MPROTECT:
		return (struct order){ __NR_mprotect, { a[0], a[1], a[2] } };
	case CALL_MADVISE:
		return (struct order){ __NR_madvise, { a[0], a[1], a[2] } };
	case CALL_MLOCK:
		return (struct order){ __NR_mlock, { a[0], a[1] } };
	case CALL_MLOCK2:
		return (struct order){ __NR_mlock2, { a[0], a[1], a[2] } };
	case CALL_MUNLOCK:
		return (struct order){ __NR_munlock, { a[0], a[1] } };
	case CALL_NAME:
		return (struct order){ __NR_prctl, { PR_SET_VMA, PR_SET_VMA_ANON_NAME, a[0], a[1],
						     (__u64)literal(call->name) } };
	case CALL_MBIND:
		return (struct order){ __NR_mbind, { a[0], a[1], call->policy ? 2 : 0,
						     call->policy ? (__u64)&node : 0,
						     call->policy ? 8 : 0, 0 } };
	case CALL_PKEY_MPROTECT:
		return (struct order){ __NR_pkey_mprotect, { a[0], a[1], a[2], ~0ULL } };
	case CALL_MSEAL:
		return (struct order){ 462, { a[0], a[1], 0 } };
	case CALL_MLOCKALL:
		return (struct order){ __NR_mlockall, { a[0] } };
	case CALL_MUNLOCKALL:
		return (struct order){ .what = __NR_munlockall };
	case CALL_DENY:
		return (struct order){ __NR_prctl, { PR_SET_MDWE, a[0], a[1], a[2], a[3] } };
	case CALL_MERGE_ALL:
		return (struct order){ __NR_prctl, { PR_SET_MEMORY_MERGE, a[0], a[1], a[2],
						     a[3] } };
	case CALL_UFFD_REGISTER:
	case CALL_UFFD_UNREGISTER:
	case CALL_UFFD_CLOSE:
		return (struct order){ DO_UFFD, { call->kind, call->uffd, a[0], a[1] } };
	case CALL_PERSONALITY:
		return (struct order){ __NR_personality, { a[0] } };
	case CALL_REMAP_PAGES:
		return (struct order){ __NR_remap_file_pages, { a[0], a[1], a[2], a[3], 0 } };
	case CALL_PROCESS_MADVISE:
		return (struct order){ DO_ADVISE, { a[0], a[1], a[2] } };
	case CALL_HOME_NODE:
		return (struct order){ 450, { a[0], a[1], a[2], 0 } };
	case CALL_SHMAT:
		return (struct order){ __NR_shmat, { a[3], a[0], a[2] } };
	case CALL_SHMDT:
		return (struct order){ __NR_shmdt, { a[0] } };
	case CALL_FAULT:
		return (struct order){ DO_TOUCH, { a[0], a[1] } };
	default:
		return (struct order){ .what = __NR_getpid };
	}
}

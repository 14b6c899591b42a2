// SPDX-License-Identifier: GPL-2.0-or-later
/* Decode memory calls: into the model's call, and into strace's words. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "syscalls.h"
#include "words.h"

static const struct syscall syscalls[] = {
	{ __NR_brk, "brk", CALL_BRK, "p", true },
	{ __NR_mmap, "mmap", CALL_MMAP, "psPFfo", true },
	{ __NR_munmap, "munmap", CALL_MUNMAP, "ps", false },
	{ __NR_mremap, "mremap", CALL_MREMAP, "pssMp", true },
	{ __NR_mprotect, "mprotect", CALL_MPROTECT, "psP", false },
	{ __NR_pkey_mprotect, "pkey_mprotect", CALL_PKEY_MPROTECT, "psPd", false },
	{ __NR_madvise, "madvise", CALL_MADVISE, "psa", false },
	{ __NR_mlock, "mlock", CALL_MLOCK, "ps", false },
	{ __NR_mlock2, "mlock2", CALL_MLOCK2, "psx", false },
	{ __NR_munlock, "munlock", CALL_MUNLOCK, "ps", false },
	{ __NR_mlockall, "mlockall", CALL_MLOCKALL, "l", false },
	{ __NR_munlockall, "munlockall", CALL_MUNLOCKALL, "", false },
	{ __NR_msync, "msync", CALL_MSYNC, "psx", false },
	{ __NR_mbind, "mbind", CALL_MBIND, "psdpdx", false },
	{ __NR_prctl, "prctl", CALL_NAME, "", false },
	{ __NR_ioctl, "ioctl", CALL_UFFD_REGISTER, "", false },
	{ __NR_shmat, "shmat", CALL_SHMAT, "dpS", true },
	{ __NR_shmdt, "shmdt", CALL_SHMDT, "p", false },
	{ __NR_remap_file_pages, "remap_file_pages", CALL_REMAP_PAGES, "psPsx", false },
	{ __NR_io_setup, "io_setup", CALL_IO_SETUP, "dp", false },
	{ __NR_io_destroy, "io_destroy", CALL_IO_DESTROY, "p", false },
	{ __NR_personality, "personality", CALL_PERSONALITY, "e", false },
	{ __NR_process_madvise, "process_madvise", CALL_PROCESS_MADVISE, "", false },
	/* The same number on every machine. */
	{ 450, "set_mempolicy_home_node", CALL_HOME_NODE, "pssx", false },
#ifdef __x86_64__
	{ 453, "map_shadow_stack", CALL_OTHER, "psx", true },
#endif
#ifdef __NR_mseal
	{ __NR_mseal, "mseal", CALL_MSEAL, "psx", false },
#else
	{ 462, "mseal", CALL_MSEAL, "psx", false },
#endif
};

static const struct word prots[] = {
	{ PROT_READ, "PROT_READ" }, { PROT_WRITE, "PROT_WRITE" }, { PROT_EXEC, "PROT_EXEC" },
	{ PROT_GROWSDOWN, "PROT_GROWSDOWN" }, { PROT_GROWSUP, "PROT_GROWSUP" }, { 0, NULL },
};

static const struct word map_flags[] = {
	{ MAP_FIXED, "MAP_FIXED" }, { MAP_ANONYMOUS, "MAP_ANONYMOUS" },
	{ MAP_GROWSDOWN, "MAP_GROWSDOWN" }, { MAP_DENYWRITE, "MAP_DENYWRITE" },
	{ MAP_EXECUTABLE, "MAP_EXECUTABLE" }, { MAP_LOCKED, "MAP_LOCKED" },
	{ MAP_NORESERVE, "MAP_NORESERVE" }, { MAP_POPULATE, "MAP_POPULATE" },
	{ MAP_NONBLOCK, "MAP_NONBLOCK" }, { MAP_STACK, "MAP_STACK" },
	{ MAP_HUGETLB, "MAP_HUGETLB" }, { MAP_SYNC, "MAP_SYNC" },
	{ MAP_FIXED_NOREPLACE, "MAP_FIXED_NOREPLACE" }, { 0, NULL },
};

static const struct word map_types[] = {
	{ MAP_SHARED, "MAP_SHARED" }, { MAP_PRIVATE, "MAP_PRIVATE" },
	{ MAP_SHARED_VALIDATE, "MAP_SHARED_VALIDATE" }, { 8, "MAP_DROPPABLE" }, { 0, NULL },
};

static const struct word remap_flags[] = {
	{ MREMAP_MAYMOVE, "MREMAP_MAYMOVE" }, { MREMAP_FIXED, "MREMAP_FIXED" },
	{ MREMAP_DONTUNMAP, "MREMAP_DONTUNMAP" }, { 0, NULL },
};

static const struct word lock_flags[] = {
	{ MCL_CURRENT, "MCL_CURRENT" }, { MCL_FUTURE, "MCL_FUTURE" },
	{ MCL_ONFAULT, "MCL_ONFAULT" }, { 0, NULL },
};

static const struct word attach_flags[] = {
	{ SHM_RDONLY, "SHM_RDONLY" }, { SHM_RND, "SHM_RND" }, { SHM_REMAP, "SHM_REMAP" },
	{ SHM_EXEC, "SHM_EXEC" }, { 0, NULL },
};

static const struct word personalities[] = {
	{ ADDR_NO_RANDOMIZE, "ADDR_NO_RANDOMIZE" }, { MMAP_PAGE_ZERO, "MMAP_PAGE_ZERO" },
	{ ADDR_COMPAT_LAYOUT, "ADDR_COMPAT_LAYOUT" }, { READ_IMPLIES_EXEC, "READ_IMPLIES_EXEC" },
	{ ADDR_LIMIT_32BIT, "ADDR_LIMIT_32BIT" }, { ADDR_LIMIT_3GB, "ADDR_LIMIT_3GB" },
	{ SHORT_INODE, "SHORT_INODE" }, { WHOLE_SECONDS, "WHOLE_SECONDS" },
	{ STICKY_TIMEOUTS, "STICKY_TIMEOUTS" }, { UNAME26, "UNAME26" }, { 0, NULL },
};

static const struct word advices[] = {
	{ 0, "MADV_NORMAL" }, { 1, "MADV_RANDOM" }, { 2, "MADV_SEQUENTIAL" },
	{ 3, "MADV_WILLNEED" }, { 4, "MADV_DONTNEED" }, { 8, "MADV_FREE" }, { 9, "MADV_REMOVE" },
	{ 10, "MADV_DONTFORK" }, { 11, "MADV_DOFORK" }, { 12, "MADV_MERGEABLE" },
	{ 13, "MADV_UNMERGEABLE" }, { 14, "MADV_HUGEPAGE" }, { 15, "MADV_NOHUGEPAGE" },
	{ 16, "MADV_DONTDUMP" }, { 17, "MADV_DODUMP" }, { 18, "MADV_WIPEONFORK" },
	{ 19, "MADV_KEEPONFORK" }, { 20, "MADV_COLD" }, { 21, "MADV_PAGEOUT" },
	{ 22, "MADV_POPULATE_READ" }, { 23, "MADV_POPULATE_WRITE" },
	{ 24, "MADV_DONTNEED_LOCKED" }, { 25, "MADV_COLLAPSE" }, { 100, "MADV_HWPOISON" },
	{ 102, "MADV_GUARD_INSTALL" }, { 103, "MADV_GUARD_REMOVE" }, { 0, NULL },
};

const struct syscall *syscall_next(const struct syscall *last)
{
	last = last ? last + 1 : syscalls;
	return last < syscalls + ARRAY_SIZE(syscalls) ? last : NULL;
}

const struct syscall *syscall_find(long number)
{
	for (const struct syscall *one = NULL; (one = syscall_next(one)); )
		if (one->number == number)
			return one;
	return NULL;
}

const struct syscall *syscall_by_name(const char *name)
{
	for (const struct syscall *one = NULL; (one = syscall_next(one)); )
		if (!strcmp(one->name, name))
			return one;
	return NULL;
}

static void put_argument(struct text *text, char how, __u64 value)
{
	switch (how) {
	case 'p':
		if (value)
			put_number(text, value, 16);
		else
			put_word(text, "NULL");
		break;
	case 's':
		put_number(text, value, 10);
		break;
	case 'P':
		put_bits(text, value, prots, "PROT_NONE");
		break;
	case 'F':
		put_value(text, value & MAP_TYPE, map_types);
		if (value & ~(__u64)MAP_TYPE) {
			put_word(text, "|");
			put_bits(text, value & ~(__u64)MAP_TYPE, map_flags, "");
		}
		break;
	case 'M':
		put_bits(text, value, remap_flags, "0");
		break;
	case 'S':
		put_bits(text, (__u32)value, attach_flags, "0");
		break;
	case 'e':
		put_bits(text, (__u32)value, personalities, "PER_LINUX");
		break;
	case 'l':
		put_bits(text, value, lock_flags, "0");
		break;
	case 'a':
		put_value(text, value, advices);
		break;
	case 'f':
	case 'd':
		put_word(text, (int)value < 0 ? "-" : "");
		put_number(text, (__u64)llabs((int)value), 10);
		break;
	default:
		put_number(text, value, value ? 16 : 10);
	}
}

static void put_arguments(struct text *text, const struct syscall *syscall, const __u64 args[6])
{
	size_t count = strlen(syscall->args);

	if (syscall->kind == CALL_BRK && !args[0])
		put_word(text, "NULL");
	else
		for (size_t i = 0; i < count; i++) {
			/* Without these mremap has no fifth argument. */
			if (syscall->kind == CALL_MREMAP && i == 4 &&
			    !(args[3] & (MREMAP_FIXED | MREMAP_DONTUNMAP)))
				break;
			put_word(text, i ? ", " : "");
			put_argument(text, syscall->args[i], args[i]);
		}
}

/* Where it is told that the ring was mapped, is not known yet. */
static void enter_io_setup(const __u64 args[6], struct event *event)
{
	memset(event->call.args, 0, sizeof(event->call.args));
	event->call.args[2] = args[1];
}

/* What other processes may be advised of changes no VMA; one's own are ranges in memory. */
static bool enter_process_madvise(const __u64 args[6], struct event *event, struct text *text)
{
	__u64 range[2] = { 0 };

	if (!advice_shows((int)args[3]) || !target_is_itself(event->tid, (int)args[0]))
		return false;
	target_memory(event->tid, args[1], range, sizeof(range));
	/* One after the other, until one is refused: only the maps tell how many. */
	if (args[2] != 1)
		event->call.kind = CALL_OTHER;
	event->call.args[0] = range[0];
	event->call.args[1] = range[1];
	event->call.args[2] = args[3];
	put(text, "%d, [{iov_base=0x%llx, iov_len=%llu}%s], %llu, ", (int)args[0], range[0],
	    range[1], args[2] > 1 ? ", ..." : "", args[2]);
	put_value(text, args[3], advices);
	put(text, ", 0x%llx", args[4]);
	return true;
}

/* As of mmap, with the length that only the segment has. */
static void enter_shmat(const __u64 args[6], struct event *event)
{
	event->call.args[0] = args[1];
	event->call.args[1] = target_segment(event->tid, (int)args[0]);
	event->call.args[2] = args[2];
	event->call.args[3] = args[0];
}

/* One number for a policy and its nodes; MPOL_DEFAULT is none. */
static void enter_policy(const __u64 args[6], struct event *event)
{
	__u64 nodes = 0;

	if (!args[2])
		return;
	if (args[3])
		target_memory(event->tid, args[3], &nodes, sizeof(nodes));
	event->call.policy = (__u32)(args[2] << 24 ^ (nodes & 0xffffff)) | 1;
}

bool syscall_enter(const struct syscall *syscall, const __u64 args[6], struct event *event)
{
	struct text text = { event->text, sizeof(event->text), 0 };

	event->name = syscall->name;
	event->shows_address = syscall->address;
	event->call = (struct call){ .kind = syscall->kind };
	memcpy(event->call.args, args, sizeof(event->call.args));
	*text.room = '\0';
	if (syscall->kind == CALL_NAME)
		return enter_prctl(args, event, &text);
	if (syscall->kind == CALL_PROCESS_MADVISE)
		return enter_process_madvise(args, event, &text);
	/* It is only asked for. */
	if (syscall->kind == CALL_PERSONALITY && (__u32)args[0] == ~0U)
		return false;
	if (syscall->kind == CALL_UFFD_REGISTER)
		return enter_uffd(args, event, &text);
	if (syscall->kind == CALL_MBIND)
		enter_policy(args, event);
	if (syscall->kind == CALL_SHMAT)
		enter_shmat(args, event);
	if (syscall->kind == CALL_IO_SETUP)
		enter_io_setup(args, event);
	put_arguments(&text, syscall, args);
	return true;
}

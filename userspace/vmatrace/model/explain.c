// SPDX-License-Identifier: GPL-2.0-or-later
/* Why two VMAs are two, why a call was refused: in words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"

static const char *const why_words[] = {
	[WHY_NONE] = "none", [WHY_GAP] = "gap", [WHY_SPECIAL] = "special",
	[WHY_POLICY] = "policy", [WHY_RIGHTS] = "rights", [WHY_FLAGS] = "flags",
	[WHY_KIND] = "kind", [WHY_FILE] = "file", [WHY_OPENED] = "opened_twice",
	[WHY_CLOSE] = "close", [WHY_UFFD] = "userfaultfd", [WHY_NAME] = "name",
	[WHY_ANON] = "anon_vma", [WHY_FORKED] = "forked", [WHY_OFFSET] = "offset",
	[WHY_MOVED] = "moved", [WHY_SELF] = "source", [WHY_LIMIT_VMAS] = "max_map_count",
	[WHY_LIMIT_AS] = "rlimit_as", [WHY_LIMIT_DATA] = "rlimit_data",
	[WHY_LIMIT_STACK] = "rlimit_stack", [WHY_LIMIT_LOCK] = "rlimit_memlock",
	[WHY_GUARD_GAP] = "guard_gap", [WHY_IN_THE_WAY] = "in_the_way", [WHY_HOLE] = "hole",
	[WHY_BELOW_BRK] = "below_heap", [WHY_NOT_GRANTED] = "not_granted",
	[WHY_SEALED] = "sealed", [WHY_BOUNDARY] = "boundary", [WHY_CANNOT_GROW] = "cannot_grow",
	[WHY_ARGUMENT] = "argument", [WHY_SAME_PLACE] = "overlap",
	[WHY_WRONG_KIND] = "wrong_kind", [WHY_KERNEL] = "errno", [WHY_BUS] = "no_page",
	[WHY_GUARD] = "guard", [WHY_FIRST_TOUCH] = "first_touch", [WHY_COPY] = "copy_on_write",
	[WHY_FILE_PAGE] = "file_page", [WHY_FIRST_WRITE] = "first_write",
	[WHY_DEVICE] = "device", [WHY_RACE] = "race", [WHY_MAJOR] = "major",
	[WHY_NO_SEGMENT] = "no_segment", [WHY_ALONE] = "moves_alone",
	[WHY_DENIED] = "denied", [WHY_CLOSED] = "uffd_closed",
};

static const char *const fact_words[] = {
	[FACT_CREATED] = "created", [FACT_MERGED] = "merged", [FACT_APART] = "apart",
	[FACT_SPLIT] = "split", [FACT_GREW] = "grew", [FACT_SHRANK] = "shrank",
	[FACT_UNMAPPED] = "unmapped", [FACT_MOVED] = "moved", [FACT_CHANGED] = "changed",
	[FACT_REFUSED] = "refused", [FACT_FAULTED] = "faulted",
	[FACT_LEFT] = "left",
};

static const struct {
	__u64 flag;
	const char *name;
} flag_names[] = {
	{ VM_SHARED, "VM_SHARED" }, { VM_MAYREAD, "VM_MAYREAD" }, { VM_MAYWRITE, "VM_MAYWRITE" },
	{ VM_MAYEXEC, "VM_MAYEXEC" }, { VM_MAYSHARE, "VM_MAYSHARE" },
	{ VM_GROWSDOWN, "VM_GROWSDOWN" }, { VM_UFFD_MISSING, "VM_UFFD_MISSING" },
	{ VM_PFNMAP, "VM_PFNMAP" }, { VM_MAYBE_GUARD, "VM_MAYBE_GUARD" },
	{ VM_UFFD_WP, "VM_UFFD_WP" }, { VM_LOCKED, "VM_LOCKED" }, { VM_IO, "VM_IO" },
	{ VM_SEQ_READ, "VM_SEQ_READ" }, { VM_RAND_READ, "VM_RAND_READ" },
	{ VM_DONTCOPY, "VM_DONTCOPY" }, { VM_DONTEXPAND, "VM_DONTEXPAND" },
	{ VM_LOCKONFAULT, "VM_LOCKONFAULT" }, { VM_ACCOUNT, "VM_ACCOUNT" },
	{ VM_NORESERVE, "VM_NORESERVE" }, { VM_HUGETLB, "VM_HUGETLB" }, { VM_SYNC, "VM_SYNC" },
	{ VM_WIPEONFORK, "VM_WIPEONFORK" }, { VM_DONTDUMP, "VM_DONTDUMP" },
	{ VM_MIXEDMAP, "VM_MIXEDMAP" }, { VM_HUGEPAGE, "VM_HUGEPAGE" },
	{ VM_NOHUGEPAGE, "VM_NOHUGEPAGE" }, { VM_MERGEABLE, "VM_MERGEABLE" },
	{ VM_PKEY, "protection key" }, { VM_UFFD_MINOR, "VM_UFFD_MINOR" },
	{ VM_DROPPABLE, "VM_DROPPABLE" }, { VM_SEALED, "VM_SEALED" },
	{ VM_UFFD_RWP, "VM_UFFD_RWP" },
	{ VM_OTHER, "another flag" },
};

const char *why_word(enum why why)
{
	return why_words[why];
}

const char *fact_word(enum fact_kind kind)
{
	return fact_words[kind];
}

const char *flag_words(__u64 flags, char *room, size_t size)
{
	size_t used = 0;

	*room = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].flag && used < size)
			used += (size_t)snprintf(room + used, size - used, "%s%s", used ? " " : "",
						 flag_names[i].name);
	return room;
}

const char *rights(__u64 flags, char room[5])
{
	snprintf(room, 5, "%c%c%c%c", flags & VM_READ ? 'r' : '-', flags & VM_WRITE ? 'w' : '-',
		 flags & VM_EXEC ? 'x' : '-', flags & VM_MAYSHARE ? 's' : 'p');
	return room;
}

/* What differs between two neighbours. */
static void say_apart(const struct mm *mm, const struct fact *fact, char *room, size_t size)
{
	const struct vma *left = &fact->vma, *right = &fact->other;
	__u64 differ = left->flags ^ right->flags;
	char a[256], b[256];

	switch (fact->why) {
	case WHY_SPECIAL:
		snprintf(room, size, "VM_SPECIAL (%s): the kernel never merges such VMAs",
			 flag_words((left->flags | right->flags) & VM_SPECIAL, a, sizeof(a)));
		break;
	case WHY_POLICY:
		snprintf(room, size, "their NUMA policies differ");
		break;
	case WHY_RIGHTS:
		snprintf(room, size, "rights differ, %s and %s", rights(left->flags, a),
			 rights(right->flags, b));
		break;
	case WHY_FLAGS:
		if (differ & VM_MAYSHARE)
			snprintf(room, size, "one is private, one is shared");
		else
			snprintf(room, size, "only the %s one has %s",
				 left->flags & differ ? "lower" : "upper",
				 flag_words(differ & ~VM_SOFTDIRTY, a, sizeof(a)));
		break;
	case WHY_KIND:
		snprintf(room, size, "one is of a file, one is anonymous");
		break;
	case WHY_FILE:
		snprintf(room, size, "they are of two files, %s and %s",
			 vma_name(mm, left, a, sizeof(a)), vma_name(mm, right, b, sizeof(b)));
		break;
	case WHY_OPENED:
		snprintf(room, size, "the file is the same, but was opened twice: "
			 "two struct file%s", vma_is_segment(left) ? ", one for each shmat" : "");
		break;
	case WHY_CLOSE:
		snprintf(room, size, "its driver has vm_ops->close, so it is never merged away");
		break;
	case WHY_UFFD:
		snprintf(room, size, "they are registered with different userfaultfds");
		break;
	case WHY_NAME:
		snprintf(room, size, "their names differ, '%s' and '%s' (prctl PR_SET_VMA)",
			 left->anon_name ? left->anon_name : "",
			 right->anon_name ? right->anon_name : "");
		break;
	case WHY_ANON:
		snprintf(room, size, "both were written before they met: two anon_vmas");
		break;
	case WHY_FORKED:
		snprintf(room, size, "its anon_vma is shared with a parent or child since a fork");
		break;
	case WHY_OFFSET:
		snprintf(room, size, "the offset in the file jumps, 0x%llx is followed by 0x%llx",
			 (left->pgoff + vma_pages(mm, left)) * mm->page, right->pgoff * mm->page);
		break;
	case WHY_MOVED:
		snprintf(room, size, "it was written before mremap moved it, so its pgoff jumps");
		break;
	case WHY_SELF:
		snprintf(room, size, "MREMAP_DONTUNMAP keeps source and copy apart");
		break;
	default:
		snprintf(room, size, "%s", why_words[fact->why]);
	}
}

static void say_refused(const struct mm *mm, const struct fact *fact, char *room, size_t size)
{
	char name[256];

	switch (fact->why) {
	case WHY_LIMIT_VMAS:
		snprintf(room, size, "the process has %zu VMAs, vm.max_map_count is %llu",
			 mm->count, mm->limits.vmas);
		break;
	case WHY_LIMIT_AS:
		snprintf(room, size, "RLIMIT_AS is %llu bytes (ulimit -v)", mm->limits.as);
		break;
	case WHY_LIMIT_DATA:
		snprintf(room, size, "RLIMIT_DATA is %llu bytes (ulimit -d)", mm->limits.data);
		break;
	case WHY_LIMIT_STACK:
		snprintf(room, size, "RLIMIT_STACK is %llu bytes (ulimit -s)", mm->limits.stack);
		break;
	case WHY_LIMIT_LOCK:
		snprintf(room, size, "RLIMIT_MEMLOCK is %llu bytes (ulimit -l)",
			 mm->limits.memlock);
		break;
	case WHY_GUARD_GAP:
		snprintf(room, size, "less than stack_guard_gap (%llu pages) would be left to %llx",
			 mm->limits.guard_gap, fact->vma.start);
		break;
	case WHY_IN_THE_WAY:
		if (fact->vma.end)
			snprintf(room, size, "%llx-%llx %s is in the way", fact->vma.start,
				 fact->vma.end, vma_name(mm, &fact->vma, name, sizeof(name)));
		else
			snprintf(room, size, "something is mapped at %llx already", fact->address);
		break;
	case WHY_HOLE:
		snprintf(room, size, "nothing is mapped at %llx", fact->address);
		break;
	case WHY_BELOW_BRK:
		snprintf(room, size, "below the start of the heap, %llx", mm->start_brk);
		break;
	case WHY_NOT_GRANTED:
		snprintf(room, size, "what is mapped at %llx does not allow it", fact->address);
		break;
	case WHY_SEALED:
		snprintf(room, size, "the VMA at %llx is sealed (mseal)", fact->address);
		break;
	case WHY_BOUNDARY:
		snprintf(room, size, "the range crosses from one VMA into the next at %llx",
			 fact->address);
		break;
	case WHY_CANNOT_GROW:
		snprintf(room, size, "the VMA may not grow (VM_DONTEXPAND, VM_PFNMAP)");
		break;
	case WHY_ARGUMENT:
		snprintf(room, size, "an argument is not valid");
		break;
	case WHY_SAME_PLACE:
		snprintf(room, size, "source and target overlap");
		break;
	case WHY_BUS:
		snprintf(room, size, "SIGBUS: no page is there, behind the end of the file or by "
			 "the word of its driver");
		break;
	case WHY_GUARD:
		snprintf(room, size, "a guard page (MADV_GUARD_INSTALL), or a protection key");
		break;
	case WHY_ALONE:
		snprintf(room, size, "what is mapped at %llx is not moved together with others",
			 fact->address);
		break;
	case WHY_NO_SEGMENT:
		snprintf(room, size, "no segment begins at %llx, nor does what is left of one fit",
			 fact->address);
		break;
	case WHY_DENIED:
		snprintf(room, size, "nothing becomes executable, or is while it may be written, "
			 "any more (prctl PR_SET_MDWE)");
		break;
	case WHY_WRONG_KIND:
		snprintf(room, size, "not for such memory as is mapped at %llx", fact->address);
		break;
	default:
		snprintf(room, size, "the kernel refuses");
	}
}

static void say_changed(const struct fact *fact, char *room, size_t size)
{
	__u64 off = fact->vma.flags & ~fact->other.flags, on = fact->other.flags & ~fact->vma.flags;
	char a[256], b[256];

	if ((on | off) & VM_ACCESS)
		snprintf(room, size, "rights change from %s to %s", rights(fact->vma.flags, a),
			 rights(fact->other.flags, b));
	else if (on | off)
		snprintf(room, size, "%s%s%s%s%s", on ? "sets " : "",
			 flag_words(on, a, sizeof(a)), on && off ? ", " : "", off ? "clears " : "",
			 flag_words(off, b, sizeof(b)));
	else if (fact->vma.anon_name != fact->other.anon_name)
		snprintf(room, size, "is named '%s'",
			 fact->other.anon_name ? fact->other.anon_name : "");
	else
		snprintf(room, size, "NUMA policy changes");
}

/* Why there was a fault. */
static void say_faulted(const struct mm *mm, const struct fact *fact, char *room, size_t size)
{
	const struct vma *vma = &fact->vma;
	char text[256];
	const char *name = vma_name(mm, vma, text, sizeof(text));

	switch (fact->why) {
	case WHY_FIRST_TOUCH:
		snprintf(room, size, "first touch: nothing was there yet");
		break;
	case WHY_COPY:
		snprintf(room, size, "copy-on-write: a page of its own, not one that others have");
		break;
	case WHY_FILE_PAGE:
		snprintf(room, size, "file: the page at 0x%llx of %s",
			 vma->pgoff * mm->page + ((fact->address & -mm->page) - vma->start), name);
		break;
	case WHY_FIRST_WRITE:
		snprintf(room, size, "first write: the page was clean, or may not be written at "
			 "once (%s)", name);
		break;
	case WHY_DEVICE:
		if (fact->by)
			snprintf(room, size, "device: vmadev's strategy %s, order %u", fact->by,
				 fact->order);
		else
			snprintf(room, size, "device: whoever maps %s made the entry", name);
		break;
	case WHY_RACE:
		snprintf(room, size, "served already: somebody else was quicker");
		break;
	case WHY_MAJOR:
		snprintf(room, size, "major: the kernel had to wait for a disk, or for swap");
		break;
	default:
		break;
	}
}

const char *explain(const struct mm *mm, const struct fact *fact, char *room, size_t size)
{
	char reason[512];

	*room = '\0';
	switch (fact->kind) {
	case FACT_CREATED:
		snprintf(room, size, "created: a VMA of its own");
		break;
	case FACT_MERGED:
		snprintf(room, size, "merged at %llx: both sides have the same flags%s",
			 fact->address, fact->vma.file ? ", file and a contiguous offset" : "");
		break;
	case FACT_APART:
		say_apart(mm, fact, reason, sizeof(reason));
		snprintf(room, size, "not merged at %llx: %s", fact->address, reason);
		break;
	case FACT_SPLIT:
		snprintf(room, size, "split at %llx: the call is about a part of %llx-%llx",
			 fact->address, fact->vma.start, fact->vma.end);
		break;
	case FACT_GREW:
		if (fact->vma.flags & VM_GROWSDOWN && fact->until == fact->vma.start)
			snprintf(room, size, "stack grew by %llu KiB down to %llx",
				 (fact->until - fact->address) >> 10, fact->address);
		else
			snprintf(room, size, "grew by %llu KiB at its place: there was room",
				 (fact->until - fact->address) >> 10);
		break;
	case FACT_UNMAPPED:
		if (fact->address == fact->vma.start && fact->until == fact->vma.end)
			snprintf(room, size, "vanished: %llx-%llx", fact->address, fact->until);
		else
			snprintf(room, size, "lost a part: %llx-%llx of %llx-%llx", fact->address,
				 fact->until, fact->vma.start, fact->vma.end);
		break;
	case FACT_MOVED:
		snprintf(room, size, "moved from %llx to %llx%s", fact->address, fact->until,
			 fact->vma.anonymous && !fact->vma.anon ?
			 ": never written, so its pgoff follows" : "");
		break;
	case FACT_CHANGED:
		say_changed(fact, reason, sizeof(reason));
		snprintf(room, size, "%llx-%llx %s%s", fact->address, fact->until, reason,
			 fact->why == WHY_CLOSED ? ": its userfaultfd was closed" : "");
		break;
	case FACT_REFUSED:
		say_refused(mm, fact, reason, sizeof(reason));
		snprintf(room, size, "refused: %s", reason);
		break;
	case FACT_FAULTED:
		say_faulted(mm, fact, room, size);
		break;
	case FACT_LEFT:
		snprintf(room, size, "stays: %llx-%llx of the segment, %s", fact->vma.start,
			 fact->vma.end, fact->why == WHY_SEALED ? "which is sealed (mseal)" :
			 "since it is not where shmat put it (mremap)");
		break;
	default:
		break;
	}
	return room;
}

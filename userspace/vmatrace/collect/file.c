// SPDX-License-Identifier: GPL-2.0-or-later
/* What file was mapped, what it allows, and what its driver makes of the VMA. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "space.h"

/* From <linux/magic.h>; glibc's headers and those do not go together everywhere. */
#define TMPFS 0x01021994
#define HUGETLBFS 0x958458f6

/* What a driver may set: only smaps tells. */
#define DRIVERS (VM_SPECIAL | VM_DONTDUMP | VM_HUGETLB | VM_OTHER)

void space_real(struct mm *real, const struct mm *mm)
{
	mm_init(real, mm->rules);
	real->start_brk = mm->start_brk;
	real->brk = mm->brk;
	real->start_stack = mm->start_stack;
}

/* Page cache of a file system that is on something, or of tmpfs, sets no flags. */
static bool is_plain(pid_t pid, int fd)
{
	struct statfs system;
	struct stat about;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	return !stat(path, &about) && S_ISREG(about.st_mode) && !statfs(path, &system) &&
	       (__u32)system.f_type != HUGETLBFS &&
	       (system.f_blocks || (__u32)system.f_type == TMPFS);
}

bool space_plain_by_name(const char *name)
{
	static const char *const plain[] = { "/memfd:", "/dev/shm/", "/dev/zero", "/SYSV" };
	static const char *const drivers[] = { "/dev/", "anon_inode:", "socket:",
					       "/anon_hugepage" };
	const char *colon = strchr(name, ':');

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (!strncmp(name, plain[i], strlen(plain[i])))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strncmp(name, drivers[i], strlen(drivers[i])))
			return false;
	/* Of no file system, such as a dma-buf: a kind, a colon, a name. */
	return !colon || memchr(name + 1, '/', (size_t)(colon - name));
}

static const struct vma *mapped_before(const struct mm *mm, const struct vma *file)
{
	for (size_t i = 0; i < mm->count; i++) {
		const struct vma *known = mm->vma[i];

		if (known->file && !known->close && known->inode == file->inode &&
		    known->major == file->major && known->minor == file->minor)
			return known;
	}
	return NULL;
}

static void learn_inode(struct space *space, const struct call *call, struct vma *file)
{
	__u64 start = (__u64)call->result;
	const struct vma *shown;
	struct mm real;

	space_real(&real, &space->mm);
	target_window(&space->target, &real, start, start + 1);
	shown = mm_find(&real, start);
	if (shown)
		*file = (struct vma){ .inode = shown->inode, .major = shown->major,
				      .minor = shown->minor, .name = shown->name };
	mm_free(&real);
}

void space_look_at_file(struct event *event)
{
	const struct call *call = &event->call;
	__u64 flags = call->args[3];
	int fd = (int)call->args[4];

	event->allows = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	event->plain = true;
	if (call->kind != CALL_MMAP || flags & MAP_ANONYMOUS)
		return;
	event->plain = is_plain(event->tid, fd);
	if ((flags & MAP_TYPE) != MAP_PRIVATE && !target_writable(event->tid, fd))
		event->allows &= ~VM_MAYWRITE;
}

void space_know_file(struct space *space, struct event *event)
{
	struct call *call = &event->call;
	const struct vma *known = mapped_before(&space->mm, &call->file);

	call->file.flags = event->allows;
	if (call->args[3] & MAP_ANONYMOUS)
		return;
	call->file.file = known ? known->file : space->mm.next_file++;
	if (known ? known->flags & DRIVERS : !event->plain)
		call->file.flags |= target_flags(&space->target, (__u64)call->result) & DRIVERS;
}

/* The smallest huge page that any machine has. */
#define SMALLEST_HUGE 65536

void space_know_segment(struct space *space, struct event *event, const struct range *shown)
{
	struct call *call = &event->call;
	__u64 length = shown->end - shown->start;

	/* Of huge pages, its size is rounded up to these. */
	if (page_up(&space->mm, call->args[1]) != length)
		call->args[1] = length;
	if (!(length & (SMALLEST_HUGE - 1)))
		call->file.flags |= target_flags(&space->target, shown->start) & DRIVERS;
}

/* What is where it may have been attached, if that is this segment. */
static void learn_segment(struct space *space, struct event *event)
{
	struct call *call = &event->call;
	const struct vma *shown;
	struct mm real;

	space_real(&real, &space->mm);
	target_window(&space->target, &real, (__u64)call->result, (__u64)call->result + 1);
	shown = mm_find(&real, (__u64)call->result);
	if (shown && vma_is_segment(shown) && shown->start == (__u64)call->result &&
	    shown->inode == (__u32)call->args[3]) {
		call->file = (struct vma){ .inode = shown->inode, .major = shown->major,
					   .minor = shown->minor, .name = shown->name };
		space_know_segment(space, event, &(struct range){ shown->start, shown->end });
	}
	mm_free(&real);
}

/* Its number is where its ring begins, which memory tells. */
static void learn_io_ring(struct space *space, struct event *event)
{
	struct call *call = &event->call;
	const struct vma *shown;
	struct mm real;
	__u64 at = 0;

	call->args[1] = 0;
	if (!target_memory(event->tid, call->args[2], &at, sizeof(at)) || !at ||
	    mm_find(&space->mm, at))
		return;
	space_real(&real, &space->mm);
	target_window(&space->target, &real, at, at + 1);
	shown = mm_find(&real, at);
	if (shown && shown->start == at) {
		call->args[0] = at;
		call->args[1] = shown->end - at;
		call->file = (struct vma){ .inode = shown->inode, .major = shown->major,
					   .minor = shown->minor, .name = shown->name };
	}
	mm_free(&real);
}

void space_learn_file(struct space *space, struct event *event)
{
	struct call *call = &event->call;
	__u64 flags = call->args[3];

	call->file = (struct vma){ 0 };
	if (call->kind == CALL_SHMAT && call->result > 0)
		learn_segment(space, event);
	if (call->kind == CALL_IO_SETUP && call->result >= 0)
		learn_io_ring(space, event);
	if (call->kind != CALL_MMAP || call->result < 0 ||
	    (flags & (MAP_ANONYMOUS | MAP_PRIVATE)) == (MAP_ANONYMOUS | MAP_PRIVATE))
		return;
	learn_inode(space, call, &call->file);
	space_know_file(space, event);
}

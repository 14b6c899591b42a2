// SPDX-License-Identifier: GPL-2.0-or-later
/* Let the model go first, look at the kernel's maps after it, believe the maps. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../model/merge.h"
#include "maps.h"
#include "space.h"

static bool is_faulted(void *data, const struct vma *vma)
{
	struct space *space = data;

	return target_faulted(&space->target, vma);
}

void event_free(struct event *event)
{
	mm_free(&event->before);
	mm_free(&event->after);
	facts_free(&event->facts);
}

static struct space *space_alloc(pid_t pid)
{
	struct space *space = calloc(1, sizeof(*space));
	static unsigned long numbers;

	if (!space)
		err(1, "no memory");
	space->number = numbers++;
	space->users = 1;
	target_init(&space->target, pid);
	return space;
}

static void space_own(struct space *space)
{
	space->mm.faulted = is_faulted;
	space->mm.blind = true;
	space->mm.data = space;
}

struct space *space_new(pid_t pid, const struct rules *rules)
{
	struct space *space = space_alloc(pid);

	mm_init(&space->mm, rules);
	space_own(space);
	space_load(space);
	return space;
}

struct space *space_fork(struct space *parent, pid_t pid)
{
	struct space *space = space_alloc(pid);

	model_fork(&space->mm, &parent->mm);
	space_own(space);
	space->most = space->mm.count;
	return space;
}

struct space *space_get(struct space *space)
{
	space->users++;
	return space;
}

void space_put(struct space *space)
{
	if (--space->users)
		return;
	target_close(&space->target);
	mm_free(&space->mm);
	free(space);
}

static void noted(struct space *space)
{
	if (space->mm.count > space->most)
		space->most = space->mm.count;
}

bool space_load(struct space *space)
{
	const struct rules *rules = space->mm.rules;
	bool read;

	target_close(&space->target);
	mm_free(&space->mm);
	mm_init(&space->mm, rules);
	space_own(space);
	target_limits(&space->target, &space->mm.limits);
	target_layout(&space->target, &space->mm);
	read = maps_read(space->target.pid, &space->mm, true) ||
	       maps_read(space->target.pid, &space->mm, false);
	/* The end of the heap is told by the first brk; until then by its VMA. */
	for (size_t i = 0; i < space->mm.count && space->mm.start_brk; i++) {
		const struct vma *vma = space->mm.vma[i];

		if (vma->anonymous && vma->start <= space->mm.start_brk &&
		    vma->end > space->mm.start_brk)
			space->mm.brk = vma->end;
	}
	if (!space->mm.brk)
		space->mm.brk = space->mm.start_brk;
	noted(space);
	return read;
}

/* What the model does not know it takes over; what it knew of the same VMA stays. */
static void resync(struct space *space)
{
	struct mm old = space->mm, new;

	mm_init(&new, old.rules);
	new.start_brk = old.start_brk;
	new.brk = old.brk;
	new.start_stack = old.start_stack;
	new.data_bytes = old.data_bytes;
	new.def_flags = old.def_flags;
	new.limits = old.limits;
	new.next_anon = old.next_anon;
	new.next_file = old.next_file;
	if (!maps_read(space->target.pid, &new, true)) {
		mm_free(&new);
		return;
	}
	for (size_t i = 0; i < new.count; i++) {
		const struct vma *known = mm_find(&old, new.vma[i]->start);

		if (!known || known->inode != new.vma[i]->inode ||
		    known->start != new.vma[i]->start)
			continue;
		new.vma[i]->file = known->file;
		new.vma[i]->pgoff = known->pgoff;
		new.vma[i]->anon_pgoff = known->anon_pgoff;
		new.vma[i]->policy = known->policy;
		new.vma[i]->uffd = known->uffd;
		if (known->anon) {
			new.vma[i]->anon = known->anon;
			new.vma[i]->chain = known->chain;
		}
	}
	mm_free(&space->mm);
	space->mm = new;
	space_own(space);
	noted(space);
}

/* The model between two addresses, against what is there. */
static bool as_shown(const struct mm *model, const struct mm *real, __u64 start, __u64 end)
{
	size_t i = mm_at(model, start), j = mm_at(real, start);

	for (;;) {
		const struct vma *one = i < model->count ? model->vma[i++] : NULL;
		const struct vma *other = j < real->count ? real->vma[j++] : NULL;

		if (one && one->start > end)
			one = NULL;
		if (other && other->start > end)
			other = NULL;
		if (!one && !other)
			return true;
		if (!one || !other || !vma_shown_same(model, one, real, other))
			return false;
	}
}

static void real_init(struct mm *real, const struct mm *mm)
{
	mm_init(real, mm->rules);
	real->start_brk = mm->start_brk;
	real->brk = mm->brk;
	real->start_stack = mm->start_stack;
}

static bool check_ranges(struct space *space, const struct range *range, int count)
{
	bool same = true;
	struct mm real;

	for (int i = 0; i < count && same; i++) {
		real_init(&real, &space->mm);
		same = target_window(&space->target, &real, range[i].start, range[i].end) &&
		       as_shown(&space->mm, &real, range[i].start, range[i].end);
		mm_free(&real);
	}
	return same;
}

bool space_check(struct space *space)
{
	struct range all = { 0, 1ULL << 63 };

	/* Other threads, or one that was killed inside of a call: they may still be at it. */
	int tries = space->doubtful || space->busy || space->users > 1 ? 5 : 0;

	space->doubtful = false;
	while (!check_ranges(space, &all, 1)) {
		resync(space);
		if (!tries--)
			return false;
	}
	return true;
}

/* A stack grows whenever it is used: no call says so. */
__u64 space_absorb(struct space *space)
{
	struct mm *mm = &space->mm;
	__u64 grown = 0;

	for (size_t i = 0; i < mm->count; i++) {
		struct vma *vma = mm->vma[i];
		const struct vma *shown;
		struct mm real;

		if (!(vma->flags & VM_GROWSDOWN))
			continue;
		real_init(&real, mm);
		if (target_window(&space->target, &real, vma->end - mm->page, vma->end)) {
			shown = mm_find(&real, vma->end - mm->page);
			if (shown && shown->start < vma->start && shown->end == vma->end) {
				__u64 pages = (vma->start - shown->start) / mm->page;

				vma->pgoff -= pages;
				vma->anon_pgoff -= pages;
				grown += vma->start - shown->start;
				vma->start = shown->start;
			}
		}
		mm_free(&real);
	}
	return grown;
}

/* From the first of all ranges to the last, and the VMA before and behind. */
static struct range hull(const struct mm *mm, const struct range *range, int count)
{
	struct range both = range[0];

	if (count == 2) {
		both.start = range[1].start < both.start ? range[1].start : both.start;
		both.end = range[1].end > both.end ? range[1].end : both.end;
	}
	window_widen(mm, &both.start, &both.end);
	return both;
}

/* Put VMAs back as they were. */
static void restore(struct mm *mm, const struct mm *before)
{
	__u64 start, end;
	struct vma *vma;

	if (!before->count)
		return;
	start = before->vma[0]->start;
	end = before->vma[before->count - 1]->end;
	while ((vma = mm_first(mm, start)) && vma->start < end)
		mm_remove(mm, vma);
	for (size_t i = 0; i < before->count; i++)
		mm_insert(mm, before->vma[i]);
}

static bool is_device(const char *name)
{
	return name && (!strncmp(name, "/dev/", 5) || !strncmp(name, "anon_inode:", 11) ||
			!strncmp(name, "socket:", 7)) && strncmp(name, "/dev/shm/", 9) &&
	       strncmp(name, "/dev/zero", 9);
}

/* What maps tells of the file that was just mapped. */
static void learn_file(struct space *space, struct event *event)
{
	struct call *call = &event->call;
	__u64 flags = call->args[3];
	const struct vma *shown, *known;
	struct mm real;

	if (call->kind != CALL_MMAP || call->result < 0 ||
	    (flags & (MAP_ANONYMOUS | MAP_PRIVATE)) == (MAP_ANONYMOUS | MAP_PRIVATE))
		return;
	real_init(&real, &space->mm);
	target_window(&space->target, &real, (__u64)call->result, (__u64)call->result + 1);
	shown = mm_find(&real, (__u64)call->result);
	if (shown) {
		call->file = *shown;
		call->file.flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
		call->file.file = 0;
	}
	mm_free(&real);
	if (flags & MAP_ANONYMOUS)
		return;
	for (size_t i = 0; i < space->mm.count && !call->file.file; i++) {
		known = space->mm.vma[i];
		if (known->file && known->inode == call->file.inode &&
		    known->major == call->file.major && known->minor == call->file.minor)
			call->file.file = known->file;
	}
	if (!call->file.file)
		call->file.file = space->mm.next_file++;
	if (flags & MAP_SHARED && !(flags & MAP_PRIVATE) &&
	    !target_writable(event->tid, (int)call->args[4]))
		call->file.flags &= ~VM_MAYWRITE;
	if (is_device(call->file.name))
		call->file.flags |= target_flags(&space->target, (__u64)call->result) &
				    (VM_SPECIAL | VM_DONTDUMP | VM_HUGETLB | VM_OTHER);
}

/* Done again as if the file had been opened once more. */
static bool retry_opened(struct space *space, struct event *event, const struct range *range,
			 int count)
{
	struct call *call = &event->call;

	if (call->kind != CALL_MMAP || !call->file.file || call->args[3] & MAP_ANONYMOUS)
		return false;
	restore(&space->mm, &event->before);
	call->file.file = space->mm.next_file++;
	facts_clear(&event->facts);
	model_apply(&space->mm, call, &event->facts);
	return check_ranges(space, range, count);
}

/* The reasons between neighbours, where the model did not see it coming. */
static void explain_shown(struct space *space, struct event *event)
{
	facts_clear(&event->facts);
	for (size_t i = 0; i + 1 < event->after.count; i++) {
		const struct vma *left = event->after.vma[i], *right = event->after.vma[i + 1];
		enum why why = why_two(&space->mm, left, right);
		struct fact *fact;

		if (why == WHY_GAP || why == WHY_NONE)
			continue;
		fact = facts_add(&event->facts, FACT_APART, why, right->start);
		fact->vma = *left;
		fact->other = *right;
	}
}

/*
 * Whether a VMA was written decides what it merges with, and with whom it shares an
 * anon_vma depends on who its neighbours were then: so look before they change.
 */
void space_foresee(struct space *space, const struct call *call)
{
	struct mm *mm = &space->mm;
	struct range range[2];
	size_t at, last;
	int count = call_ranges(mm, call, range);

	for (int i = 0; i < count; i++) {
		if (range[i].end == ~0ULL || !range[i].start)
			continue;
		at = mm_at(mm, range[i].start);
		last = mm_at(mm, range[i].end);
		for (at -= at > 0; at <= last && at < mm->count; at++)
			anon_known(mm, mm->vma[at]);
	}
}

/* Another thread's event came first, and the maps had this one in them already. */
static void forget_early(struct space *space, const struct call *call)
{
	struct facts none = { 0 };
	__u64 start = (__u64)call->result, end = start + call->args[1];

	if (call->kind == CALL_MMAP && call->result >= 0 && !(call->args[3] & MAP_FIXED) &&
	    mm_overlaps(&space->mm, start, end))
		model_munmap(&space->mm, start, call->args[1], &none);
	facts_free(&none);
}

void space_apply(struct space *space, struct event *event)
{
	struct call *call = &event->call;
	struct range range[2], window;
	int count;

	event->space = space;
	event->foreseen = true;
	/* A brk that is refused returns the old one. */
	if (call->result < 0 ||
	    (call->kind == CALL_BRK && (__u64)call->result != call->args[0]))
		target_limits(&space->target, &space->mm.limits);
	learn_file(space, event);
	count = call_ranges(&space->mm, call, range);
	if (!count) {
		mm_init(&event->before, space->mm.rules);
		mm_init(&event->after, space->mm.rules);
		model_apply(&space->mm, call, &event->facts);
		return;
	}
	forget_early(space, call);
	window = hull(&space->mm, range, count);
	window_copy(&event->before, &space->mm, window.start, window.end);
	model_apply(&space->mm, call, &event->facts);
	if (!check_ranges(space, range, count)) {
		event->grown = space_absorb(space);
		event->foreseen = check_ranges(space, range, count) ||
				  retry_opened(space, event, range, count);
		if (!event->foreseen)
			resync(space);
	}
	window_copy(&event->after, &space->mm, window.start, window.end);
	if (!event->foreseen && call->kind != CALL_OTHER)
		explain_shown(space, event);
	noted(space);
}

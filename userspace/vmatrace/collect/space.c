// SPDX-License-Identifier: GPL-2.0-or-later
/* An address space: the model of it, and reading it anew. */
#include <stdlib.h>
#include <time.h>

#include "../must.h"
#include "../newer.h"
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

	must(space);
	space->number = numbers++;
	space->users = 1;
	target_init(&space->target, pid);
	return space;
}

/* Faults are told. */
static bool told;

void space_told_of_faults(void)
{
	told = true;
}

void space_own(struct space *space)
{
	space->mm.faulted = told ? NULL : is_faulted;
	space->mm.blind = !told;
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

void space_inherit(struct space *space)
{
	int denies = prctl(PR_GET_MDWE, 0, 0, 0, 0);
	struct mm own = {
		.rules = space->mm.rules, .denies = denies > 0 ? (__u32)denies : 0,
		.merges = prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) > 0,
	};

	model_exec(&space->mm, &own);
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
	if (space->copy)
		space_put(space->copy);
	target_close(&space->target);
	mm_free(&space->mm);
	free(space);
}

void space_noted(struct space *space)
{
	if (space->mm.count > space->most)
		space->most = space->mm.count;
}

/* Below the stack, or below what is below it: that is where mmap begins to look. */
static __u64 highest_below_stack(const struct mm *mm)
{
	const struct vma *stack = mm_find(mm, mm->start_stack);
	const struct vma *below = stack ? mm_prev(mm, stack) : NULL;

	return below ? below->end : 0;
}

bool space_load(struct space *space)
{
	const struct rules *rules = space->mm.rules;
	bool read;

	target_close(&space->target);
	mm_free(&space->mm);
	mm_init(&space->mm, rules);
	space_own(space);
	target_hold(&space->target);
	target_limits(&space->target, &space->mm.limits);
	target_layout(&space->target, &space->mm);
	read = maps_read(space->target.pid, &space->mm, true) ||
	       maps_read(space->target.pid, &space->mm, false);
	/* The end of the heap is told by the first brk; until then by its VMAs. */
	space->mm.brk = space->mm.heap_end ? space->mm.heap_end : space->mm.start_brk;
	for (size_t i = 0; i < space->mm.count; i++)
		if (vma_is_segment(space->mm.vma[i]))
			space->mm.vma[i]->whole = target_segment(space->target.pid,
								 (int)space->mm.vma[i]->inode);
	space->top = highest_below_stack(&space->mm);
	space_noted(space);
	return read;
}

bool space_gone(struct space *space)
{
	return target_gone(&space->target);
}

void space_resync(struct space *space)
{
	struct mm old = space->mm, new;
	struct timespec now;

	mm_init(&new, old.rules);
	new.start_brk = old.start_brk;
	new.brk = old.brk;
	new.start_stack = old.start_stack;
	new.data_bytes = old.data_bytes;
	new.def_flags = old.def_flags;
	new.reads_execute = old.reads_execute;
	new.denies = old.denies;
	new.merges = old.merges;
	new.limits = old.limits;
	new.next_anon = old.next_anon;
	new.next_file = old.next_file;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!maps_read(space->target.pid, &new, true)) {
		mm_free(&new);
		return;
	}
	space->as_of = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	for (size_t i = 0; i < new.count; i++) {
		const struct vma *known = mm_find(&old, new.vma[i]->start);

		if (!known || known->inode != new.vma[i]->inode ||
		    known->start != new.vma[i]->start)
			continue;
		new.vma[i]->file = known->file;
		new.vma[i]->pgoff = known->pgoff;
		new.vma[i]->anon_pgoff = known->anon_pgoff;
		new.vma[i]->policy = known->policy;
		new.vma[i]->uffd = new.vma[i]->flags & VM_UFFD ? known->uffd : 0;
		new.vma[i]->whole = known->whole;
		if (known->anon) {
			new.vma[i]->anon = known->anon;
			new.vma[i]->chain = known->chain;
		}
	}
	mm_free(&space->mm);
	space->mm = new;
	space_own(space);
	space_noted(space);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Let the model go first, look at the kernel's maps after it, believe the maps. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "../model/merge.h"
#include "space.h"

/* Of what mmap, shmat or mremap maps. */
static __u64 length_of(const struct mm *mm, const struct call *call)
{
	return page_up(mm, call->args[call->kind == CALL_MREMAP ? 2 : 1]);
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

/**
 * struct attempt - a call that was applied to the model, and how to take that back
 * @range:  where it can change something
 * @window: these and the VMAs beside them
 * @facts:  how many there were before it
 * @was:    the address space before it, its VMAs aside
 */
struct attempt {
	struct range range[2], window;
	int count;
	size_t facts;
	struct mm was;
};

/* Apply a call, with the result that it has; returns what it should have been. */
static long apply(struct space *space, struct event *event, struct attempt *attempt)
{
	struct mm *mm = &space->mm;

	attempt->was = *mm;
	attempt->facts = event->facts.count;
	attempt->count = call_ranges(mm, &event->call, attempt->range);
	if (!attempt->count) {
		mm_init(&event->before, mm->rules);
		return model_apply(mm, &event->call, &event->facts);
	}
	attempt->window = hull(mm, attempt->range, attempt->count);
	window_copy(&event->before, mm, attempt->window.start, attempt->window.end);
	return model_apply(mm, &event->call, &event->facts);
}

/* What is registered with a userfaultfd may be no more, and be one with what is beside it. */
static bool is_watched(const struct mm *mm)
{
	for (size_t i = 0; i < mm->count; i++)
		if (mm->vma[i]->flags & VM_UFFD)
			return true;
	return false;
}

static bool shows(struct space *space, const struct event *event, const struct attempt *attempt)
{
	return space_shows(space, attempt->range, attempt->count) &&
	       (!is_watched(&event->before) || space_shows(space, &attempt->window, 1));
}

/* Put all back as it was. */
static void undo(struct space *space, struct event *event, const struct attempt *attempt)
{
	struct mm *mm = &space->mm;
	struct vma *vma;

	event->facts.count = attempt->facts;
	mm->start_brk = attempt->was.start_brk;
	mm->brk = attempt->was.brk;
	mm->def_flags = attempt->was.def_flags;
	mm->denies = attempt->was.denies;
	mm->merges = attempt->was.merges;
	if (!attempt->count)
		return;
	while ((vma = mm_first(mm, attempt->window.start)) && vma->start < attempt->window.end)
		mm_remove(mm, vma);
	for (size_t i = 0; i < event->before.count; i++)
		mm_insert(mm, event->before.vma[i]);
}

/* Done again as if the file had been opened once more; false: there is no file. */
static bool open_again(struct space *space, struct event *event, struct attempt *attempt)
{
	struct call *call = &event->call;

	if (call->kind != CALL_MMAP || !call->file.file || call->args[3] & MAP_ANONYMOUS)
		return false;
	undo(space, event, attempt);
	call->file.file = space->mm.next_file++;
	model_apply(&space->mm, call, &event->facts);
	return true;
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

static void look_near(struct mm *mm, __u64 start, __u64 end)
{
	size_t at = mm_at(mm, start), last = mm_at(mm, end);

	for (at -= at > 0; at <= last && at < mm->count; at++)
		anon_known(mm, mm->vma[at]);
}

/*
 * Whether a VMA was written decides what it merges with, and with whom it shares an
 * anon_vma depends on who its neighbours were then: so look before they change.
 */
void space_foresee(struct space *space, struct event *event)
{
	struct range range[2];
	int count = call_ranges(&space->mm, &event->call, range);

	space_look_at_file(event);
	for (int i = 0; i < count; i++)
		if (range[i].end != ~0ULL && range[i].start)
			look_near(&space->mm, range[i].start, range[i].end);
}

void space_foresee_places(struct space *space, struct event *event)
{
	const struct call *call = &event->call;
	__u64 place[MOST_PLACES];
	int count = model_places(&space->mm, call, space->top, place);

	if (call->kind == CALL_MMAP || call->kind == CALL_MREMAP)
		for (int i = 0; i < count; i++)
			look_near(&space->mm, place[i], place[i] + length_of(&space->mm, call));
}

/* Another thread's event came first, and the maps had this one in them already. */
static void forget_early(struct space *space, const struct call *call)
{
	struct facts none = { 0 };
	__u64 start = (__u64)call->result, end = start + call->args[1];

	bool anywhere = (call->kind == CALL_MMAP && !(call->args[3] & MAP_FIXED)) ||
			(call->kind == CALL_SHMAT && !call->args[0]);

	if (anywhere && call->result >= 0 &&
	    mm_overlaps(&space->mm, start, end))
		model_munmap(&space->mm, start, call->args[1], &none);
	facts_free(&none);
}

/* Apply a call with what may explain a difference; true: it is as the kernel shows it. */
static bool foresee(struct space *space, struct event *event, struct attempt *attempt)
{
	apply(space, event, attempt);
	if (shows(space, event, attempt))
		return true;
	event->grown += space_absorb(space);
	if (shows(space, event, attempt) ||
	    (open_again(space, event, attempt) && shows(space, event, attempt)))
		return true;
	/* Something else may have changed before it. */
	undo(space, event, attempt);
	space_unregister(space, &event->facts);
	mm_free(&event->before);
	apply(space, event, attempt);
	return shows(space, event, attempt);
}

static void finish(struct space *space, struct event *event, const struct attempt *attempt)
{
	if (!event->foreseen)
		space_resync(space);
	if (attempt->count)
		window_copy(&event->after, &space->mm, attempt->window.start, attempt->window.end);
	else
		mm_init(&event->after, space->mm.rules);
	if (!event->foreseen && event->call.kind != CALL_OTHER)
		explain_shown(space, event);
	space_noted(space);
}

/* What was not written before the call may have been since: nobody looks again. */
static void look_no_more(struct mm *mm)
{
	mm->blind = false;
	mm->faulted = NULL;
}

void space_apply(struct space *space, struct event *event)
{
	struct call *call = &event->call;
	struct attempt attempt;

	event->space = space;
	/* A brk that is refused returns the old one. */
	if (call->result < 0 ||
	    (call->kind == CALL_BRK && (__u64)call->result != call->args[0]))
		target_limits(&space->target, &space->mm.limits);
	space_learn_file(space, event);
	forget_early(space, call);
	/* Of those it was not known where they would be. */
	if (call->kind != CALL_MMAP && call->kind != CALL_MREMAP)
		look_no_more(&space->mm);
	event->foreseen = foresee(space, event, &attempt);
	space_own(space);
	finish(space, event, &attempt);
}

/* With one result that it may have had; if it did not, all is as before. */
static bool try_result(struct space *space, struct event *event, __u64 result)
{
	struct call *call = &event->call;
	struct attempt attempt;

	call->result = (long)result;
	space_learn_file(space, event);
	call->result = apply(space, event, &attempt);
	if (!shows(space, event, &attempt) &&
	    !(open_again(space, event, &attempt) && shows(space, event, &attempt))) {
		undo(space, event, &attempt);
		mm_free(&event->before);
		return false;
	}
	finish(space, event, &attempt);
	if (!call_shows(call))
		call->result = RESULT_UNKNOWN;
	return true;
}

/* Is that what the call may have mapped? */
static bool may_be(const struct call *call, const struct vma *vma, __u64 length, __u64 wanted)
{
	if (call->kind != CALL_SHMAT)
		return length == wanted;
	return vma_is_segment(vma) && vma->inode == (__u32)call->args[3] &&
	       length == vma->end - vma->start;
}

/* What is mapped, is as long as this, and is not known yet; 0: nothing. */
static __u64 appeared(struct space *space, const struct call *call, __u64 length)
{
	__u64 found = 0, from, end;
	struct mm real;

	space_real(&real, &space->mm);
	target_window(&space->target, &real, 0, 1ULL << 63);
	for (size_t i = 0; i < real.count && !found; i++) {
		const struct vma *vma = real.vma[i], *known;

		for (from = vma->start; from < vma->end && !found; from = known->end) {
			known = mm_first(&space->mm, from);
			end = known && known->start < vma->end ? known->start : vma->end;
			if (end > from && may_be(call, vma, end - from, length))
				found = from;
			if (!known)
				break;
		}
	}
	mm_free(&real);
	return found;
}

static bool try_places(struct space *space, struct event *event)
{
	__u64 place[MOST_PLACES];
	int count = model_places(&space->mm, &event->call, space->top, place);
	struct mm *mm = &space->mm;
	bool found = false;

	look_no_more(mm);
	for (int i = 0; i < count && !found; i++)
		found = try_result(space, event, place[i]);
	space_own(space);
	return found;
}

/* Where nobody would have thought that it is. */
static bool try_appeared(struct space *space, struct event *event)
{
	const struct call *call = &event->call;
	__u64 length = length_of(&space->mm, call), found;

	if (call->kind != CALL_MMAP && call->kind != CALL_MREMAP && call->kind != CALL_SHMAT)
		return false;
	found = appeared(space, call, length);
	if (!found || !try_result(space, event, found))
		return false;
	if (space->top < found + length)
		space->top = found + length;
	return true;
}

/* All is as it was before: it was refused; otherwise the maps are believed. */
static void settle(struct space *space, struct event *event)
{
	struct call *call = &event->call;
	struct attempt attempt = { .was = space->mm };

	call->result = call->kind == CALL_BRK ? (long)space->mm.brk : RESULT_UNKNOWN;
	attempt.count = call_ranges(&space->mm, call, attempt.range);
	attempt.window = hull(&space->mm, attempt.range, attempt.count);
	window_copy(&event->before, &space->mm, attempt.window.start, attempt.window.end);
	/* It might have been put anywhere. */
	event->foreseen = space_shows(space, &(struct range){ 0, 1ULL << 63 }, 1);
	if (event->foreseen && call->kind != CALL_OTHER)
		refuse(&event->facts, WHY_KERNEL, call->args[0], 0);
	finish(space, event, &attempt);
}

bool space_derive(struct space *space, struct event *event, bool last)
{
	event->space = space;
	event->foreseen = true;
	if (try_places(space, event))
		return true;
	event->grown += space_absorb(space);
	target_limits(&space->target, &space->mm.limits);
	if (last)
		space_unregister(space, &event->facts);
	if (try_places(space, event) || try_appeared(space, event))
		return true;
	if (last && !space_gone(space)) {
		settle(space, event);
		return true;
	}
	return false;
}

void space_assume(struct space *space, struct event *event)
{
	__u64 place[MOST_PLACES];
	struct attempt attempt;

	event->space = space;
	event->foreseen = true;
	model_places(&space->mm, &event->call, space->top, place);
	event->call.result = (long)place[0];
	event->call.result = apply(space, event, &attempt);
	finish(space, event, &attempt);
}

/* Is there a VMA from here to there? */
static bool has(const struct mm *mm, const struct range *vma)
{
	const struct vma *found = mm_find(mm, vma->start);

	return found && found->start == vma->start && found->end == vma->end;
}

void space_believe(struct space *space, struct event *event, const struct range *told)
{
	struct call *call = &event->call;
	struct attempt attempt;

	event->space = space;
	event->foreseen = apply(space, event, &attempt) == call->result;
	/* A limit may have come since. */
	if (!event->foreseen) {
		undo(space, event, &attempt);
		mm_free(&event->before);
		target_limits(&space->target, &space->mm.limits);
		event->foreseen = apply(space, event, &attempt) == call->result;
	}
	/* Only the maps tell what it did. */
	if (call->kind == CALL_OTHER)
		event->foreseen = false;
	/* What was merged is told by how long it is. */
	if (event->foreseen && told && !has(&space->mm, told))
		event->foreseen = open_again(space, event, &attempt) && has(&space->mm, told);
	finish(space, event, &attempt);
}

void space_fault(struct space *space, struct event *event, const struct fault *fault, int number)
{
	struct call *call = &event->call;
	struct attempt attempt;

	event->space = space;
	if (number) {
		event->grown += space_absorb(space);
		target_limits(&space->target, &space->mm.limits);
	}
	call->result = apply(space, event, &attempt);
	/* What VMAs do not tell. */
	if (number && !call->result)
		call->result = refuse(&event->facts, number == SIGBUS ? WHY_BUS : WHY_GUARD,
				      fault->address, -EFAULT);
	event->foreseen = number || !call->result;
	if (!number && !call->result)
		model_fault_reasons(&space->mm, fault, &event->facts);
	finish(space, event, &attempt);
}

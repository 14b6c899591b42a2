// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The model alone, on what was recorded of programs on several kernels: of each call it says
 * again what the maps have shown there, for the same reasons. usage: trace FILE...
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../model/diff.h"
#include "../model/explain.h"
#include "../record/record.h"

static size_t calls;

static bool same_facts(const struct facts *one, const struct facts *other)
{
	if (one->count != other->count)
		return false;
	for (size_t i = 0; i < one->count; i++)
		if (one->fact[i].kind != other->fact[i].kind ||
		    one->fact[i].why != other->fact[i].why ||
		    one->fact[i].address != other->fact[i].address)
			return false;
	return true;
}

static bool same_vmas(const struct mm *mm, const struct mm *window)
{
	for (size_t i = 0; i < window->count; i++) {
		const struct vma *vma = mm_find(mm, window->vma[i]->start);

		if (!vma || !vma_shown_same(mm, vma, window, window->vma[i]))
			return false;
	}
	return true;
}

static bool on_event(void *data, struct event *event)
{
	struct facts facts = { 0 };
	struct mm mm;
	long result;

	(void)data;
	mm_copy(&mm, &event->space->mm);
	window_replace(&mm, &event->after, &event->before);
	mm.brk = event->before.brk;
	result = model_apply(&mm, &event->call, &facts);
	if (result != event->call.result || !same_facts(&facts, &event->facts) ||
	    !same_vmas(&mm, &event->after))
		fail_msg("%s(%s) = %#lx, the model says %#lx", event->name, event->text,
			 event->call.result, result);
	calls++;
	facts_free(&facts);
	mm_free(&mm);
	return true;
}

static bool on_note(void *data, pid_t pid, const char *text)
{
	(void)data;
	(void)pid;
	(void)text;
	return true;
}

static void model_says_what_was_recorded(void **state)
{
	struct sink sink = { .event = on_event, .note = on_note };
	struct collection collection = { .sink = &sink };
	struct recording recording = { 0 };

	assert_true(record_replay(*state, &collection, &recording));
	assert_in_range(calls, 20, 10000);
	calls = 0;
	record_free(&recording);
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++) {
		const struct CMUnitTest test = {
			.name = argv[i], .test_func = model_says_what_was_recorded,
			.initial_state = argv[i],
		};

		failed += _cmocka_run_group_tests("recorded", &test, 1, NULL, NULL);
	}
	return failed;
}

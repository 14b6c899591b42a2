// SPDX-License-Identifier: GPL-2.0-or-later
/* Where no call's end is seen: at the next one the maps tell what the one before it did. */
#include <unistd.h>

#include "collector.h"

/* So often, so many microseconds apart, is it looked whether another thread's call is done. */
#define LOOKS 200
#define APART 500
/* So many times as long if it has had no more than a tick of a CPU: others may have them all. */
#define PATIENCE 100

/* Has it got as far as the end of its call? Nobody tells; but who has not run has not. */
static bool has_run(const struct thread *thread, unsigned long before)
{
	unsigned long ticks;

	return !thread_ready(thread->tid, &ticks) || ticks - before > 1;
}

/* Another thread's call is not done yet, as it seems: look again, from time to time. */
static void wait_done(struct space *space, const struct thread *caller, struct event *event)
{
	int patience = PATIENCE, looks = LOOKS;
	unsigned long before = 0;

	thread_ready(caller->tid, &before);
	do {
		if (space_gone(space)) {
			space_assume(space, event);
			return;
		}
		usleep(APART);
		looks--;
		if (!looks && patience-- && !has_run(caller, before))
			looks = LOOKS;
	} while (!space_derive(space, event, !looks));
}

void collector_settle(struct collection *collection, struct space *space,
		      const struct thread *now)
{
	struct thread *caller = space->caller;
	struct event *event;

	if (!caller)
		return;
	event = &caller->event;
	if (!space_derive(space, event, caller == now))
		wait_done(space, caller, event);
	event->seconds = -1;
	caller->syscall = NULL;
	space->busy--;
	space->caller = NULL;
	collector_event(collection, event);
	event_free(event);
}

void collector_leave_to_next(struct thread *thread)
{
	space_foresee_places(thread->space, &thread->event);
	thread->space->caller = thread;
}

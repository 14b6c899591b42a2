// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads that race */
#include <stdlib.h>
#include <time.h>

#include "race.h"

#define RUN_MS		150
#define MORE_MS		20000	/* on a slow machine */
#define TURNS		3	/* of each racer, at least */
#define ROUNDS		6	/* of a duel */
#define SCALES		25	/* of the delays in a duel: up to 2^24 turns of a loop */

enum { WAITING, RUNNING, OVER };

static unsigned long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ul + t.tv_nsec / 1000000;
}

static unsigned long run_ms(void)
{
	const char *ms = getenv("VMADEV_RACE_MS");

	return ms ? strtoul(ms, NULL, 10) : RUN_MS;
}

static void *race_thread(void *arg)
{
	struct racer *me = arg;

	while (me->race->state == WAITING)
		sched_yield();
	while (me->race->state == RUNNING) {
		const char *wrong = me->step(me->arg, me->turns++), *none = NULL;

		if (wrong)
			atomic_compare_exchange_strong(&me->race->wrong, &none, wrong);
		if (me->turns >= TURNS)
			me->had_enough = true;
	}
	return NULL;
}

void race_add(struct race *r, race_step step, void *arg)
{
	struct racer *racer = &r->racers[r->nr++];

	racer->race = r;
	racer->step = step;
	racer->arg = arg;
}

static bool all_had_enough(const struct race *r)
{
	for (int i = 0; i < r->nr; i++)
		if (!r->racers[i].had_enough)
			return false;
	return true;
}

const char *race_run(struct race *r)
{
	unsigned long end, last;
	int started = 0;

	/* All are there before the first begins: none finds its stack where another unmaps. */
	while (started < r->nr && !pthread_create(&r->racers[started].thread, NULL, race_thread,
						  &r->racers[started]))
		started++;
	end = now_ms() + run_ms();
	last = end + MORE_MS;
	r->state = started == r->nr ? RUNNING : OVER;
	while (started == r->nr && !r->wrong) {
		unsigned long now = now_ms();

		if (now >= last || (now >= end && all_had_enough(r)))
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	r->state = OVER;
	for (int i = 0; i < started; i++)
		pthread_join(r->racers[i].thread, NULL);
	if (r->wrong)
		return r->wrong;
	if (started < r->nr)
		return "no thread is to be had";
	return all_had_enough(r) ? NULL : "a racer had hardly a turn";
}

unsigned long race_turns(const struct race *r, race_step step)
{
	unsigned long turns = 0;

	for (int i = 0; i < r->nr; i++)
		if (r->racers[i].step == step)
			turns += r->racers[i].turns;
	return turns;
}

static void spin(unsigned int turns)
{
	for (volatile unsigned int i = 0; i < turns; i++)
		;
}

/* Not long: the other one is about to come. */
static void await(atomic_uint *what, unsigned int value)
{
	for (unsigned int i = 1; *what != value; i++)
		if (i % 1000 == 0)
			sched_yield();
}

/* This thread on the @nr'th CPU of those it may use, if there is one. */
static void stay_on(const cpu_set_t *cpus, int nr)
{
	cpu_set_t one;

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, cpus) || nr--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static void *duel_thread(void *arg)
{
	struct duel *d = arg;

	stay_on(&d->cpus, 1);
	for (;;) {
		unsigned int round;

		sem_wait(&d->called);
		round = d->round;
		if (!round)
			return NULL;
		d->there = round;
		await(&d->met, round);
		spin(d->delay[1]);
		d->other(d->arg);
		d->done = round;
	}
}

int duel_begin(struct duel *d, void (*other)(void *arg), void *arg)
{
	*d = (struct duel){ .other = other, .arg = arg };
	d->end = now_ms() + run_ms();
	d->last = d->end + MORE_MS;
	sem_init(&d->called, 0, 0);
	sched_getaffinity(0, sizeof(d->cpus), &d->cpus);
	stay_on(&d->cpus, 0);
	return pthread_create(&d->thread, NULL, duel_thread, d);
}

bool duel_goes_on(struct duel *d, bool enough)
{
	unsigned long now = now_ms();

	d->overtime = now >= d->end && d->round >= ROUNDS;
	return now < d->last && !(d->overtime && enough);
}

/* One of the two comes late, by a time of any scale; in overtime it has to be seen. */
void duel_meet(struct duel *d, void (*one)(void *arg))
{
	unsigned int scale = d->overtime ? SCALES - 1 : random() % SCALES;
	bool who = random() & 1;

	d->round++;
	d->delay[who] = random() & ((1u << scale) - 1);
	d->delay[!who] = 0;
	sem_post(&d->called);
	await(&d->there, d->round);
	d->met = d->round;
	spin(d->delay[0]);
	one(d->arg);
	await(&d->done, d->round);
}

void duel_end(struct duel *d)
{
	d->round = 0;
	sem_post(&d->called);
	pthread_join(d->thread, NULL);
	sem_destroy(&d->called);
	sched_setaffinity(0, sizeof(d->cpus), &d->cpus);
}

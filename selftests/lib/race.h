/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens at the same time. In a race some threads go round and round, each
 * with a step of its own; in a duel two threads meet, over and over, to do one
 * thing each, a little earlier or later than the other.
 *
 * Both last as long as the environment's VMADEV_RACE_MS says; on a slow machine
 * longer, until there was something to see.
 */
#ifndef RACE_H
#define RACE_H

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

#define RACE_THREADS	8

/* One turn. NULL: all is right; else what is not. */
typedef const char *(*race_step)(void *arg, unsigned long turn);

struct race {
	atomic_int state;
	int nr;
	struct racer {
		struct race *race;
		race_step step;
		void *arg;
		pthread_t thread;
		unsigned long turns;
		atomic_bool had_enough;
	} racers[RACE_THREADS];
	const char *_Atomic wrong;
};

void race_add(struct race *r, race_step step, void *arg);
/* Until time is up or something is wrong: NULL, or what was. */
const char *race_run(struct race *r);
/* How many turns @step had, in all threads. */
unsigned long race_turns(const struct race *r, race_step step);

#define EXPECT_RACE(r) do {			\
	const char *wrong_ = race_run(r);	\
						\
	EXPECT_EQ(NULL, wrong_) {		\
		TH_LOG("%s", wrong_);		\
	}					\
} while (0)

struct duel {
	void (*other)(void *arg);
	void *arg;
	pthread_t thread;
	unsigned long end, last;	/* clock */
	cpu_set_t cpus;
	sem_t called;
	unsigned int round;		/* 0: it is over */
	bool overtime;			/* there was not enough to see yet */
	unsigned int delay[2];
	atomic_uint there, met, done;	/* in which round */
};

/* Start a thread that will do @other. 0, or an errno. */
int duel_begin(struct duel *d, void (*other)(void *arg), void *arg);
/* Another round? For a while, and for a while longer until there is @enough to see. */
bool duel_goes_on(struct duel *d, bool enough);
/* The caller does @one, the other thread does @other; both are done on return. */
void duel_meet(struct duel *d, void (*one)(void *arg));
void duel_end(struct duel *d);

/* Who came first how many times: a duel that one side always wins is none. */
#define EXPECT_BOTH_FIRST(first, one, other) do {			\
	TH_LOG(one " was first %d times, " other " %d times",		\
	       (first)[0], (first)[1]);					\
	EXPECT_LT(0, (first)[0]);					\
	EXPECT_LT(0, (first)[1]);					\
} while (0)

#endif

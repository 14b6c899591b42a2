// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock that costs are read from, and whether it counts what it claims. In a
 * guest under QEMU's "-icount shift=0" a nanosecond is an instruction.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vmabench.h"

#define ROUNDS	 100000	/* of the loop that the clock is tried on: shorter than a tick */
#define TRIES	 20	/* one of the kernel's timer may come all the same */
#define MOST_OFF 0.001

static enum clock_kind kind;
static int counter = -1;

static uint64_t nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_now(void)
{
	uint64_t value;

	if (kind != CLOCK_CYCLES)
		return nanoseconds();
	if (read(counter, &value, sizeof(value)) != sizeof(value))
		die("the cycle counter cannot be read: %s", strerror(errno));
	return value;
}

const char *clock_unit(void)
{
	return kind == CLOCK_INSTRUCTIONS ? "instructions" :
	       kind == CLOCK_CYCLES ? "cycles" : "nanoseconds";
}

bool clock_repeats(void)
{
	return kind == CLOCK_INSTRUCTIONS;
}

/* Exactly two instructions a round. */
static void spin(uint64_t rounds)
{
#if defined(__x86_64__)
	asm volatile("1:	sub $1, %0\n	jnz 1b" : "+r" (rounds) : : "cc");
#elif defined(__aarch64__)
	asm volatile("1:	subs %0, %0, #1\n	b.ne 1b" : "+r" (rounds) : : "cc");
#else
	die("no loop of known instructions for this machine");
#endif
}

static uint64_t spun(uint64_t rounds)
{
	uint64_t begin = clock_now();

	spin(rounds);
	return clock_now() - begin;
}

/* How far a round of the loop is from two nanoseconds, as a part, at best. */
static double off_by(void)
{
	double least = 1e9;

	for (int i = 0; i < TRIES; i++) {
		/* What surrounds the loop is in both. */
		double more = (double)spun(2 * ROUNDS) - (double)spun(ROUNDS);
		double off = more / (2.0 * ROUNDS) - 1;

		if (off < 0)
			off = -off;
		if (off < least)
			least = off;
	}
	return least;
}

static bool open_cycles(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.inherit = 1,
		.exclude_hv = 1,
	};
	uint64_t value;

	counter = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	return counter >= 0 && read(counter, &value, sizeof(value)) == sizeof(value);
}

/* Cycles are spent by work, and not by sleep. */
static bool counts_cycles(void)
{
	const struct timespec nap = { .tv_nsec = 10000000 };
	uint64_t begin, asleep;

	begin = clock_now();
	nanosleep(&nap, NULL);
	asleep = clock_now() - begin;
	return spun(10 * ROUNDS) > ROUNDS && spun(10 * ROUNDS) > 2 * asleep;
}

void clock_check(void)
{
	double off = kind == CLOCK_INSTRUCTIONS ? off_by() : 0;

	if (off > MOST_OFF)
		die("the clock counts no instructions: it is off by %.2f %%; "
		    "they are counted by 'make bench'", 100 * off);
	if (kind == CLOCK_CYCLES && !counts_cycles())
		die("the clock counts no cycles: try --clock nanoseconds");
}

/* Sets the clock, or ends the program: one that claims more than it does is of no use. */
void clock_choose(enum clock_kind wanted)
{
	kind = wanted;
	if (kind == CLOCK_AUTO)
		kind = open_cycles() ? CLOCK_CYCLES : CLOCK_NANOSECONDS;
	else if (kind == CLOCK_CYCLES && !open_cycles())
		die("no cycle counter: %s; try --clock nanoseconds", strerror(errno));
	/* What the kernel still has to do after it booted. */
	if (kind == CLOCK_INSTRUCTIONS)
		sleep(2);
	clock_check();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measure one case on one peer, in a process of its own: nothing of it is left for
 * the next. The first pass warms up; of the others the median counts. The kernel's
 * caches and its timer are still wherever they were left: where three passes of
 * instructions are all that counts, a short one goes on until that makes no difference,
 * or until what surrounds it has taken long enough.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmabench.h"

#define LONG_PASSES 1
/* Instructions: four ticks of the kernel's timer at 250 Hz. */
#define LEAST_SPENT 16000000
#define MOST_TAKEN  (16 * LEAST_SPENT)

/* Of the process that measures. */
static struct result *measured;
static int report = -1;

static void __noreturn hand_over(void)
{
	if (measured->bench->finish)
		measured->bench->finish();
	_exit(write(report, measured, sizeof(*measured)) != sizeof(*measured));
}

void give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(measured->why, sizeof(measured->why), format, args);
	va_end(args);
	hand_over();
}

void run_need(const struct run *run, bool done, const char *call)
{
	if (!done)
		give_up("%s of %zu bytes: %s", call, run->bytes, strerror(errno));
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *sorted, unsigned int n, double part)
{
	double place = part * (n - 1);
	unsigned int below = (unsigned int)place;

	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
}

/* Whether MAP_POPULATE finds pages: behind bare PFNs there are none. */
static void need_pages(struct run *run)
{
	struct vmadev_info info;

	run_need(run, !vmadev_info(run->fd, &info, sizeof(info)), "INFO");
	if (!(info.strategies_private & VMADEV_STRATEGY_BIT(run->peer->strategy)))
		give_up("MAP_POPULATE does nothing for %s",
			vmadev_strategy_name(run->peer->strategy));
}

static void prepare(struct run *run)
{
	if (!run->bench->unmade) {
		run->fd = run_make(run);
		if (run->peer->fill)
			run_need(run, !run->peer->fill(run->fd, run->bytes), "fill");
	}
	if (run->peer->group == PEER_POPULATE)
		need_pages(run);
	if (run->bench->prepare)
		run->bench->prepare(run);
}

/* What it costs, a unit. */
static double one_pass(struct run *run, uint64_t *units)
{
	const bool again = clock_repeats() && !run->bench->is_long && !run->bench->counted;
	const uint64_t begin = clock_now();

	run->spent = 0;
	*units = 0;
	do {
		*units += run->bench->run(run);
	} while (again && run->spent < LEAST_SPENT && clock_now() - begin < MOST_TAKEN);
	return (double)run->spent / (double)*units;
}

static void __noreturn measure_here(void)
{
	const unsigned int passes = measured->passes;
	struct bench_case bench = *measured->bench;
	struct run run = {
		.bench = &bench,
		.peer = measured->peer,
		.fd = -1,
		.page = (size_t)sysconf(_SC_PAGESIZE),
	};
	double *costs = calloc(passes, sizeof(*costs));

	if (!costs)
		give_up("no memory");
	pause_shortens(&bench);
	run.bytes = (run.bench->bytes + run.page - 1) / run.page * run.page;
	prepare(&run);
	for (unsigned int i = 0; i <= passes; i++) {
		uint64_t units;
		double cost;

		if (i == passes)
			pause_for("the last pass");
		cost = one_pass(&run, &units);
		if (i == passes)
			pause_for("%llu units", (unsigned long long)units);
		if (i)
			costs[i - 1] = cost;
	}
	qsort(costs, passes, sizeof(*costs), by_value);
	measured->cost = quantile(costs, passes, 0.5);
	if (measured->cost > 0)
		measured->spread = (quantile(costs, passes, 0.75) -
				    quantile(costs, passes, 0.25)) / measured->cost;
	hand_over();
}

void measure(struct result *result)
{
	int pipes[2], status;
	pid_t pid;

	if (result->bench->is_long && result->passes > LONG_PASSES)
		result->passes = LONG_PASSES;
	if (pipe2(pipes, 0))
		die("no pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("no process: %s", strerror(errno));
	if (!pid) {
		/* What it starts itself ends with it. */
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pipes[0]);
		report = pipes[1];
		measured = result;
		measure_here();
	}
	close(pipes[1]);
	if (read(pipes[0], result, sizeof(*result)) != sizeof(*result))
		snprintf(result->why, sizeof(result->why), "the process ended early");
	close(pipes[0]);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		snprintf(result->why, sizeof(result->why), "killed: %s",
			 strsignal(WTERMSIG(status)));
	kill(-pid, SIGKILL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "probe.h"

#define LEAST 0.5		/* pages a round that are a leak, if it is so steadily */

enum {
	SAMPLES = 4,
	ROUNDS = 1000,		/* in all samples together */
	SAMPLE_MS = 150,	/* ... or so long a sample */
	SETTLE_US = 20000,	/* what is freed after a grace period */
	FORK = 1,		/* a round is a fork */
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static long sum_of(const char *path, const char *format, long unit)
{
	FILE *file = fopen(path, "re");
	long sum = 0, value;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &value) == 1)
			sum += value * unit;
	if (file)
		fclose(file);
	return sum;
}

/* Bytes. Free pages on the lists of each CPU are in no other figure. */
static double memory_left(void)
{
	usleep(SETTLE_US);
	return (double)sum_of("/proc/meminfo", "MemAvailable: %ld", 1024) +
	       (double)sum_of("/proc/zoneinfo", " count: %ld", (long)page_size());
}

static void touch(const struct audit *audit, char *at)
{
	const struct subject *subject = audit->subject;
	int byte = vt_read(at);

	vt_read(at + subject->length - 1);
	if (byte >= 0 && (subject->prot & PROT_WRITE))
		vt_write(at, byte);
}

static void once(struct audit *audit, const struct subject *subject)
{
	char *at = map_as(subject, subject->fd, subject->prot, subject->flags);
	pid_t pid;

	if (at == MAP_FAILED)
		not_asked(audit, "mmap after many rounds: %s", strerror(errno));
	touch(audit, at);
	if (audit->probe->value == FORK) {
		pid = fork();
		if (pid < 0)
			not_asked(audit, "fork after many rounds: %s", strerror(errno));
		if (!pid) {
			touch(audit, at);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	munmap(at, subject->length);
}

/* Pages lost a round. */
static double sample(struct audit *audit, const struct subject *subject, long *rounds)
{
	double before = memory_left();
	long long end = now_ms() + SAMPLE_MS;
	long done = 0;

	while (done < ROUNDS / SAMPLES && (done < 8 || now_ms() < end)) {
		once(audit, subject);
		done++;
	}
	*rounds += done;
	return (before - memory_left()) / (double)page_size() / (double)done;
}

struct measured {
	double least, most;	/* pages lost a round */
	double noise;		/* the same of rounds without a driver: what others took */
	long rounds;
};

static bool is_leak(const struct measured *measured)
{
	return measured->least > LEAST && measured->least > 4 * measured->noise &&
	       measured->most < 4 * measured->least;
}

static struct measured measure(struct audit *audit)
{
	const struct subject nothing = {
		.fd = -1, .length = audit->subject->length, .prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS,
	};
	struct measured measured = { .least = 1e9, .most = -1e9 };
	long others = 0;

	for (int i = 0; i < SAMPLES; i++) {
		double lost;

		step(audit, "sample %d", i);
		lost = sample(audit, audit->subject, &measured.rounds);
		measured.least = lost < measured.least ? lost : measured.least;
		measured.most = lost > measured.most ? lost : measured.most;
		lost = sample(audit, &nothing, &others);
		lost = lost < 0 ? -lost : lost;
		measured.noise = lost > measured.noise ? lost : measured.noise;
	}
	return measured;
}

static void run(struct audit *audit)
{
	struct measured measured;

	for (int i = 0; i < 8; i++)
		once(audit, audit->subject);
	measured = measure(audit);
	if (is_leak(&measured))		/* once may be chance */
		measured = measure(audit);
	if (is_leak(&measured))
		defect(audit, "in %ld rounds at least %.2f pages were lost a round, twice; without "
		       "a driver %.2f", measured.rounds, measured.least, measured.noise);
	if (measured.least > LEAST)
		note(audit, "%ld rounds: %.2f to %.2f pages lost a round, without a driver up to "
		     "%.2f: others take memory, too", measured.rounds, measured.least,
		     measured.most, measured.noise);
	works(audit, "%ld rounds: %.2f to %.2f pages lost a round, without a driver up to %.2f",
	      measured.rounds, measured.least, measured.most, measured.noise);
}

#define LEAK(word, how, question) {						\
	.name = word,								\
	.asks = question,							\
	.rule = "what a mapping took is given back when the last of it is gone",	\
	.change = "give back in ->close what ->mmap and ->open took; count both",	\
	.why = "who may map can take all memory of the machine, a page at a time",	\
	.needs = NEEDS_MEMORY,							\
	.value = (how),								\
	.run = run,								\
}

const struct probe probe_leak = LEAK("leak", 0, "is memory lost by mapping and unmapping it?");
const struct probe probe_leak_fork = LEAK("leak-fork", FORK, "is memory lost by children?");

// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/syscall.h>
#include <time.h>

#include "probe.h"

#define LEAST 0.5		/* pages a round that are a leak, if it is so steadily */

enum {
	SAMPLES = 4,
	ROUNDS = 250,		/* of a sample */
	SAMPLE_MS = 120,	/* ... or so long */
	SETTLE_US = 10000,
	RCU = 1,		/* MEMBARRIER_CMD_GLOBAL: what waits for a grace period is freed */
	COPIES = 16,		/* mappings that a child copies at once */
	MAP = 0, FORK = 1,	/* what a round is */
};

/* What is mapped and unmapped, or copied by fork. */
struct rounds {
	const struct subject *subject;
	char *at[COPIES];
	long count;		/* of @at; 0: a round maps by itself */
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
	syscall(SYS_membarrier, RCU, 0, 0);
	usleep(SETTLE_US);
	return (double)sum_of("/proc/meminfo", "MemAvailable: %ld", 1024) +
	       (double)sum_of("/proc/zoneinfo", " count: %ld", (long)page_size());
}

static void touch(const struct subject *subject, char *at)
{
	int byte = vt_read(at);

	vt_read(at + subject->length - 1);
	if (byte >= 0 && (subject->prot & PROT_WRITE))
		vt_write(at, byte);
}

/* How many mappings were made and went. */
static long once(struct audit *audit, const struct rounds *rounds)
{
	pid_t pid;

	if (!rounds->count) {
		const struct subject *subject = rounds->subject;
		char *at = map_as(subject, subject->fd, subject->prot, subject->flags);

		if (at == MAP_FAILED)
			not_asked(audit, "mmap after many: %s", strerror(errno));
		touch(subject, at);
		munmap(at, subject->length);
		return 1;
	}
	pid = fork();
	if (pid < 0)
		not_asked(audit, "fork after many: %s", strerror(errno));
	if (!pid) {
		for (long i = 0; i < rounds->count; i++)
			touch(rounds->subject, rounds->at[i]);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	return rounds->count;
}

/* A child copies all that is mapped: so it is there for its own sample only. */
static void begin(struct audit *audit, struct rounds *rounds)
{
	const struct subject *subject = rounds->subject;
	const long most = audit->probe->value != FORK ? 0 :
			  audit->subject->traits & TRAIT_ONCE ? 1 : COPIES;

	for (rounds->count = 0; rounds->count < most; rounds->count++) {
		char *at = map_as(subject, subject->fd, subject->prot, subject->flags);

		if (at == MAP_FAILED && !rounds->count)
			not_asked(audit, "mmap: %s", strerror(errno));
		if (at == MAP_FAILED)
			break;
		touch(subject, at);
		rounds->at[rounds->count] = at;
	}
	for (int i = 0; i < 4; i++)
		once(audit, rounds);
}

static void finish(const struct rounds *rounds)
{
	for (long i = 0; i < rounds->count; i++)
		munmap(rounds->at[i], rounds->subject->length);
}

/* Pages lost a mapping. */
static double sample(struct audit *audit, struct rounds *rounds, long *mappings)
{
	long done = 0;
	long long end;
	double left;

	begin(audit, rounds);
	left = memory_left();
	end = now_ms() + SAMPLE_MS;
	for (int i = 0; i < ROUNDS && (i < 4 || now_ms() < end); i++)
		done += once(audit, rounds);
	left -= memory_left();
	finish(rounds);
	*mappings += done;
	return left / (double)page_size() / (double)done;
}

struct measured {
	double least, most;	/* pages lost a mapping */
	double noise;		/* the same without a driver: what others took */
	long mappings;
};

static bool is_leak(const struct measured *measured)
{
	return measured->least > LEAST && measured->least > 4 * measured->noise &&
	       measured->most < 4 * measured->least;
}

/* Other programs take memory, too: in turns with memory without a driver. */
static struct measured measure(struct audit *audit, struct rounds *asked, struct rounds *nothing)
{
	struct measured measured = { .least = 1e9, .most = -1e9 };
	long others = 0;

	for (int i = 0; i < SAMPLES; i++) {
		double lost;

		step(audit, "sample %d", i);
		lost = sample(audit, asked, &measured.mappings);
		measured.least = lost < measured.least ? lost : measured.least;
		measured.most = lost > measured.most ? lost : measured.most;
		lost = sample(audit, nothing, &others);
		lost = lost < 0 ? -lost : lost;
		measured.noise = lost > measured.noise ? lost : measured.noise;
	}
	return measured;
}

static void run(struct audit *audit)
{
	const struct subject none = {
		.fd = -1, .length = 16 * page_size(), .prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS,
	};
	struct rounds asked = { .subject = audit->subject }, nothing = { .subject = &none };
	struct measured measured;

	measured = measure(audit, &asked, &nothing);
	if (is_leak(&measured))		/* once may be chance */
		measured = measure(audit, &asked, &nothing);
	if (is_leak(&measured))
		defect(audit, "of %ld mappings each lost %.2f to %.2f pages; without a driver %.2f",
		       measured.mappings, measured.least, measured.most, measured.noise);
	if (measured.least > LEAST)
		note(audit, "of %ld mappings each lost %.2f to %.2f pages, without a driver up to "
		     "%.2f: others take memory, too", measured.mappings, measured.least,
		     measured.most, measured.noise);
	works(audit, "of %ld mappings each lost %.2f to %.2f pages, without a driver up to %.2f",
	      measured.mappings, measured.least, measured.most, measured.noise);
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

const struct probe probe_leak = LEAK("leak", MAP, "is memory lost by mapping and unmapping it?");
const struct probe probe_leak_fork = LEAK("leak-fork", FORK, "is memory lost by children?");

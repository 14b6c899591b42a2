// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmadev-fuzz: random sequences of operations on /dev/vmadev by several
 * processes, and a model that knows what each of them should give.
 */
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cover.h"
#include "run.h"

#define CORPUS 256	/* sequences that reached something new */

/* When to end, in seconds and sequences. */
struct limits {
	long time, settle;
	unsigned long count;
};

static struct seq corpus[CORPUS];
static unsigned int kept;
static long last_new;	/* when something new was reached, in seconds from the start */

static void usage(void)
{
	printf("usage: vmadev-fuzz [--seed N] [--time SECONDS] [--settle SECONDS]\n"
	       "                   [--count SEQUENCES]\n"
	       "       vmadev-fuzz --replay FILE\n"
	       "\n"
	       "Runs until the time is up (60 s), so many sequences are done, nothing new was\n"
	       "reached for as long as --settle says, or a sequence fails: other results or bytes\n"
	       "than the model's, or a complaint of the kernel's. That is made short and printed.\n"
	       "The same seed and count do the same again: the digest tells. --replay runs a\n"
	       "printed one. Each operation is in the kernel log before it is done, for kernels\n"
	       "that do not live to tell.\n"
	       "Wants the module loaded with size=64K. Exit status 0, or 1 if one failed.\n");
}

static long seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static unsigned long operations(void)
{
	unsigned long n = 0;

	for (int i = 0; i < NR_OPS; i++)
		n += counts.done[i] + counts.refused[i];
	return n;
}

static int report_failure(struct seq *seq, struct verdict *v)
{
	printf("# failed: operation %u of %u: %s\n", v->at + 1, seq->len, v->why);
	seq_print(seq, "# was: ");
	run_shrink(seq, v);
	printf("# shrunk to %u: operation %u: %s\n", seq->len, v->at + 1, v->why);
	seq_print(seq, "");
	return 1;
}

static void report(unsigned long long seed, long took, bool guided)
{
	for (int i = 0; i < NR_OPS; i++)
		printf("# op %-10s %8lu done %8lu refused\n", op_kinds[i].name, counts.done[i],
		       counts.refused[i]);
	printf("# corpus seed=%llu guided=%s seconds=%ld ", seed, guided ? "yes" : "no", took);
	printf("sequences=%lu operations=%lu ", counts.sequences, operations());
	printf("places=%u edges=%u kept=%u ", cover_places(), cover_edges(), kept);
	printf("last_new=%ld ", last_new);
	printf("digest=%016llx\n", counts.digest);
}

/* Of what reached something new, half of the time a variation. */
static void next(struct rng *r, struct seq *seq, struct verdict *v)
{
	static struct seq random;

	if (kept && rng_below(r, 2)) {
		*seq = corpus[rng_below(r, kept)];
		gen_mutate(r, seq, &corpus[rng_below(r, kept)]);
		run_seq(seq, v);
		return;
	}
	run_random(r, &random, v);
	*seq = random;
}

static int fuzz(unsigned long long seed, const struct limits *limits)
{
	bool guided = cover_init();
	long begin = seconds(), now = 0, told = 0;
	struct verdict v = { .failed = false };
	struct rng r;
	struct seq seq;

	if (limits->settle < limits->time && !guided) {
		printf("# --settle wants a kernel with KCOV, to see what is new\n");
		return 2;
	}
	rng_seed(&r, seed);
	while (!v.failed && now < limits->time && now - last_new < limits->settle &&
	       counts.sequences < limits->count) {
		unsigned int edges = cover_edges();

		next(&r, &seq, &v);
		now = seconds() - begin;
		if (cover_edges() > edges) {
			last_new = now;
			if (seq.len)
				corpus[kept < CORPUS ? kept++ : rng_below(&r, CORPUS)] = seq;
		}
		if (now - told >= 10) {
			told = now;
			printf("# %ld s: %lu sequences, %lu operations, ", now, counts.sequences,
			       operations());
			printf("%u edges, the last at %ld s\n", cover_edges(), last_new);
		}
	}
	report(seed, now, guided);
	return v.failed ? report_failure(&seq, &v) : 0;
}

static int replay(const char *path)
{
	FILE *f = fopen(path, "re");
	struct verdict v;
	struct seq seq;

	if (!f || seq_parse(&seq, f)) {
		printf("# cannot read %s\n", path);
		return 2;
	}
	fclose(f);
	cover_init();
	run_seq(&seq, &v);
	if (v.failed)
		return report_failure(&seq, &v);
	printf("# %u operations, all as they should be\n", seq.len);
	return 0;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' }, { "time", required_argument, NULL, 't' },
		{ "settle", required_argument, NULL, 'n' },
		{ "count", required_argument, NULL, 'c' },
		{ "replay", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	unsigned long long seed = 1;
	struct limits limits = { .time = 60, .settle = LONG_MAX, .count = ULONG_MAX };
	const char *path = NULL, *why;
	int c;

	while ((c = getopt_long(argc, argv, "s:t:n:c:r:h", options, NULL)) != -1) {
		switch (c) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 't':
			limits.time = atol(optarg);
			break;
		case 'n':
			limits.settle = atol(optarg);
			break;
		case 'c':
			limits.count = strtoul(optarg, NULL, 0);
			break;
		case 'r':
			path = optarg;
			break;
		case 'h':
			usage();
			exit(0);
		default:
			usage();
			return 2;
		}
	}
	why = run_init();
	if (why) {
		printf("# %s\n", why);
		return 2;
	}
	return path ? replay(path) : fuzz(seed, &limits);
}

int main(int argc, char **argv)
{
	int status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..1\n");
	status = run(argc, argv);
	printf("%sok 1 fuzz.model_and_device_agree\n", status ? "not " : "");
	return status;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <time.h>

#include "run.h"

/* What shrinking makes less of: operations first, then processes and numbers. */
static unsigned long weight(const struct seq *seq)
{
	unsigned long sum = 0;

	for (unsigned int i = 0; i < seq->len; i++) {
		sum += seq->op[i].proc;
		for (int arg = 0; arg < ARGS; arg++)
			sum += seq->op[i].arg[arg];
	}
	return sum + ((unsigned long)seq->len << 22);
}

/* Take @tried if it still fails, and running it has not made it what it was. */
static bool take(struct seq *seq, struct verdict *v, struct seq *tried)
{
	static time_t told;
	struct verdict verdict;

	/* Who watches a guest takes silence for death. */
	if (time(NULL) - told >= 5) {
		told = time(NULL);
		printf("# shrinking: %u operations\n", seq->len);
	}
	if (v->stuck)
		return false;
	run_seq(tried, &verdict);
	if (!verdict.failed || weight(tried) >= weight(seq))
		return false;
	*seq = *tried;
	*v = verdict;
	return true;
}

static bool without(struct seq *seq, struct verdict *v, unsigned int at, unsigned int n)
{
	struct seq tried = *seq;

	if (at + n > seq->len || n == seq->len)
		return false;
	memmove(&tried.op[at], &tried.op[at + n], (tried.len - at - n) * sizeof(tried.op[0]));
	tried.len -= n;
	return take(seq, v, &tried);
}

/* What came after the failure has no part in it. */
static void cut_tail(struct seq *seq, struct verdict *v)
{
	struct seq tried = *seq;

	if (v->at + 1 >= seq->len)
		return;
	tried.len = v->at + 1;
	take(seq, v, &tried);
}

static bool with(struct seq *seq, struct verdict *v, unsigned int i, unsigned int arg,
		 unsigned int value)
{
	struct seq tried = *seq;

	tried.op[i].arg[arg] = value;
	return take(seq, v, &tried);
}

/* A smaller number says more: the smallest that will do, found by halves. */
static bool plainer(struct seq *seq, struct verdict *v, unsigned int i, unsigned int arg)
{
	unsigned int was = seq->op[i].arg[arg], high = was, low = 0;

	if (!was)
		return false;
	if (with(seq, v, i, arg, 0))
		return true;
	while (high - low > 1 && i < seq->len) {
		unsigned int middle = low + (high - low) / 2;

		if (with(seq, v, i, arg, middle))
			high = middle;
		else
			low = middle;
	}
	return high != was;
}

/* Let process 0 do what another did, which need not be forked then. */
static bool fewer_processes(struct seq *seq, struct verdict *v, unsigned int proc)
{
	struct seq tried = *seq;
	bool any = false;

	tried.len = 0;
	for (unsigned int i = 0; i < seq->len; i++) {
		struct op op = seq->op[i];

		if (op.code == OP_FORK && op.arg[0] == proc)
			continue;
		any |= op.proc == proc;
		op.proc = op.proc == proc ? 0 : op.proc;
		tried.op[tried.len++] = op;
	}
	return any && take(seq, v, &tried);
}

void run_shrink(struct seq *seq, struct verdict *v)
{
	bool smaller = true;

	cut_tail(seq, v);
	for (unsigned int n = seq->len / 2; n; n /= 2)
		for (unsigned int at = 0; at + n <= seq->len;)
			if (!without(seq, v, at, n))
				at += n;
	while (smaller) {
		smaller = false;
		for (unsigned int proc = 1; proc < PROCS; proc++)
			smaller |= fewer_processes(seq, v, proc);
		for (unsigned int i = 0; i < seq->len; i++)
			smaller |= without(seq, v, i, 1);
		for (unsigned int i = 0; i < seq->len; i++)
			for (unsigned int arg = 0; arg < ARGS && i < seq->len; arg++)
				smaller |= plainer(seq, v, i, arg);
	}
}

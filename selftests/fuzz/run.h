/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run sequences against the device and the model. */
#ifndef RUN_H
#define RUN_H

#include "gen.h"

/* Where a run went wrong. */
struct verdict {
	bool failed;
	bool stuck;		/* a process does not end: nothing more can be run */
	unsigned int at;	/* operation, or the length: after all of them */
	char why[200];
};

struct counts {
	unsigned long sequences;
	unsigned long done[NR_OPS], refused[NR_OPS];
	unsigned long long digest;	/* of all operations and results, in order */
};

extern struct counts counts;

/* What is the same for all sequences; NULL or why nothing can be run. */
const char *run_init(void);
/* Run @seq, operations that cannot be done left out of it. */
void run_seq(struct seq *seq, struct verdict *v);
/* Run operations as they are made up, into @seq. */
void run_random(struct rng *r, struct seq *seq, struct verdict *v);
/* Make a sequence that fails as short and plain as it can be. */
void run_shrink(struct seq *seq, struct verdict *v);

#endif /* RUN_H */

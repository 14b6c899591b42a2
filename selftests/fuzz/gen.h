/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random operations and sequences; the same seed gives the same. */
#ifndef GEN_H
#define GEN_H

#include <stdint.h>

#include "model.h"

struct rng {
	uint64_t state;
};

void rng_seed(struct rng *r, uint64_t seed);
/* 0 to @below - 1 */
unsigned int rng_below(struct rng *r, unsigned int below);

/* An operation that mostly makes sense as things are in @m. */
void gen_op(struct rng *r, const struct model *m, struct op *op);
/* Change @seq here and there; what is put in is made without a model. */
void gen_mutate(struct rng *r, struct seq *seq, const struct seq *other);

#endif /* GEN_H */

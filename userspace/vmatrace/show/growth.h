/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number of VMAs over time, and when it will have reached its limit. */
#ifndef VMATRACE_GROWTH_H
#define VMATRACE_GROWTH_H

#include <linux/types.h>
#include <stddef.h>
#include <stdio.h>

#define MOST_SAMPLES 512

/**
 * struct growth - what it was, at moments that are further apart the longer it lasts
 * @step: seconds between two of them at least
 */
struct growth {
	struct sample {
		double time;
		size_t vmas;
	} sample[MOST_SAMPLES];
	size_t count, most;
	double step;
	struct sample last;
};

void growth_add(struct growth *growth, double time, size_t vmas);
/* growth_rate - VMAs a second, in the later half of the time */
double growth_rate(const struct growth *growth);
/* growth_print - a line: how many, of how many, a curve, and what is to be expected */
void growth_print(FILE *out, const struct growth *growth, __u64 limit);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the module was reached: KCOV, where the kernel has it. */
#ifndef COVER_H
#define COVER_H

#include <stdbool.h>

/* Once, before any process is started; false: this kernel has none of it. */
bool cover_init(void);
/* In each process that works. */
void cover_open(void);
/* Around what is of interest. */
void cover_begin(void);
void cover_end(void);

/* How many places, and how many ways from one to the next, by any process so far. */
unsigned int cover_places(void);
unsigned int cover_edges(void);

#endif /* COVER_H */

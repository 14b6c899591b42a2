/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run one system call again and again, until none of its sites is left to fail. */
#ifndef SWEEP_H
#define SWEEP_H

#include <stdbool.h>

/**
 * struct sweep_op - an operation
 * @name:   shown in the report
 * @before: what it needs, or NULL; 0 if that is there
 * @run:    the one system call; its result, or -errno
 * @check:  look at what @run did, or NULL; 0 if it is right for @result
 * @undo:   bring back what was before, or NULL; 0 if that could be done
 * @errnos: that a failure may have, up to a 0
 */
struct sweep_op {
	const char *name;
	int (*before)(void);
	long (*run)(void);
	int (*check)(long result);
	int (*undo)(void);
	int errnos[4];
};

/*
 * Sweep @op, over the sites below the module's functions and, unless @module_only,
 * over all of the kernel's; where the kernel cannot tell, these only. Print a line
 * a sweep
 *
 *	# sites OP.LABEL of WHOSE: N: RESULT...
 *
 * and what was wrong. Returns how much was.
 */
int sweep(const struct sweep_op *op, const char *label, bool module_only);

#endif /* SWEEP_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Let the nth allocation or user copy of one system call fail. */
#ifndef FAILNTH_H
#define FAILNTH_H

#include <stdbool.h>

/* Why to skip where failnth_sites() cannot tell stacks apart. */
#define FAILNTH_NO_STACKS "no stack filter of faults on this kernel"

/* Why it cannot be done here, or NULL. */
const char *failnth_setup(void);

/*
 * What counts as a site: kmalloc and user copies, and with @pages allocations
 * of pages. Those made below @symbol count (a module's name: below any function
 * of it), or all if it is NULL. False: this kernel does not look at the stack.
 */
bool failnth_sites(bool pages, const char *symbol);

/* The next @n - 1 sites of this thread go well, then one fails. */
void failnth_arm(int n);
/* Did it come to that? */
bool failnth_disarm(void);

/*
 * From here on this thread gets no pages in runs of 1 << @order and more, at the
 * sites that count. Off again before anything else wants memory.
 */
bool failnth_starve(bool on, int order);

#endif /* FAILNTH_H */

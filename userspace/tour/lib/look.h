/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look at a live process, layout-probe, and the picture of it. */
#ifndef TOUR_LOOK_H
#define TOUR_LOOK_H

#include <stdbool.h>

#include "maps.h"

/* What the probe sends: the address of one thing of each kind. */
enum place { TEXT, DATA, BSS, HEAP, FIRST, SECOND, LIBC, STACK, VDSO, PLACES };

struct look {
	unsigned long long place[PLACES];
	struct maps maps;
};

/*
 * Start a probe, the program @name beside this one, with personality @flags,
 * and look at it. 0, or -EPERM: the personality is refused; -ENOENT: there is
 * no such program; -ENOEXEC: the kernel cannot run it.
 */
int look_at(struct look *look, const char *name, unsigned long flags);
/* Draw one, or two side by side. */
void look_draw(const char *title, const struct look *look, const char *right_title,
	       const struct look *right);

#endif

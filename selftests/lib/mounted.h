/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A vmadev that is mounted for a test, at a place of its own. */
#ifndef MOUNTED_H
#define MOUNTED_H

#include "ledger.h"

/**
 * struct mounted - the mount
 * @dir: its path
 * @at:  a descriptor of its root
 */
struct mounted {
	struct ledger before, after;
	char dir[32];
	int at;
};

/* Mount it. NULL: it is; else what could not be done, and errno. */
const char *mounted_begin(struct mounted *m, const char *options);
/* What is mounted there is another now. 0 or -1. */
int mounted_anew(struct mounted *m, unsigned long flags, const char *options);
/* Unmount it; whatever a test left there, nothing is left then. NULL, or what is. */
const char *mounted_end(struct mounted *m);

#endif /* MOUNTED_H */

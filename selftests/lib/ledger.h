/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be as it was after something failed. */
#ifndef LEDGER_H
#define LEDGER_H

#include <stddef.h>

struct ledger {
	size_t used;
	char text[48 << 10];
};

/*
 * Write down the list of regions with their handles and VMAs, this process's
 * mappings and how many files it has open. -1 if that does not fit.
 */
int ledger_take(struct ledger *l);
/* The first line of @after that differs, or NULL; valid until @after changes. */
const char *ledger_differs(const struct ledger *before, struct ledger *after);
/* 0 if what the cap leaves after the regions of the list can be had, all of it. */
int ledger_room(void);

#endif /* LEDGER_H */

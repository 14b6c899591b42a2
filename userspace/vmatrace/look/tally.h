/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many VMAs of which name. */
#ifndef VMATRACE_TALLY_H
#define VMATRACE_TALLY_H

#include "../model/vma.h"

/**
 * struct tally - of one name, in two address spaces or moments
 * @name: of the file, or what it is and its rights if it is of none
 */
struct tally {
	const char *name;
	long vmas[2];
	__s64 bytes[2];
};

struct tallies {
	struct tally *tally;
	size_t count;
};

/* tallies_make - @before may be NULL; those that differ most, or are most, come first */
void tallies_make(struct tallies *tallies, const struct mm *before, const struct mm *after);
void tallies_free(struct tallies *tallies);
/* tally_differs - is it not the same in both? */
bool tally_differs(const struct tally *tally);
/* tallies_print - a table of the first so many of them, with what is different if there are two */
void tallies_print(const struct tallies *tallies, size_t most, bool two);

#endif

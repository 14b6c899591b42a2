// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of what a call did. */
#include <stdlib.h>
#include <string.h>

#include "../must.h"
#include "fact.h"

void facts_clear(struct facts *facts)
{
	facts->count = 0;
}

void facts_free(struct facts *facts)
{
	free(facts->fact);
	memset(facts, 0, sizeof(*facts));
}

struct fact *facts_add(struct facts *facts, enum fact_kind kind, enum why why, __u64 address)
{
	struct fact *fact;

	if (facts->count == facts->room) {
		facts->room = facts->room ? 2 * facts->room : 16;
		facts->fact = must(reallocarray(facts->fact, facts->room, sizeof(*facts->fact)));
	}
	fact = &facts->fact[facts->count++];
	*fact = (struct fact){ .kind = kind, .why = why, .address = address };
	return fact;
}

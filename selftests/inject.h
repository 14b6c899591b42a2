/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of faults by script share. */
#ifndef INJECT_H
#define INJECT_H

#include "mapping.h"

#define BAD		4	/* the page that most rules are on */

/* Rules on faults are for mappings that the module serves. */
static inline bool can_inject(const mapping_kind *k)
{
	return k->backing == VMADEV_BACKING_PAGES || k->backing == VMADEV_BACKING_CONTIG;
}

/* A region whose pages hold their pattern, mapped; if its faults are for rules. */
#define MAP_OR_RETURN(map) do {			\
	map = map_filled(self, variant);	\
	ASSERT_NE(MAP_FAILED, map);		\
	if (!can_inject(variant))		\
		return;				\
} while (0)

static inline struct vmadev_rule rule_at(const mapping *m, int page, __u32 accesses, __u32 action)
{
	return (struct vmadev_rule) {
		.offset = page * m->page,
		.length = m->page,
		.accesses = accesses,
		.action = action,
	};
}

static inline __u64 hits(const mapping *m)
{
	struct vmadev_rule rule;

	return vt_rule(m->fd, 0, &rule) ? ~0ull : rule.hits;
}

static inline __u64 seen(const mapping *m)
{
	struct vmadev_rule rule;

	return vt_rule(m->fd, 0, &rule) ? ~0ull : rule.seen;
}

#define ON_PROGRAM	(VMADEV_ON_READ | VMADEV_ON_WRITE)

#endif /* INJECT_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/* What rules of a region make of accesses and calls. */
#include <errno.h>

#include "model.h"

unsigned int object_rule(const struct object *object, unsigned int kinds, unsigned long off,
			 unsigned long len)
{
	for (unsigned int i = 0; i < object->rules; i++)
		if (kinds & 1u << object->rule[i].kind && off + len > object->rule[i].from &&
		    (!object->rule[i].to || off < object->rule[i].to))
			return object->rule[i].kind;
	return 0;
}

/* What only takes longer is served then. */
bool object_is_bad(const struct object *object, unsigned int pgoff)
{
	const unsigned int kinds = 1u << RULE_SIGBUS | 1u << RULE_RETRY | 1u << RULE_DELAY;

	return object_rule(object, kinds, (unsigned long)pgoff * page_bytes, page_bytes) ==
	       RULE_SIGBUS;
}

long call_moves(const struct object *region, unsigned int kind, unsigned long off, long n)
{
	unsigned int kinds = 1u << kind | 1u << RULE_SHORT;
	unsigned int rule = n > 0 ? object_rule(region, kinds, off, n) : 0;

	if (rule == RULE_SHORT)
		return n > RULE_LESS ? n - RULE_LESS : 1;
	return !rule ? n : rule == RULE_READ ? -EIO : -EINTR;
}

long rules_expect(const struct handle *handle, const unsigned int *a)
{
	struct object *region = handle->region;
	bool faults = a[3] >= RULE_SIGBUS && a[3] <= RULE_DELAY;
	bool seen = region->backing == VMADEV_BACKING_PAGES ||
		    region->backing == VMADEV_BACKING_CONTIG;

	if (!handle->writer)
		return -EBADF;
	if (a[3] == RULE_WRONG)
		return -EINVAL;
	if (faults && !seen)
		return -EOPNOTSUPP;
	if (a[3] != RULE_CLEAR && a[4] && region->rules == VMADEV_RULES_MAX)
		return -ENOSPC;
	if (a[3] == RULE_CLEAR || !a[4])
		region->rules = 0;
	if (a[3] == RULE_CLEAR)
		return 0;
	region->rule[region->rules].kind = a[3];
	region->rule[region->rules].from = (unsigned long)a[1] * page_bytes;
	region->rule[region->rules].to = a[2] ? (unsigned long)(a[1] + a[2]) * page_bytes : 0;
	region->rules++;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Rules by themselves: which are right, what they are on, and when they hit. Pure.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include "inject_match.h"

/* What an action goes with; a @most of 0: it has no value. */
static const struct {
	u32 accesses;
	u64 most;
} actions[] = {
	[VMADEV_ACTION_SIGBUS]	= { VMADEV_ON_FAULTS },
	[VMADEV_ACTION_MCEERR]	= { VMADEV_ON_FAULTS },
	[VMADEV_ACTION_DELAY]	= { VMADEV_ON_FAULTS | VMADEV_ON_CALLS, VMADEV_DELAY_MAX },
	[VMADEV_ACTION_RETRY]	= { VMADEV_ON_FAULTS, VMADEV_RETRIES_MAX },
	[VMADEV_ACTION_OOM]	= { VMADEV_ON_FAULTS },
	[VMADEV_ACTION_ERRNO]	= { VMADEV_ON_CALLS, ENOSPC },
	[VMADEV_ACTION_SHORT]	= { VMADEV_ON_READ_CALL | VMADEV_ON_WRITE_CALL, U64_MAX },
	[VMADEV_ACTION_CORRUPT]	= { VMADEV_ON_FAULTS, VMADEV_BITS_MAX },
};

static bool is_errno(u64 value)
{
	return value == EIO || value == ENOMEM || value == ENOSPC || value == EINTR;
}

static bool action_is_right(const struct vmadev_rule *rule)
{
	if (!rule->action || rule->action >= ARRAY_SIZE(actions))
		return false;
	if (rule->accesses & ~actions[rule->action].accesses)
		return false;
	if (!rule->value != !actions[rule->action].most ||
	    rule->value > actions[rule->action].most)
		return false;
	switch (rule->action) {
	case VMADEV_ACTION_ERRNO:
		return is_errno(rule->value);
	case VMADEV_ACTION_OOM:
		/* A program's access would be made for ever. */
		return rule->times && rule->times <= VMADEV_RETRIES_MAX;
	case VMADEV_ACTION_DELAY:
		/* mmap(2) has its lock, whatever is asked. */
		return !(rule->accesses & VMADEV_ON_MMAP) || rule->flags & VMADEV_RULE_HELD;
	default:
		return true;
	}
}

static bool range_is_right(const struct vmadev_rule *rule)
{
	u64 end;

	if (check_add_overflow(rule->offset, rule->length, &end))
		return false;
	return !(rule->accesses & VMADEV_ON_FAULTS) || PAGE_ALIGNED(rule->offset | rule->length);
}

static bool flags_are_right(const struct vmadev_rule *rule)
{
	u32 accesses = VMADEV_ON_FAULTS | VMADEV_ON_MMAP;

	if (rule->flags & ~(VMADEV_RULE_REARM | VMADEV_RULE_HELD))
		return false;
	if (rule->flags & VMADEV_RULE_REARM && !(rule->accesses & VMADEV_ON_FAULTS))
		return false;
	return !(rule->flags & VMADEV_RULE_HELD) ||
	       (rule->action == VMADEV_ACTION_DELAY && rule->accesses & accesses);
}

/**
 * vmadev_rule_check() - is a rule as uapi/vmadev.h says?
 * @rule: as a caller made it
 *
 * Return: 0 or -EINVAL.
 */
int vmadev_rule_check(const struct vmadev_rule *rule)
{
	if (!rule->accesses || rule->accesses & ~(VMADEV_ON_FAULTS | VMADEV_ON_CALLS))
		return -EINVAL;
	if (rule->whose > VMADEV_WHOSE_UID || rule->reserved)
		return -EINVAL;
	if (rule->whose <= VMADEV_WHOSE_ANY && rule->id)
		return -EINVAL;
	if (rule->odds > rule->chances || !rule->odds != !rule->chances)
		return -EINVAL;
	if (!range_is_right(rule) || !flags_are_right(rule) || !action_is_right(rule))
		return -EINVAL;
	return 0;
}

/**
 * vmadev_rule_covers() - has a rule's range something of these bytes?
 * @rule:  that is right
 * @pos:   the first of them
 * @bytes: how many; pos + bytes does not overflow
 */
bool vmadev_rule_covers(const struct vmadev_rule *rule, u64 pos, u64 bytes)
{
	return pos + bytes > rule->offset &&
	       (!rule->length || pos < rule->offset + rule->length);
}

/* splitmix64, which Vigna gave to all: any state will do, and each has its own next one. */
static u64 next_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Is it this match's turn? */
static bool is_due(const struct vmadev_rule *rule)
{
	u64 since = rule->seen, rest;

	if (rule->nth && !rule->interval)
		return rule->seen == rule->nth;
	if (rule->seen < rule->nth)
		return false;
	if (!rule->interval)
		return true;
	if (rule->nth)
		since -= rule->nth;
	div64_u64_rem(since, rule->interval, &rest);
	return !rest;
}

/**
 * vmadev_rule_draw() - count a match; does it hit?
 * @rule:   its counters are the caller's to guard
 * @random: of the rule: its seed at first
 */
bool vmadev_rule_draw(struct vmadev_rule *rule, u64 *random)
{
	rule->seen++;
	if (!is_due(rule) || (rule->times && rule->hits >= rule->times))
		return false;
	if (rule->chances &&
	    (next_random(random) >> 32) * rule->chances >> 32 >= rule->odds)
		return false;
	rule->hits++;
	return true;
}

/**
 * vmadev_rule_bit() - which bit to flip
 * @rule: its last hit is this one
 * @i:	  the how manieth, below VMADEV_BITS_MAX
 * @bits: how many there are: a power of two
 *
 * Return: another one for each @i.
 */
u32 vmadev_rule_bit(const struct vmadev_rule *rule, unsigned int i, u32 bits)
{
	u64 state = rule->seed + rule->hits;
	u64 random = next_random(&state);

	/* An odd step through a power of two comes to each before it comes to one again. */
	return ((u32)random + i * ((u32)(random >> 32) | 1)) & (bits - 1);
}

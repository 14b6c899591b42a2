// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of rules by themselves. Their verdict is
 * /sys/kernel/debug/kunit/vmadev_rules/results.
 */
#include <kunit/test.h>
#include <linux/mm.h>

#include "inject_match.h"

#define DRAWS	16

static const struct vmadev_rule right = {
	.accesses = VMADEV_ON_READ, .action = VMADEV_ACTION_SIGBUS,
};

/* Which of the first matches hit, as a string. */
static const char *draws(struct vmadev_rule rule)
{
	static char text[DRAWS + 1];
	u64 random = rule.seed;
	int i;

	for (i = 0; i < DRAWS; i++)
		text[i] = vmadev_rule_draw(&rule, &random) ? 'X' : '.';
	return text;
}

static void which_match_is_a_hit(struct kunit *test)
{
	static const struct {
		u64 nth, interval, times;
		const char *hits;
	} cases[] = {
		{ 0, 0, 0, "XXXXXXXXXXXXXXXX" }, { 1, 0, 0, "X..............." },
		{ 4, 0, 0, "...X............" }, { 4, 0, 1, "...X............" },
		{ 0, 1, 0, "XXXXXXXXXXXXXXXX" }, { 0, 3, 0, "..X..X..X..X..X." },
		{ 0, 3, 2, "..X..X.........." }, { 2, 3, 0, ".X..X..X..X..X.." },
		{ 2, 3, 4, ".X..X..X..X....." }, { 1, 16, 0, "X..............." },
		{ 0, 17, 0, "................" }, { 100, 1, 0, "................" },
		{ 15, 1, 0, "..............XX" }, { 0, 0, 3, "XXX............." },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vmadev_rule rule = right;

		rule.nth = cases[i].nth;
		rule.interval = cases[i].interval;
		rule.times = cases[i].times;
		KUNIT_EXPECT_STREQ_MSG(test, cases[i].hits, draws(rule), "case %zu", i);
	}
}

/* The same on every machine and kernel, or a seed in a bug report would be worth nothing. */
static void seed_makes_the_hits(struct kunit *test)
{
	static const struct {
		u32 odds, chances;
		u64 seed;
		const char *hits;
	} cases[] = {
		{ 1, 1, 7, "XXXXXXXXXXXXXXXX" },
		{ U32_MAX, U32_MAX, 7, "XXXXXXXXXXXXXXXX" },
		{ 1, U32_MAX, 7, "................" },
		{ 1, 2, 7, "XX..XXXXXXX....." },
		{ 1, 2, 8, "....XX.XXX..XX.." },
		{ 1, 4, 7, ".X...X..X.X....." },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vmadev_rule rule = right;

		rule.odds = cases[i].odds;
		rule.chances = cases[i].chances;
		rule.seed = cases[i].seed;
		KUNIT_EXPECT_STREQ_MSG(test, cases[i].hits, draws(rule), "case %zu", i);
	}
}

/* As often as it says, in the long run. */
static void probability_is_what_it_says(struct kunit *test)
{
	struct vmadev_rule rule = right;
	u64 random = 1;
	int i;

	rule.odds = 1;
	rule.chances = 100;
	for (i = 0; i < 100000; i++)
		vmadev_rule_draw(&rule, &random);
	KUNIT_EXPECT_EQ(test, 100000ull, rule.seen);
	KUNIT_EXPECT_GT(test, rule.hits, 900ull);
	KUNIT_EXPECT_LT(test, rule.hits, 1100ull);
}

static void ranges_are_covered(struct kunit *test)
{
	static const struct {
		u64 offset, length, pos, bytes;
		bool covers;
	} cases[] = {
		{ 0, 0, 0, 1, true }, { 0, 0, U64_MAX - 1, 1, true }, { 10, 0, 9, 1, false },
		{ 10, 0, 9, 2, true }, { 10, 5, 15, 1, false }, { 10, 5, 14, 1, true },
		{ 10, 5, 0, 10, false }, { 10, 5, 0, 11, true }, { 10, 5, 12, 1, true },
		{ 10, 5, 0, 100, true }, { 10, 5, 10, 0, false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vmadev_rule rule = right;

		rule.offset = cases[i].offset;
		rule.length = cases[i].length;
		KUNIT_EXPECT_EQ_MSG(test, cases[i].covers,
				    vmadev_rule_covers(&rule, cases[i].pos, cases[i].bytes),
				    "case %zu", i);
	}
}

/* So many different ones, all of the page, others for the next hit. */
static void bits_differ(struct kunit *test)
{
	const u32 bits = PAGE_SIZE * BITS_PER_BYTE;
	struct vmadev_rule rule = right;
	unsigned int i, j, same = 0;
	u32 seen[VMADEV_BITS_MAX];

	rule.seed = 3;
	rule.hits = 1;
	for (i = 0; i < VMADEV_BITS_MAX; i++) {
		seen[i] = vmadev_rule_bit(&rule, i, bits);
		KUNIT_EXPECT_LT(test, seen[i], bits);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, seen[i], seen[j]);
	}
	rule.hits = 2;
	for (i = 0; i < VMADEV_BITS_MAX; i++)
		same += vmadev_rule_bit(&rule, i, bits) == seen[i];
	KUNIT_EXPECT_LT(test, same, 4u);
}

static void rule_that_is_right(struct kunit *test)
{
	struct vmadev_rule rule = right;

	KUNIT_EXPECT_EQ(test, 0, vmadev_rule_check(&rule));
	rule.whose = VMADEV_WHOSE_ANY;
	KUNIT_EXPECT_EQ(test, 0, vmadev_rule_check(&rule));
	rule.accesses = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, vmadev_rule_check(&rule));
	rule = right;
	rule.offset = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, vmadev_rule_check(&rule));
	rule = right;
	rule.action = VMADEV_ACTION_CORRUPT + 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, vmadev_rule_check(&rule));
}

static struct kunit_case rules_cases[] = {
	KUNIT_CASE(which_match_is_a_hit),
	KUNIT_CASE(seed_makes_the_hits),
	KUNIT_CASE(probability_is_what_it_says),
	KUNIT_CASE(ranges_are_covered),
	KUNIT_CASE(bits_differ),
	KUNIT_CASE(rule_that_is_right),
	{}
};

static struct kunit_suite rules_suite = {
	.name = "vmadev_rules",
	.test_cases = rules_cases,
};

kunit_test_suite(rules_suite);

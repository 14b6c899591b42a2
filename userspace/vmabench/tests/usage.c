// SPDX-License-Identifier: GPL-2.0-or-later
/* What vmabench says without measuring: help, the list, one line for each mistake. */
#define PROGRAM "vmabench"
#include "../../tests/run.h"

#include <libvmadev.h>

TEST(help_fits_a_screen)
{
	struct run run = { 0 };

	expect_help_fits(_metadata, &run);
	EXPECT_NE(NULL, strstr(run.out, "--filter"));
}

TEST(list_tells_cases_units_and_peers)
{
	struct run all = { 0 }, one = { 0 };

	RUN(&all, "--list");
	EXPECT_EQ(0, all.status);
	EXPECT_NE(NULL, strstr(all.out, "fault-write"));
	EXPECT_NE(NULL, strstr(all.out, "hugetlbfs"));
	RUN(&one, "--list", "--filter", "map-4K/page*", "--filter", "read-4K/memfd");
	EXPECT_EQ(0, one.status);
	EXPECT_EQ(2, lines_of(one.out));
	EXPECT_NE(NULL, strstr(one.out, "map-4K               a call     page page-populate "
			       "page-contig page-contig-populate\n"));
	EXPECT_NE(NULL, strstr(one.out, "read-4K              a call     memfd\n"));
}

TEST(list_has_every_strategy)
{
	struct run run = { 0 };
	const char *name;

	RUN(&run, "--list", "--filter", "map-4K");
	for (__u32 id = 1; (name = vmadev_strategy_name(id)); id++)
		EXPECT_NE(NULL, strstr(run.out, name));
}

TEST(mistakes)
{
	EXPECT_REFUSAL(2, "no option -Q", "-Q");
	EXPECT_REFUSAL(2, "no option --frobnicate", "--frobnicate");
	EXPECT_REFUSAL(2, "--filter needs an argument", "--filter");
	EXPECT_REFUSAL(2, "no case is named 'absent'; --list tells which there are",
		       "--filter", "absent");
	EXPECT_REFUSAL(2, "no case is named 'fault-write/absent'", "-f", "fault-write/absent");
	EXPECT_REFUSAL(2, "'hours' is none of auto instructions cycles nanoseconds",
		       "--clock", "hours");
	EXPECT_REFUSAL(2, "a number from 1 to 1000, not '0'", "--passes", "0");
	EXPECT_REFUSAL(2, "a number from 1 to 1000, not '3x'", "--passes", "3x");
	EXPECT_REFUSAL(2, "--pin takes NAME=VALUE, not 'commit'", "--pin", "commit");
	EXPECT_REFUSAL(2, "'x' is one operand too many", "x");
}

TEST(a_clock_that_counts_something_else)
{
	EXPECT_REFUSAL(1, "the clock counts no instructions",
		       "--clock", "instructions", "--filter", "read-64/memfd");
}

/* Of what there is no line to come of, nobody waits for. */
TEST(pause_tells_functions_and_goes_on_at_the_end_of_input)
{
	struct run run = { 0 };

	RUN(&run, "--pause", "--csv", "--clock", "nanoseconds", "--passes", "1", "--filter",
	    "read-64/memfd");
	EXPECT_EQ(0, run.status);
	EXPECT_EQ(2, lines_of(run.out));
	EXPECT_NE(NULL, strstr(run.err, " T "));
}

TEST(standard_output_full_or_closed)
{
	struct run full = { .to = "/dev/full" }, deaf = { .deaf = true };

	for (int i = 0; i < 3; i++) {
		const char *const modes[] = { "--list", "--help", "--csv" };

		RUN(&full, modes[i], "--clock", "nanoseconds", "--passes", "1", "--filter",
		    "read-64/memfd");
		EXPECT_EQ(1, full.status);
		EXPECT_NE(NULL, strstr(full.err, "standard output: No space left on device\n"));
	}
	RUN(&deaf, "--list");
	EXPECT_EQ(1, deaf.status);
	EXPECT_NE(NULL, strstr(deaf.err, "standard output is closed"));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Openers that lie: each sends a mapping with the fault that a probe looks for, made of
 * what any Linux has. The truth beside it has no defect.
 */
#include "lie.h"

static const struct fault {
	const char *lie;
	const char *probe;
	const char *seen;
} faults[] = {
	{ "writable reader", "mprotect-upgrade", "through a read-only descriptor" },
};

TEST(each_fault_is_a_defect)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct run run = { 0 };

		audit_lie(_metadata, &run, faults[i].lie, faults[i].probe);
		EXPECT_EQ(1, run.status) {
			TH_LOG("%s: %s%s", faults[i].probe, run.out, run.err);
		}
		EXPECT_NE(NULL, strstr(run.out, "defect "));
		EXPECT_NE(NULL, strstr(run.out, faults[i].seen));
		EXPECT_NE(NULL, strstr(run.out, "\n  rule: "));
		EXPECT_NE(NULL, strstr(run.out, "\n  change: "));
		EXPECT_NE(NULL, strstr(run.out, "\n  again:  vmaudit --only "));
	}
}

/* A length that fstat(2) says more than is the opener's mistake, not the driver's. */
TEST(a_length_that_is_too_short_is_no_defect)
{
	static const char *const asked[] = { "length-past-end", "offset-past-end" };

	for (int i = 0; i < 2; i++) {
		struct run run = { 0 };

		audit_lie(_metadata, &run, "more than it says", asked[i]);
		EXPECT_EQ(0, run.status);
		EXPECT_NE(NULL, strstr(run.out, "the page past the end is the object's")) {
			TH_LOG("%s", run.out);
		}
	}
}

TEST(the_truth_is_none)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct run run = { 0 };

		audit_lie(_metadata, &run, "none", faults[i].probe);
		EXPECT_EQ(0, run.status) {
			TH_LOG("%s: %s%s", faults[i].probe, run.out, run.err);
		}
		EXPECT_EQ(NULL, strstr(run.out, "not asked"));
	}
}

/* An opener that does not keep to what it is to send is told so, in one line. */
TEST(answers_that_are_none)
{
	static const struct {
		const char *answer;
		const char *told;
	} wrong[] = {
		{ "nothing", "it ended, and sent nothing" },
		{ "no descriptor", "it sends no descriptor" },
		{ "length=4097\n", "not in whole pages" },
		{ "length=many\n", "not in whole pages" },
		{ "length=0\n", "or no length" },
		{ "size=4096\n", "a key that there is not" },
		{ "hello\n", "a line that is no key=value" },
		{ "traits=once,huge\n", "a trait that there is not" },
		{ "hooks=free,sell\n", "a hook that there is not" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct run run = { 0 };

		audit_lie(_metadata, &run, wrong[i].answer, "fork");
		EXPECT_EQ(2, run.status);
		EXPECT_STREQ("", run.out);
		EXPECT_NE(NULL, strstr(run.err, wrong[i].told)) {
			TH_LOG("%s: %s", wrong[i].answer, run.err);
		}
	}
}

/* As a driver does that hangs in open: one line, in time. */
TEST(an_opener_that_hangs_is_stuck)
{
	char self[1024] = "", kind[1100];
	struct run run = { 0 };

	ASSERT_LT(0, readlink("/proc/self/exe", self, sizeof(self) - 1));
	snprintf(kind, sizeof(kind), "exec:run=%s", self);
	setenv(LIE, "hangs", 1);
	RUN(&run, "--seconds", "1", kind);
	unsetenv(LIE);
	EXPECT_EQ(3, run.status);
	EXPECT_STREQ("", run.out);
	EXPECT_NE(NULL, strstr(run.err, "open does not return within 1 s\n"));
}

/* An opener that does what it is asked to, and one that says so and does another thing. */
TEST(hooks_are_asked)
{
	static const struct {
		const char *probe;
		const char *right;
		const char *wrong;
	} hooks[] = {
		{ "hook-revoke", "works              16 of 16 pages are gone",
		  "page 0 of 16 can be read, and begins with 0xff; 0x1 was there" },
		{ "hook-resize", "works              8 of 16 pages are gone",
		  "page 0 of 16 can be read, and begins with 0xff" },
		{ "hook-free", "works              0 of 16 pages are gone",
		  "page 0 of 16 can be read, and begins with 0xff" },
	};
	char right[128], wrong[128];
	long bytes = 16 * sysconf(_SC_PAGESIZE);
	struct run run = { 0 };

	snprintf(right, sizeof(right), "length=%ld\nhooks=revoke,resize,free\n", bytes);
	snprintf(wrong, sizeof(wrong), "hooks=revoke,resize,free\nlength=%ld\n", bytes);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
		audit_lie(_metadata, &run, right, hooks[i].probe);
		EXPECT_EQ(0, run.status);
		EXPECT_NE(NULL, strstr(run.out, hooks[i].right)) {
			TH_LOG("%s", run.out);
		}
		audit_lie(_metadata, &run, wrong, hooks[i].probe);
		EXPECT_EQ(1, run.status);
		EXPECT_NE(NULL, strstr(run.out, hooks[i].wrong)) {
			TH_LOG("%s", run.out);
		}
	}
	audit_lie(_metadata, &run, "none", "hook-*");
	EXPECT_NE(NULL, strstr(run.out, "3 not asked"));
}

TEST(traits_say_what_is_not_asked)
{
	struct run run = { 0 };

	audit_lie(_metadata, &run, "traits=registers\n", "mprotect-upgrade");
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, "what is written there may have effects"));
}

TEST_HARNESS_MAIN

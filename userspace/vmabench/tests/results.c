// SPDX-License-Identifier: GPL-2.0-or-later
/* What vmabench measures and how it tells of it. No cost is judged. */
#define PROGRAM "vmabench"
#include "../../tests/run.h"

#include <jansson.h>

static json_t *measured(struct __test_metadata *_metadata, const char *filter)
{
	struct run run = { 0 };
	json_error_t error;
	json_t *root;

	RUN(&run, "--json", "--passes", "2", "--clock", "nanoseconds", "--filter", filter,
	    "--pin", "commit=say \"so\"");
	ASSERT_EQ(0, run.status) {
		TH_LOG("vmabench says: %s", run.err);
	}
	root = json_loads(run.out, 0, &error);
	ASSERT_NE(NULL, root) {
		TH_LOG("line %d: %s", error.line, error.text);
	}
	return root;
}

static const char *text_of(json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

TEST(json_says_what_was_measured_and_by_what)
{
	json_t *root = measured(_metadata, "read-4K/memfd"), *one, *versions;

	EXPECT_STREQ("nanoseconds", text_of(root, "clock"));
	versions = json_object_get(root, "versions");
	EXPECT_STREQ("say \"so\"", text_of(versions, "commit"));
	EXPECT_NE(NULL, text_of(versions, "kernel"));
	EXPECT_NE(NULL, text_of(versions, "compiler"));
	ASSERT_EQ(1, json_array_size(json_object_get(root, "results")));
	EXPECT_EQ(0, json_array_size(json_object_get(root, "absent")));
	one = json_array_get(json_object_get(root, "results"), 0);
	EXPECT_STREQ("read-4K", text_of(one, "case"));
	EXPECT_STREQ("memfd", text_of(one, "peer"));
	EXPECT_STREQ("call", text_of(one, "unit"));
	EXPECT_STREQ("bytes", text_of(one, "axis"));
	EXPECT_EQ(4096, json_integer_value(json_object_get(one, "at")));
	EXPECT_EQ(2, json_integer_value(json_object_get(one, "passes")));
	EXPECT_LT(0, json_real_value(json_object_get(one, "cost")));
	json_decref(root);
}

FIXTURE(cases) { };

FIXTURE_VARIANT(cases) {
	const char *filter;
};

#define CASES(name, glob) \
	FIXTURE_VARIANT_ADD(cases, name) { .filter = glob }

CASES(map, "map-4K/page");
CASES(fault_present, "fault-@(write|read)/page");
CASES(fault_odd, "fault-@(zapped|cow|traced|locks)/page");
CASES(fault_fresh, "fault-fresh-*/page");
CASES(whole, "@(fork-256|mprotect-256|mremap-256|munmap-one)/page");
CASES(copy, "@(read|write|splice|vmsplice)-64K/page");
CASES(msync, "msync-*/page");
CASES(dirty, "dirty-64M/page");
CASES(create, "create-1M/page");
CASES(ioctl, "ioctl-*/page");
CASES(message, "message-@(64|64K)/@(page|pipe|socket)");
CASES(vmas, "vmas-1000/page");
CASES(regions, "regions-100/page");
CASES(list, "list-100/page");
CASES(processes, "processes-8/page");
CASES(mappings, "mappings-64/page");

FIXTURE_SETUP(cases)
{
}

FIXTURE_TEARDOWN(cases)
{
}

/* The long ones are left to who asks for them. */
TEST_F_TIMEOUT(cases, all_can_be_measured, 100)
{
	json_t *root = measured(_metadata, variant->filter);
	json_t *absent = json_array_get(json_object_get(root, "absent"), 0);

	EXPECT_LT(0, json_array_size(json_object_get(root, "results")));
	EXPECT_EQ(NULL, absent) {
		TH_LOG("%s: %s", text_of(absent, "case"), text_of(absent, "why"));
	}
	json_decref(root);
}

TEST(what_cannot_be_measured_says_why)
{
	json_t *root = measured(_metadata, "fault-cow/pfn");
	json_t *absent = json_array_get(json_object_get(root, "absent"), 0);

	EXPECT_EQ(0, json_array_size(json_object_get(root, "results")));
	EXPECT_STREQ("mmap of 16777216 bytes: Invalid argument", text_of(absent, "why"));
	json_decref(root);
}

/* Two mappings differ in the bytes of their page tables, on any machine. */
TEST(page_tables_are_counted_in_bytes)
{
	json_t *root = measured(_metadata, "page-tables/anonymous");
	json_t *one = json_array_get(json_object_get(root, "results"), 0);

	EXPECT_STREQ("bytes", text_of(one, "counted"));
	EXPECT_LE(4096, json_real_value(json_object_get(one, "cost")));
	json_decref(root);
}

TEST(csv_has_a_line_a_result)
{
	static const char wanted[] =
		"case,peer,unit,counted,cost,spread,passes\nread-64,memfd,call,nanoseconds,";
	struct run run = { 0 };

	RUN(&run, "--csv", "--passes", "1", "--clock", "nanoseconds", "--filter",
	    "read-64/memfd");
	EXPECT_EQ(0, run.status);
	EXPECT_EQ(0, strncmp(run.out, wanted, strlen(wanted)));
}

TEST(nothing_is_left_behind)
{
	json_t *root = measured(_metadata, "fault-traced/page");

	EXPECT_NE(0, access("/sys/kernel/tracing/instances/vmabench", F_OK));
	json_decref(root);
}

TEST_HARNESS_MAIN

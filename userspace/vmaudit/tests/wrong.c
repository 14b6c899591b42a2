// SPDX-License-Identifier: GPL-2.0-or-later
/* Drivers that get mmap wrong, module/examples/wrong.c, and what vmaudit says of each. */
#define PROGRAM "vmaudit"
#include "../../tests/run.h"

#define NODE "/dev/vmadev_wrong_"

static const struct fault {
	const char *node;
	const char *probe;
	const char *verdict;
	const char *seen;
} faults[] = {
	{ NODE "unbound", "length-past-end", "defect", "the page past the end is there" },
	{ NODE "unbound", "offset-past-end", "defect", "the page past the end is there" },
	{ NODE "split", "munmap-first", "defect", "page 1 begins with 0x1 instead of 0x2" },
	{ NODE "split", "munmap-middle", "defect", "page 9 begins with 0x1 instead of 0xa" },
	{ NODE "reader", "mprotect-upgrade", "defect", "through a read-only descriptor" },
	{ NODE "private", "private-isolated", "defect", "changed the object's" },
	{ NODE "grows", "mremap-grow", "defect", "" },
	{ NODE "leak", "leak", "defect", "" },
	{ NODE "forks", "leak-fork", "defect", "" },
	{ NODE "access", "mem-write-reader", "defect", "through a read-only descriptor" },
	{ NODE "access", "ptrace-write-reader", "defect", "through a read-only descriptor" },
	{ NODE "access", "mem-read-past-end", "defect", "128 bytes from 64 before" },
	{ NODE "access", "smaps-flags", "risk", "pf without io" },
	{ NODE "dropped", "madvise-dontneed", "late (SIGBUS)", "" },
	{ NODE "reader", "smaps-writable-reader", "risk", "mprotect may make it writable" },
	{ NODE "early", "fork", "defect", "page 0 begins with 0xee" },
};

static void audit_node(struct __test_metadata *_metadata, struct run *run, const char *node,
		       const char *only)
{
	char length[32];

	snprintf(length, sizeof(length), "%ld", 16 * sysconf(_SC_PAGESIZE));
	/* On a busy machine a probe may take its time; what is killed puts nothing right. */
	RUN(run, "--memory", "--length", length, "--seconds", "60", "--only", only, node);
	EXPECT_STREQ("", run->err);
}

FIXTURE(slow) {};
FIXTURE_SETUP(slow) {}
FIXTURE_TEARDOWN(slow) {}

TEST_F_TIMEOUT(slow, each_fault_is_found, 110)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct run run = { 0 };
		char verdict[64];

		audit_node(_metadata, &run, faults[i].node, faults[i].probe);
		snprintf(verdict, sizeof(verdict), "\n%-25s %-18s ", faults[i].probe,
			 faults[i].verdict);
		EXPECT_EQ(!strcmp(faults[i].verdict, "defect"), run.status);
		EXPECT_NE(NULL, strstr(run.out, verdict));
		EXPECT_NE(NULL, strstr(run.out, faults[i].seen)) {
			TH_LOG("%s: %s", faults[i].node, run.out);
		}
	}
}

/* The same driver without a mistake: nothing to find, by the same probes. */
TEST_F_TIMEOUT(slow, sane_one_has_none, 110)
{
	struct run run = { 0 };

	audit_node(_metadata, &run, NODE "sane", "*");
	EXPECT_EQ(0, run.status) {
		TH_LOG("%s", run.out);
	}
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		char asked[64];

		snprintf(asked, sizeof(asked), "\n%-25s not asked", faults[i].probe);
		EXPECT_EQ(NULL, strstr(run.out, asked)) {
			TH_LOG("%s", run.out);
		}
	}
}

/* What was written there is put right again. */
TEST_F_TIMEOUT(slow, bytes_are_as_they_were, 110)
{
	const size_t bytes = 16 * (size_t)sysconf(_SC_PAGESIZE);
	int fd = open(NODE "sane", O_RDWR | O_CLOEXEC);
	struct run run = { 0 };
	char *at;

	ASSERT_LE(0, fd);
	at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0x5a, bytes);
	audit_node(_metadata, &run, NODE "sane", "m[a-t]*");
	EXPECT_EQ(0, run.status);
	for (size_t i = 0; i < bytes; i++)
		ASSERT_EQ(0x5a, at[i]);
	memset(at, 0, bytes);
}

/* Without a word on it a node is no memory: it is read, and its size is not known. */
TEST(nothing_is_written_unasked)
{
	struct run run = { 0 };

	RUN(&run, NODE "reader");
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, "\nmprotect-upgrade          not asked          "
			       "what is written there may have effects; --memory says that "
			       "it has none\n"));
	RUN(&run, NODE "unbound");
	EXPECT_NE(NULL, strstr(run.out, "\nlength-past-end           not asked          "
			       "its size is not known\n"));
}

TEST(a_fault_that_never_ends_is_stuck)
{
	struct run run = { 0 };

	RUN(&run, "--memory", "--seconds", "1", "--only", "zeroed", NODE "hang");
	EXPECT_EQ(3, run.status);
	EXPECT_NE(NULL, strstr(run.out, "stuck              no end within 1 s: a read of "));
}

TEST_HARNESS_MAIN

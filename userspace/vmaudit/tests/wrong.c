// SPDX-License-Identifier: GPL-2.0-or-later
/* How vmaudit treats drivers whose mmap is right or wrong; tests/probes.h has what it finds. */
#define PROGRAM "vmaudit"
#include "../../tests/run.h"

#define NODE "/dev/vmadev_wrong_"

/* What has to be asked of a sane driver for that it is sane to mean something. */
static const char *const asked[] = {
	"length-past-end", "offset-past-end", "munmap-first", "munmap-middle", "mprotect-upgrade",
	"private-isolated", "mremap-grow", "leak", "leak-fork", "mem-write-reader",
	"ptrace-write-reader", "mem-read-past-end", "smaps-flags", "madvise-dontneed",
	"smaps-writable-reader", "fork",
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

/* The driver without a mistake: nothing to find. */
TEST_F_TIMEOUT(slow, sane_one_has_none, 110)
{
	struct run run = { 0 };

	audit_node(_metadata, &run, NODE "sane", "*");
	EXPECT_EQ(0, run.status) {
		TH_LOG("%s", run.out);
	}
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		char line[64];

		snprintf(line, sizeof(line), "\n%-25s not asked", asked[i]);
		EXPECT_EQ(NULL, strstr(run.out, line)) {
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

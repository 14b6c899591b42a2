// SPDX-License-Identifier: GPL-2.0-or-later
/* Each kind of mapping is opened, or says in one line why it cannot be had here. */
#define PROGRAM "vmaudit"
#include "../../tests/run.h"

/* The next kind in what --list prints from @at on; NULL: no more. */
static const char *next_kind(const char *at, char *kind, size_t room)
{
	for (; *at && strncmp(at, "\nProbes:", strlen("\nProbes:")); at += strcspn(at, "\n") + 1) {
		if (strncmp(at, "  ", 2) || at[2] == ' ')
			continue;
		snprintf(kind, room, "%.*s", (int)strcspn(at + 2, " "), at + 2);
		return at + strcspn(at, "\n") + 1;
	}
	return NULL;
}

TEST(each_kind_opens_or_says_why_not)
{
	struct run list = { 0 };
	char kind[64], begin[96];
	int kinds = 0;

	RUN(&list, "--list");
	for (const char *at = list.out; (at = next_kind(at, kind, sizeof(kind))); kinds++) {
		struct run run = { 0 };

		RUN(&run, "--only", "exec", kind);
		if (!run.status)
			continue;
		snprintf(begin, sizeof(begin), "vmaudit: %s: ", kind);
		EXPECT_EQ(2, run.status);
		EXPECT_EQ(0, strncmp(run.err, begin, strlen(begin)));
		EXPECT_EQ(strlen(run.err) - 1, strcspn(run.err, "\n")) {
			TH_LOG("%s: %d: %s", kind, run.status, run.err);
		}
	}
	EXPECT_LT(20, kinds);
}

/* What has a length of its own is mapped as far as that goes. */
TEST(an_opener_knows_the_length)
{
	struct run run = { 0 };

	RUN(&run, "--only", "exec", "--json", "perf");
	if (run.status)
		SKIP(return, "perf_event_open is not allowed here");
	EXPECT_NE(NULL, strstr(run.out, "\"length\": 36864,"));
}

TEST(options_that_are_wrong)
{
	EXPECT_REFUSAL(2, "pci-resource: id=VENDOR:DEVICE names a PCI device", "pci-resource");
	EXPECT_REFUSAL(2, "id=VENDOR:DEVICE names a PCI device", "proc-pci:id=edu");
	EXPECT_REFUSAL(2, "/dev/fbabsent: No such file or directory", "fbdev:fb=absent");
	EXPECT_REFUSAL(2, "/dev/sgabsent: No such file or directory; it comes with sg",
		       "sg:node=/dev/sgabsent");
	EXPECT_REFUSAL(2, "/dev/dma_heap/absent: No such file or directory",
		       "dma-heap:heap=absent");
	EXPECT_REFUSAL(2, "it comes with absent", "drm-dumb:driver=absent");
}

TEST_HARNESS_MAIN

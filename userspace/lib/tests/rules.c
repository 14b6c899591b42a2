// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules as text: what is read, what is written, and what is said of a mistake. */
#include <errno.h>
#include <kselftest_harness.h>
#include <libvmadev.h>
#include <string.h>

static __u64 page(void)
{
	return (__u64)sysconf(_SC_PAGESIZE);
}

/* Written as it was read, or as @same. */
static void round_trip(struct __test_metadata *_metadata, const char *text, const char *same)
{
	struct vmadev_rule rule, again;
	char written[256];

	ASSERT_EQ(0, vmadev_rule_parse(text, &rule, sizeof(rule))) {
		TH_LOG("%s", vmadev_error());
	}
	EXPECT_EQ((int)strlen(same), vmadev_rule_format(&rule, written, sizeof(written)));
	EXPECT_STREQ(same, written);
	ASSERT_EQ(0, vmadev_rule_parse(written, &again, sizeof(again)));
	EXPECT_EQ(0, memcmp(&rule, &again, sizeof(rule)));
}

TEST(rules_are_written_as_they_are_read)
{
	static const char *const texts[] = {
		"page 4: read nth=3 sigbus",
		"pages 4-7: read,write sigbus rearm",
		"page 0: access mceerr",
		"all: kernel times=10 oom",
		"1-1M: write(2) times=1 errno=EIO",
		"3-10: read(2),write(2) short=100",
		"1K-: mmap errno=ENOMEM",
		"all: msync interval=2 errno=EINTR",
		"all: access,read(2) delay=1500us",
		"all: access pid=1 nth=2 interval=3 times=4 probability=1/7 seed=9 delay=2s held",
		"all: access tid=12 retry=1000",
		"all: access uid=0 corrupt=64",
		"all: mmap delay=2ms held",
		"16777215T-: write(2) seed=18446744073709551615 errno=ENOSPC",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		round_trip(_metadata, texts[i], texts[i]);
}

TEST(what_is_said_otherwise_is_the_same)
{
	char text[64];

	round_trip(_metadata, "  page  4 :  sigbus\tread\n", "page 4: read sigbus");
	round_trip(_metadata, "page 4: read write kernel sigbus", "page 4: access sigbus");
	round_trip(_metadata, "page 4:read,kernel,write,read sigbus", "page 4: access sigbus");
	round_trip(_metadata, "0-: mmap errno=EIO", "all: mmap errno=EIO");
	round_trip(_metadata, "0-1024k: mmap errno=EIO",
		   page() == 4096 ? "pages 0-255: mmap errno=EIO" :
		   page() == 16384 ? "pages 0-63: mmap errno=EIO" : "pages 0-15: mmap errno=EIO");
	round_trip(_metadata, "page 1: read probability=5% corrupt",
		   "page 1: read probability=5/100 corrupt=1");
	round_trip(_metadata, "page 1: read delay=3000us", "page 1: read delay=3ms");
	snprintf(text, sizeof(text), "%llu-%llu: read sigbus", (unsigned long long)page(),
		 2ull * page());
	round_trip(_metadata, text, "page 1: read sigbus");
}

TEST(members_are_what_the_words_say)
{
	struct vmadev_rule rule, want = {
		.offset = 4 * page(), .length = 4 * page(),
		.accesses = VMADEV_ON_READ | VMADEV_ON_KERNEL, .flags = VMADEV_RULE_REARM,
		.whose = VMADEV_WHOSE_UID, .id = 1000, .nth = 3, .interval = 5, .times = 7,
		.odds = 2, .chances = 9, .seed = 11, .value = 2000, .action = VMADEV_ACTION_DELAY,
	};

	ASSERT_EQ(0, vmadev_rule_parse("pages 4-7: read,kernel uid=1000 nth=3 interval=5 times=7 "
				       "probability=2/9 seed=11 delay=2ms rearm",
				       &rule, sizeof(rule)));
	EXPECT_EQ(0, memcmp(&want, &rule, sizeof(rule)));
}

/* The word, in quotes, and what was expected. */
TEST(what_is_not_understood_is_named)
{
	static const struct { const char *text, *word, *expected; } cases[] = {
		{ "", "''", "a range" },
		{ "read sigbus", "'read sigbus'", "a range and ':', as page 4:" },
		{ "page: read sigbus", "'page'", "a range" },
		{ "page x: read sigbus", "'page x'", "a range" },
		{ "page 4-3: read sigbus", "'page 4-3'", "a range" },
		{ "pages 4-: read sigbus", "'pages 4-'", "a range" },
		{ "page 18446744073709551615: read sigbus", "'page 18446744073709551615'",
		  "a range" },
		{ "page 99999999999999999999: read sigbus", "'page 9", "a range" },
		{ "4096: read sigbus", "'4096'", "a range" },
		{ "4096-4096: read sigbus", "'4096-4096'", "a range" },
		{ "1Q-: read sigbus", "'1Q-'", "a range" },
		{ "0-16777216T: read sigbus", "'0-16777216T'", "a range" },
		{ "18446744073709551615-5: mmap errno=EIO", "'18446744073709551615-5'",
		  "a range" },
		{ "0-1M more: read sigbus", "'0-1M more'", "a range" },
		{ "page 4: raed sigbus", "'raed'", "an access: read write kernel" },
		{ "page 4: read,raed sigbus", "'read,raed'", "an access" },
		{ "page 4: read, sigbus", "'read,'", "an access" },
		{ "page 4: nth=1 sigbus", "''", "an access" },
		{ "page 4: nth=1 raed sigbus", "'raed'", "an access" },
		{ "page 4:", "''", "an access" },
		{ "page 4: read", "''", "an action: sigbus mceerr delay=" },
		{ "page 4: read sigbsu", "'sigbsu'", "nth= interval=" },
		{ "page 4: read sigbus oom", "'oom'", "one action" },
		{ "page 4: read sigbus=1", "'sigbus=1'", "without a value" },
		{ "page 4: read sigbus=", "'sigbus='", "without a value" },
		{ "page 4: read nth=0 sigbus", "'nth=0'", "a number" },
		{ "page 4: read nth=x sigbus", "'nth=x'", "a number" },
		{ "page 4: read nth sigbus", "'nth'", "nth=" },
		{ "page 4: read times=1x sigbus", "'times=1x'", "a number" },
		{ "page 4: read probability=2/1 sigbus", "'probability=2/1'", "probability=1/100" },
		{ "page 4: read probability=0% sigbus", "'probability=0%'", "probability=" },
		{ "page 4: read probability=5 sigbus", "'probability=5'", "probability=" },
		{ "page 4: read pid=1 uid=2 sigbus", "'uid=2'", "one pid=N" },
		{ "page 4: read pid=-1 sigbus", "'pid=-1'", "one pid=N" },
		{ "page 4: read pid=4294967296 sigbus", "'pid=4294967296'", "one pid=N" },
		{ "page 4: read delay sigbus", "'delay'", "delay=TIME" },
		{ "page 4: read delay=2", "'delay=2'", "delay=TIME, as 500us, 2ms or 1s" },
		{ "page 4: read delay=0s", "'delay=0s'", "delay=TIME" },
		{ "page 4: read delay=11s", "'delay=11s'", "at most 10s" },
		{ "page 4: read retry=1001", "'retry=1001'", "at most 1000" },
		{ "page 4: mmap errno=EPERM", "'errno=EPERM'", "EIO, ENOMEM, ENOSPC or EINTR" },
		{ "page 4: read(2) short", "'short'", "short=BYTES" },
		{ "page 4: read corrupt=", "'corrupt='", "corrupt=BITS" },
		{ "page 4: read corrupt=65", "'corrupt=65'", "corrupt=BITS" },
	};
	struct vmadev_rule rule, was;

	memset(&rule, 0xa5, sizeof(rule));
	was = rule;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		errno = 0;
		EXPECT_EQ(-1, vmadev_rule_parse(cases[i].text, &rule, sizeof(rule))) {
			TH_LOG("%s", cases[i].text);
		}
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(vmadev_error(), strstr(vmadev_error(), "vmadev_rule_parse: "));
		EXPECT_TRUE(strstr(vmadev_error(), cases[i].word) &&
			    strstr(vmadev_error(), cases[i].expected)) {
			TH_LOG("%s: %s", cases[i].text, vmadev_error());
		}
	}
	EXPECT_EQ(0, memcmp(&was, &rule, sizeof(rule)));
}

/* A shorter struct, of a program built before, and a longer one. */
TEST(rule_is_of_the_callers_size)
{
	struct { struct vmadev_rule rule; __u64 more; } longer;

	memset(&longer, 0xa5, sizeof(longer));
	ASSERT_EQ(0, vmadev_rule_parse("page 1: read sigbus", &longer.rule, sizeof(longer)));
	EXPECT_EQ(0, longer.more);
	memset(&longer, 0xa5, sizeof(longer));
	ASSERT_EQ(0, vmadev_rule_parse("page 1: read sigbus", &longer.rule, 16));
	EXPECT_EQ(page(), longer.rule.length);
	EXPECT_EQ(0xa5a5a5a5, longer.rule.accesses);
}

TEST(text_is_cut_to_its_room)
{
	struct vmadev_rule rule;
	char text[32];

	ASSERT_EQ(0, vmadev_rule_parse("page 4: read nth=3 sigbus", &rule, sizeof(rule)));
	for (size_t room = 0; room <= sizeof(text); room++) {
		memset(text, '#', sizeof(text));
		EXPECT_EQ(25, vmadev_rule_format(&rule, text, room));
		if (room) {
			EXPECT_EQ(room < 26 ? room - 1 : 25, strlen(text));
			EXPECT_EQ(0, strncmp("page 4: read nth=3 sigbus", text, strlen(text)));
		}
		for (size_t i = room > 26 ? 26 : room; i < sizeof(text); i++)
			EXPECT_EQ('#', text[i]);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands that look: at a process, at copies of its maps, at moments of a trace. */
#define OWN "t/vmatrace-look"
#include "holder.h"

#include <jansson.h>

TEST(map_and_gaps_show_a_process_and_its_copies)
{
	pid_t pid = start_holder(_metadata, 10);
	size_t vmas = copy_proc(pid, "maps", MAPS);
	const char *const sources[] = { number(pid), MAPS, SMAPS };
	static struct run run;
	char text[64];

	copy_proc(pid, "smaps", SMAPS);
	snprintf(text, sizeof(text), "%zu VMAs of at most", vmas);
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		VMATRACE(&run, "map", sources[i]);
		EXPECT_EQ(0, run.status);
		EXPECT_SAID(&run, text);
		EXPECT_SAID(&run, " free ~");
		VMATRACE(&run, "gaps", sources[i]);
		EXPECT_EQ(0, run.status);
		EXPECT_SAID(&run, "between");
		VMATRACE(&run, "at", "1000", sources[i]);
		EXPECT_EQ(1, run.status);
		EXPECT_SAID(&run, "is not mapped");
	}
	end_holder(pid);
}

TEST(at_says_why_neighbours_are_others)
{
	pid_t pid = start_holder(_metadata, 10);
	static struct run run;
	char text[32], *line;

	copy_proc(pid, "smaps", SMAPS);
	VMATRACE(&run, "gaps", SMAPS);
	line = file_content(SMAPS);
	line = strstr(line, "rw-p");
	ASSERT_NE(NULL, line);
	while (line[-1] != '\n')
		line--;
	sprintf(text, "%.*s", (int)strcspn(line, "-"), line);
	VMATRACE(&run, "at", text, SMAPS);
	EXPECT_EQ(0, run.status);
	EXPECT_SAID(&run, "flags VM_MAYREAD");
	EXPECT_SAID(&run, "> ");
	end_holder(pid);
}

TEST(diff_tells_two_moments_apart)
{
	pid_t pid = start_holder(_metadata, 4), other;
	static struct run run;

	copy_proc(pid, "smaps", SMAPS);
	VMATRACE(&run, "diff", number(pid), SMAPS);
	EXPECT_EQ(0, run.status);
	EXPECT_SAID(&run, "+0");
	other = start_holder(_metadata, 8);
	VMATRACE(&run, "diff", SMAPS, number(other));
	EXPECT_EQ(1, run.status);
	EXPECT_SAID(&run, "+4");
	EXPECT_SAID(&run, "\n+ ");
	end_holder(other);
	end_holder(pid);
}

TEST(moments_of_a_trace_are_sources_too)
{
	static struct run run;

	record(_metadata, "vmas");
	VMATRACE(&run, "diff", TRACE "@0.000001/1", TRACE);
	EXPECT_EQ(1, run.status);
	EXPECT_SAID(&run, "there is no call of process 1 by then");
	VMATRACE(&run, "diff", TRACE, TRACE "@100");
	EXPECT_EQ(0, run.status);
	VMATRACE(&run, "map", TRACE);
	EXPECT_EQ(0, run.status);
	EXPECT_SAID(&run, " VMAs of at most");
	EXPECT_REFUSAL(2, "a moment is @SECONDS", "map", TRACE "@soon");
	EXPECT_REFUSAL(1, "only a recorded trace has moments", "map", MAPS "@1");
}

TEST(processes_of_a_trace_are_told)
{
	static struct run run;
	char operand[256], *pids;
	int first, second;

	record(_metadata, "two");
	VMATRACE(&run, "map", TRACE);
	EXPECT_EQ(0, run.status);
	pids = strstr(run.said, TRACE "@/PID is another one of its processes: ");
	ASSERT_NE(NULL, pids);
	ASSERT_EQ(2, sscanf(strchr(pids, ':'), ": %d %d\n", &first, &second));
	snprintf(operand, sizeof(operand), TRACE "@/%d", second);
	VMATRACE(&run, "diff", TRACE, operand);
	EXPECT_EQ(0, run.status);
	EXPECT_REFUSAL(1, "there is no call of process 1 by then, but of ", "map", TRACE "@/1");
}

TEST(watch_tells_when_the_limit_is_near)
{
	pid_t pid = start_holder(_metadata, many());
	static struct run run;
	json_t *line;

	VMATRACE(&run, "watch", number(pid), "--limit", "15%");
	EXPECT_EQ(3, run.status);
	line = json_loads(run.said, 0, NULL);
	ASSERT_NE(NULL, line);
	EXPECT_STREQ("reached", json_string_value(json_object_get(line, "event")));
	EXPECT_EQ(pid, json_integer_value(json_object_get(line, "pid")));
	EXPECT_LT((json_int_t)many(), json_integer_value(json_object_get(line, "vmas")));
	EXPECT_LT(15, json_number_value(json_object_get(line, "percent")));
	json_decref(line);
	end_holder(pid);
	pid = start_holder(_metadata, 4);
	start(_metadata, &run,
	      (const char *const[]){ "watch", "--limit", "90%", number(pid), NULL });
	wait_asleep(run.pid);
	end_holder(pid);
	finish(&run);
	EXPECT_EQ(0, run.status);
	EXPECT_SAID(&run, "\"event\":\"ended\"");
	EXPECT_REFUSAL(1, "no process 4000000", "watch", "4000000");
	EXPECT_REFUSAL(2, "a limit is a part of vm.max_map_count", "watch", "--limit", "120%", "1");
	EXPECT_REFUSAL(2, "usage: vmatrace watch", "watch");
}

TEST_HARNESS_MAIN

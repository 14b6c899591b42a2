// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl trace: whoever does it, whatever it is called, and in which order. */
#include "run.h"

#include <jansson.h>
#include <libvmadev.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/*
 * What processes can be called: 15 bytes that are not 0. @line: how it is shown
 * on a line, NULL: as it is; @json: what is in the JSON string, NULL: as it is.
 */
static const struct {
	const char *name, *line, *json;
} names[] = {
	{ .name = "plain" },
	{ .name = "two words" },
	{ .name = "pool-1-thread-1" },
	{ .name = "[ET_NET 0]" },
	{ .name = "Web [1]" },
	{ .name = "x-1 [002]" },
	{ .name = "LOST" },
	{ .name = "[LOST 12 EVENTS" },
	{ .name = "a: vmadev_mmap:" },
	{ .name = "k=v region=7" },
	{ .name = "<...>" },
	{ .name = "#" },
	{ .name = " " },
	{ .name = "-" },
	{ .name = "%s%n%d" },
	{ .name = "say \"hi\"" },
	{ .name = "it's" },
	{ .name = "}, {" },
	{ .name = "\xc3\xa9t\xc3\xa9" },
	{ .name = "\xf0\x9f\x90\xa7" },
	{ .name = "back\\slash", .line = "back\\\\slash" },
	{ .name = "tab\there", .line = "tab\\there" },
	{ .name = "new\nline", .line = "new\\nline" },
	{ .name = "\n\n", .line = "\\n\\n" },
	{ .name = "cr\rbell\a", .line = "cr\\x0dbell\\x07" },
	{ .name = "\033[31mred", .line = "\\x1b[31mred" },
	{ .name = "del\x7f", .line = "del\\x7f" },
	{ .name = "c1\xc2\x9b", .line = "c1\\xc2\\x9b" },
	{ "latin\xe9", "latin\\xe9", "latin\\xe9" },
	{ "\xff\xfe", "\\xff\\xfe", "\\xff\\xfe" },
	{ "cut off \xf0\x9f\x90", "cut off \\xf0\\x9f\\x90", "cut off \\xf0\\x9f\\x90" },
	{ "long\xc0\x80", "long\\xc0\\x80", "long\\xc0\\x80" },
	{ "half\xed\xa0\x80", "half\\xed\\xa0\\x80", "half\\xed\\xa0\\x80" },
};

static char instance[128];

static void instance_write(struct __test_metadata *_metadata, const char *file, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", instance, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_LT(0, write(fd, text, strlen(text)));
	close(fd);
}

/* Starts "vmactl trace" of every process, and returns when it traces. */
static void start_trace(struct __test_metadata *_metadata, struct run *run, const char *option)
{
	char path[256], enabled = '0';

	start(_metadata, run, (const char *const[]){ "trace", option, NULL });
	snprintf(instance, sizeof(instance), "/sys/kernel/tracing/instances/vmactl-%d", run->pid);
	snprintf(path, sizeof(path), "%s/events/vmadev/enable", instance);
	/* X: some of them are. */
	for (int i = 0; i < 1000 && enabled != '1' && enabled != 'X'; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && read(fd, &enabled, 1) != 1)
			enabled = '0';
		close(fd);
		usleep(10000);
	}
	ASSERT_NE('0', enabled);
}

static void end_trace(struct __test_metadata *_metadata, struct run *run)
{
	ASSERT_EQ(0, kill(run->pid, SIGINT));
	finish(run);
	EXPECT_EQ(0, run->status);
}

/* Maps a page with frame numbers, writes to it, and unmaps it: mmap, fault, close. */
static void map_once(void)
{
	int fd = vmadev_open(NULL, O_RDWR);
	int region = fd < 0 ? -1 : vmadev_create(fd, NULL, (__u64)sysconf(_SC_PAGESIZE), 0,
						 VMADEV_STRATEGY_PFN);
	char *map = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, region, 0);

	if (map == MAP_FAILED)
		_exit(1);
	*map = 1;
	munmap(map, 1);
	close(region);
	close(fd);
}

/* A process of that name that maps once, and then lives until it is killed. */
static int start_named(struct __test_metadata *_metadata, const char *name)
{
	int pipes[2], pid;
	char byte;

	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		prctl(PR_SET_NAME, name);
		map_once();
		if (write(pipes[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	close(pipes[1]);
	ASSERT_EQ(1, read(pipes[0], &byte, 1));
	close(pipes[0]);
	return pid;
}

static void kill_all(const int *pids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

TEST(lines_show_processes_of_any_name)
{
	static const char *const events[] = { "mmap", "fault", "close" };
	int pids[ARRAY_SIZE(names)];
	struct run run;

	start_trace(_metadata, &run, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		pids[i] = start_named(_metadata, names[i].name);
	end_trace(_metadata, &run);
	kill_all(pids, ARRAY_SIZE(pids));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (size_t event = 0; event < ARRAY_SIZE(events); event++) {
			char wanted[128];

			snprintf(wanted, sizeof(wanted), " %-15s %7d %-6s ",
				 names[i].line ? : names[i].name, pids[i], events[event]);
			EXPECT_NE(NULL, strstr(run.out, wanted)) {
				TH_LOG("no '%s'", wanted);
			}
		}
	}
	EXPECT_STREQ("", run.err);
}

TEST(json_is_json_for_any_name)
{
	int pids[ARRAY_SIZE(names)], seen[ARRAY_SIZE(names)] = { 0 };
	json_error_t error;
	json_t *events, *event;
	struct run run;
	size_t at;

	start_trace(_metadata, &run, "--json");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		pids[i] = start_named(_metadata, names[i].name);
	end_trace(_metadata, &run);
	kill_all(pids, ARRAY_SIZE(pids));
	events = json_object_get(json_loads(run.out, 0, &error), "events");
	ASSERT_NE(NULL, events) {
		TH_LOG("%s at line %d", error.text, error.line);
	}
	json_array_foreach(events, at, event) {
		const char *name = json_string_value(json_object_get(event, "process"));

		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			if (json_integer_value(json_object_get(event, "pid")) != pids[i])
				continue;
			EXPECT_STREQ(names[i].json ? : names[i].name, name);
			seen[i]++;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(3, seen[i]) {
			TH_LOG("%s: %d events", names[i].name, seen[i]);
		}
	}
	EXPECT_STREQ("", run.err);
}

/* Gone before anybody could ask what it was called. */
TEST(processes_that_are_gone_are_shown)
{
	char wanted[32];
	struct run run;
	int pid;

	start_trace(_metadata, &run, NULL);
	pid = fork();
	if (!pid) {
		map_once();
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	end_trace(_metadata, &run);
	snprintf(wanted, sizeof(wanted), " %7d mmap ", pid);
	EXPECT_NE(NULL, strstr(run.out, wanted));
}

#define TURNS 40

/* Two processes, each on a CPU of its own, take turns: so do their lines, and time goes on. */
TEST(events_of_all_cpus_are_in_order)
{
	int there[2], back[2], pids[2], turn = 0;
	double before = -1;
	struct run run;
	char byte;

	ASSERT_EQ(0, pipe(there) | pipe(back));
	start_trace(_metadata, &run, "--event=mmap");
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		cpu_set_t cpu;

		CPU_ZERO(&cpu);
		CPU_SET(i, &cpu);
		/* With one CPU they share it. */
		sched_setaffinity(0, sizeof(cpu), &cpu);
		for (int n = 0; n < TURNS; n++) {
			if ((i || n) && read(i ? there[0] : back[0], &byte, 1) != 1)
				_exit(1);
			map_once();
			if (write(i ? back[1] : there[1], "", 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < 2; i++) {
		int status;

		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		ASSERT_EQ(0, status);
	}
	end_trace(_metadata, &run);
	strtok(run.out, "\n");
	for (char *line = strtok(NULL, "\n"); line; line = strtok(NULL, "\n")) {
		double seconds = atof(line);
		int pid = strlen(line) > 27 ? atoi(line + 27) : -1;

		if (pid != pids[0] && pid != pids[1])
			continue;
		EXPECT_EQ(pids[turn++ % 2], pid);
		EXPECT_LE(before, seconds);
		before = seconds;
	}
	EXPECT_EQ(2 * TURNS, turn);
}

/* The reader is stopped until its buffer is full: what is lost is counted, the rest is shown. */
TEST(lost_events_are_told)
{
	enum { EVENTS = 500 };	/* several times what the buffers of all CPUs hold */
	unsigned long long lost;
	struct run run;
	int count;

	start_trace(_metadata, &run, "--event=mmap");
	ASSERT_EQ(0, kill(run.pid, SIGSTOP));
	instance_write(_metadata, "buffer_size_kb", "8");
	for (int i = 0; i < EVENTS; i++)
		map_once();
	ASSERT_EQ(0, kill(run.pid, SIGCONT));
	end_trace(_metadata, &run);
	EXPECT_TRUE(is_one_line(run.err)) {
		TH_LOG("%s", run.err);
	}
	ASSERT_EQ(1, sscanf(run.err, "vmactl trace: %llu events are lost", &lost));
	count = 0;
	for (const char *at = run.out; (at = strstr(at, " mmap ")); at++)
		count++;
	EXPECT_LT(0, count);
	EXPECT_EQ(EVENTS, lost + count);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands that look: at a process, at copies of its maps, at moments of a trace. */
#include "run.h"

#include <jansson.h>
#include <sys/mman.h>
#include <time.h>

#define SELF beside("t/vmatrace-look")
#define TRACE "/tmp/vmatrace-look.trace"
#define MAPS "/tmp/vmatrace-look.maps"
#define SMAPS "/tmp/vmatrace-look.smaps"
#define PICTURE "/tmp/vmatrace-look.picture"
/* As many as an emulated guest can make and read in a while; by hand, try 60000. */
#define MANY 12000

/* So many VMAs more, of a page each; every third one is in memory. */
static void make_vmas(size_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, count * page, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (size_t i = 0; i < count; i += 2) {
		mprotect(at + i * page, page, PROT_READ | PROT_WRITE);
		if (i % 3 == 0)
			at[i * page] = 1;
	}
}

/* A child with many VMAs, or few, that waits. */
static pid_t start_holder(struct __test_metadata *_metadata, size_t vmas)
{
	int ready[2];
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		make_vmas(vmas);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end_holder(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static const char *number(pid_t pid)
{
	static char text[4][16];
	static unsigned int next;
	char *room = text[next++ % 4];

	sprintf(room, "%d", pid);
	return room;
}

/* A copy of a file of /proc; returns its lines that begin a VMA. */
static size_t copy_proc(pid_t pid, const char *name, const char *to)
{
	char path[64], line[4352];
	unsigned long start, end;
	size_t vmas = 0;
	FILE *in, *out = fopen(to, "we");

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	in = fopen(path, "re");
	while (fgets(line, sizeof(line), in)) {
		vmas += sscanf(line, "%lx-%lx ", &start, &end) == 2 && !strstr(line, "[vsyscall]");
		fputs(line, out);
	}
	fclose(in);
	fclose(out);
	return vmas;
}

static __attribute((__constructor__)) void run_case(void)
{
	const char *name = getenv(CASE);

	if (!name)
		return;
	if (!strcmp(name, "two"))
		fork();
	make_vmas(20);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

static void record(struct __test_metadata *_metadata, const char *name)
{
	static struct run run;

	setenv(CASE, name, 1);
	VMATRACE(&run, "-r", TRACE, SELF);
	unsetenv(CASE);
	ASSERT_EQ(0, run.status);
}

static char *file_content(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (!file || getdelim(&text, &room, '\0', file) < 0)
		return NULL;
	fclose(file);
	return text;
}

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		count++;
	}
	return count;
}

/* What the page's script has. */
static json_t *data_of(const char *page)
{
	const char *begin = strstr(page, "const data = ");

	return begin ? json_loads(begin + strlen("const data = "), JSON_DISABLE_EOF_CHECK, NULL) :
		       NULL;
}

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

TEST(svg_has_every_vma)
{
	pid_t pid = start_holder(_metadata, 40);
	size_t vmas = copy_proc(pid, "smaps", SMAPS);
	static struct run run;
	char *text;

	VMATRACE(&run, "map", "--svg", "-o", PICTURE, SMAPS);
	EXPECT_EQ(0, run.status);
	EXPECT_STREQ("", run.said);
	text = file_content(PICTURE);
	EXPECT_EQ(text, strstr(text, "<svg "));
	EXPECT_EQ(vmas, count_of(text, "<title>"));
	EXPECT_EQ(vmas, count_of(text, " in memory</title>"));
	EXPECT_EQ(1, count_of(text, "</svg>"));
	free(text);
	end_holder(pid);
}

TEST(html_has_every_vma_and_what_is_in_memory)
{
	pid_t pid = start_holder(_metadata, 40);
	size_t vmas = copy_proc(pid, "maps", MAPS), i;
	json_int_t resident = 0;
	json_t *data, *film, *vma;
	static struct run run;

	VMATRACE(&run, "map", "--html", "-o", PICTURE, number(pid));
	EXPECT_EQ(0, run.status);
	data = data_of(file_content(PICTURE));
	ASSERT_NE(NULL, data);
	film = json_array_get(json_object_get(data, "films"), 0);
	EXPECT_EQ(vmas, json_array_size(json_object_get(film, "vmas")));
	EXPECT_EQ(0, json_array_size(json_object_get(film, "frames")));
	json_array_foreach(json_object_get(film, "vmas"), i, vma) {
		json_int_t pages = json_integer_value(json_array_get(vma, 1));
		json_int_t held = json_integer_value(json_array_get(vma, 8));

		EXPECT_LE(0, held);
		EXPECT_LE(held, pages);
		resident += held;
	}
	EXPECT_LT(7, resident);
	json_decref(data);
	end_holder(pid);
}

/* The first picture and all that changed since lead to what the trace ends with. */
static void check_film(struct __test_metadata *_metadata, const json_t *film)
{
	static struct run run;
	char text[64];
	json_t *frame;
	size_t vmas, i;

	vmas = json_array_size(json_object_get(film, "vmas"));
	EXPECT_LT(10, json_array_size(json_object_get(film, "frames")));
	json_array_foreach(json_object_get(film, "frames"), i, frame)
		vmas += json_array_size(json_object_get(frame, "come")) -
			json_array_size(json_object_get(frame, "gone"));
	snprintf(text, sizeof(text), TRACE "@/%lld",
		 json_integer_value(json_object_get(film, "pid")));
	VMATRACE(&run, "map", text);
	snprintf(text, sizeof(text), "%zu VMAs of at most", vmas);
	EXPECT_SAID(&run, text);
}

TEST(films_end_as_the_trace_does)
{
	static struct run run;
	json_t *data, *film;
	size_t i;

	record(_metadata, "two");
	VMATRACE(&run, "map", "--html", "-o", PICTURE, TRACE);
	EXPECT_EQ(0, run.status);
	data = data_of(file_content(PICTURE));
	ASSERT_NE(NULL, data);
	EXPECT_EQ(2, json_array_size(json_object_get(data, "films")));
	json_array_foreach(json_object_get(data, "films"), i, film)
		check_film(_metadata, film);
	json_decref(data);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

FIXTURE(many)
{
	pid_t pid;
};

FIXTURE_SETUP(many)
{
	self->pid = start_holder(_metadata, MANY);
}

FIXTURE_TEARDOWN(many)
{
	end_holder(self->pid);
}

/* Of so many pmap -X reads smaps; a map is drawn in less time than that alone takes. */
TEST_F_TIMEOUT(many, vmas_are_drawn_quickly, 200)
{
	double begun, smaps, map, best = 1e9, other = 1e9;
	static struct run run;

	for (int i = 0; i < 3; i++) {
		begun = now();
		copy_proc(self->pid, "smaps", "/dev/null");
		smaps = now() - begun;
		begun = now();
		VMATRACE(&run, "map", "-o", "/dev/null", number(self->pid));
		map = now() - begun;
		EXPECT_EQ(0, run.status);
		best = map < best ? map : best;
		other = smaps < other ? smaps : other;
	}
	TH_LOG("map %.3f s, reading smaps %.3f s", best, other);
	EXPECT_LT(best, other);
	VMATRACE(&run, "map", "--html", "-o", PICTURE, number(self->pid));
	EXPECT_EQ(0, run.status);
}

TEST_F_TIMEOUT(many, watch_tells_when_the_limit_is_near, 100)
{
	static struct run run;
	json_t *line;
	pid_t pid;

	VMATRACE(&run, "watch", number(self->pid), "--limit", "15%");
	EXPECT_EQ(3, run.status);
	line = json_loads(run.said, 0, NULL);
	ASSERT_NE(NULL, line);
	EXPECT_STREQ("reached", json_string_value(json_object_get(line, "event")));
	EXPECT_EQ(self->pid, json_integer_value(json_object_get(line, "pid")));
	EXPECT_LT(MANY, json_integer_value(json_object_get(line, "vmas")));
	EXPECT_LT(15, json_number_value(json_object_get(line, "percent")));
	json_decref(line);
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

TEST(what_cannot_be_drawn_is_told)
{
	EXPECT_REFUSAL(1, "/absent: No such file", "map", "/absent");
	EXPECT_REFUSAL(1, "no copy of /proc/PID/maps or smaps, and no trace", "map", SELF);
	EXPECT_REFUSAL(1, "no process 4000000", "map", "4000000");
	EXPECT_REFUSAL(2, "usage: vmatrace map", "map");
	EXPECT_REFUSAL(2, "usage: vmatrace map", "map", "--svg", "--html", "1");
	EXPECT_REFUSAL(1, "/dev/full: No space left", "map", "--html", "-o", "/dev/full",
		       number(getpid()));
	EXPECT_REFUSAL(1, "/dev/full: No space left", "map", "-o", "/dev/full", number(getpid()));
	EXPECT_REFUSAL(1, "/absent/x: No such file", "map", "--svg", "-o", "/absent/x",
		       number(getpid()));
}

TEST_HARNESS_MAIN

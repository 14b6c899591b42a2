// SPDX-License-Identifier: GPL-2.0-or-later
/* What was recorded is shown again as it was; and each format is what others read. */
#include "run.h"

#include <jansson.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "schema.h"

#define SELF beside("t/vmatrace-record")
#define MANY 300
#define FILE_NAME "/tmp/vmatrace-record.trace"
#define LIVE "/tmp/vmatrace-record.live"
#define AGAIN "/tmp/vmatrace-record.again"

/* The schema, as it is installed. */
extern const char schema_begin[], schema_end[];
__asm__(".section .rodata\n"
	"schema_begin: .incbin \"events.schema.json\"\n"
	"schema_end: .byte 0\n"
	".previous");

/* Something of everything: splits, merges, errors, a file, a child, an exec. */
static void do_all(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, 16 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	at[0] = 1;
	munmap(at + 3 * page, page);
	mmap(at + 3 * page, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	     -1, 0);
	mprotect(at, page, PROT_READ);
	mprotect(at + 3, page, PROT_READ);
	mremap(at, 8 * page, 32 * page, MREMAP_MAYMOVE);
	mmap(NULL, page, PROT_READ, MAP_SHARED, open("/proc/self/exe", O_RDONLY), 0);
	if (fork()) {
		wait(NULL);
		_exit(0);
	}
	setenv(CASE, "few", 1);
	execl(SELF, SELF, NULL);
	_exit(1);
}

static void calls(int count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (int i = 0; i < count; i++) {
		char *at = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		mprotect(at, page, PROT_READ);
		munmap(at, 4 * page);
	}
	_exit(42);
}

static __attribute((__constructor__)) void run_case(void)
{
	const char *name = getenv(CASE);

	if (name && !strcmp(name, "all"))
		do_all();
	if (name && !strcmp(name, "endless")) {
		/* It goes on without its tracer, but not for ever. */
		alarm(3);
		calls(INT_MAX);
	}
	if (name)
		calls(strcmp(name, "many") ? 3 : MANY);
}

static bool same_content(const char *one, const char *other)
{
	static char bytes[2][1 << 20];
	const char *const paths[] = { one, other };
	size_t got[2];

	for (int i = 0; i < 2; i++) {
		FILE *file = fopen(paths[i], "re");

		if (!file)
			return false;
		got[i] = fread(bytes[i], 1, sizeof(bytes[i]), file);
		fclose(file);
	}
	return got[0] && got[0] == got[1] && !memcmp(bytes[0], bytes[1], got[0]);
}

static void record(struct __test_metadata *_metadata, const char *name)
{
	static struct run run;

	setenv(CASE, name, 1);
	VMATRACE(&run, "-r", FILE_NAME, SELF);
	EXPECT_STREQ("", run.said);
	unsetenv(CASE);
}

/* What is left of the file, and then something else. */
static void spoil(struct __test_metadata *_metadata, const char *path, off_t at, off_t rest,
		  unsigned char with)
{
	static unsigned char bytes[1 << 20];
	FILE *file = fopen(FILE_NAME, "re");
	size_t size = fread(bytes, 1, sizeof(bytes), file);

	fclose(file);
	ASSERT_LT((size_t)(at + rest), size);
	bytes[at] ^= with;
	file = fopen(path, "we");
	fwrite(bytes, 1, rest ? size - (size_t)rest : size, file);
	fclose(file);
}

FIXTURE(format)
{
};

FIXTURE_SETUP(format)
{
}

FIXTURE_TEARDOWN(format)
{
}

FIXTURE_VARIANT(format)
{
	const char *name;
};

FIXTURE_VARIANT_ADD(format, text) { .name = "text" };
FIXTURE_VARIANT_ADD(format, json) { .name = "json" };
FIXTURE_VARIANT_ADD(format, chrome) { .name = "chrome" };
FIXTURE_VARIANT_ADD(format, folded) { .name = "folded" };
FIXTURE_VARIANT_ADD(format, summary) { .name = "summary" };

TEST_F(format, is_replayed_as_it_was_seen)
{
	static struct run run;

	setenv(CASE, "all", 1);
	VMATRACE(&run, "--format", variant->name, "-o", LIVE, "-r", FILE_NAME, SELF);
	EXPECT_EQ(0, run.status);
	VMATRACE(&run, "replay", "--format", variant->name, "-o", AGAIN, FILE_NAME);
	EXPECT_EQ(0, run.status);
	EXPECT_STREQ("", run.said);
	EXPECT_TRUE(same_content(LIVE, AGAIN));
}

TEST(filters_hold_for_a_replay)
{
	static struct run run;

	record(_metadata, "all");
	VMATRACE(&run, "replay", "-q", "-e", "call=mremap", FILE_NAME);
	EXPECT_EQ(0, run.status);
	EXPECT_SAID(&run, "mremap(0x");
	EXPECT_EQ(NULL, strstr(run.said, "mprotect"));
}

TEST(status_is_the_programs_when_recording)
{
	static struct run run;

	setenv(CASE, "few", 1);
	VMATRACE(&run, "-r", FILE_NAME, SELF);
	EXPECT_EQ(42, run.status);
}

TEST(many_calls_take_little_memory)
{
	struct rusage usage;

	record(_metadata, "many");
	getrusage(RUSAGE_CHILDREN, &usage);
	EXPECT_GT(32 << 10, usage.ru_maxrss);
}

TEST(what_is_no_trace_is_told)
{
	record(_metadata, "few");
	EXPECT_REFUSAL(1, "/absent: No such file or directory", "replay", "/absent");
	EXPECT_REFUSAL(1, "vmatrace has not recorded this; --record FILE does", "replay", SELF);
	EXPECT_REFUSAL(1, "vmatrace has not recorded this", "replay", "/dev/null");
	spoil(_metadata, AGAIN, 16, 0, 1);
	EXPECT_REFUSAL(1, "recorded in version 3, this vmatrace reads 2", "replay", AGAIN);
	EXPECT_REFUSAL(2, "replay takes a recorded file", "replay");
	EXPECT_REFUSAL(2, "replay takes a recorded file", "replay", "-p", "1", FILE_NAME);
}

/* It says what there is, and that there was more. */
TEST(truncated_and_damaged_files_are_told)
{
	static struct run run;

	record(_metadata, "many");
	spoil(_metadata, AGAIN, 0, 100, 0);
	VMATRACE(&run, "replay", "-q", "-e", "call=brk", AGAIN);
	EXPECT_EQ(1, run.status);
	EXPECT_SAID(&run, "brk(");
	EXPECT_SAID(&run, AGAIN ": cut off, as if vmatrace was killed");
	record(_metadata, "all");
	for (off_t at = 40; at < 1000; at += 193) {
		spoil(_metadata, AGAIN, at, 0, 0x5a);
		VMATRACE(&run, "replay", AGAIN);
		EXPECT_EQ(1, run.status);
		EXPECT_SAID(&run, AGAIN ": ");
	}
}

/* Of what was recorded until then all is there, but for the last fraction of a second. */
TEST(killed_tracer_leaves_a_trace)
{
	static struct run run;

	setenv(CASE, "endless", 1);
	start(_metadata, &run, (const char *const[]){ "-r", FILE_NAME, SELF, NULL });
	sleep(2);
	EXPECT_EQ(0, kill(run.pid, SIGKILL));
	finish(&run);
	EXPECT_EQ(128 + SIGKILL, run.status);
	VMATRACE(&run, "replay", "-c", FILE_NAME);
	EXPECT_EQ(1, run.status);
	EXPECT_SAID(&run, "cut off, as if vmatrace was killed");
	EXPECT_SAID(&run, " munmap\n");
}

TEST(full_disk_is_told)
{
	setenv(CASE, "few", 1);
	EXPECT_REFUSAL(1, "/dev/full: No space left on device; nothing is followed any more, "
		       "the program goes on", "-r", "/dev/full", SELF);
	EXPECT_REFUSAL(1, "/absent/x: No such file or directory", "-r", "/absent/x", SELF);
}

/* Each line of the output that is of JSON. */
static size_t check_lines(struct __test_metadata *_metadata, const char *path, const char *type)
{
	json_t *schema = json_loads(schema_begin, 0, NULL), *line;
	FILE *file = fopen(path, "re");
	size_t found = 0;

	ASSERT_NE(NULL, schema);
	while ((line = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL))) {
		EXPECT_TRUE(schema_holds(schema, schema, line)) {
			TH_LOG("not as the schema has it: %s", json_dumps(line, 0));
		}
		found += !strcmp(json_string_value(json_object_get(line, "type")), type);
		json_decref(line);
	}
	fclose(file);
	json_decref(schema);
	return found;
}

TEST(json_is_as_the_schema_says)
{
	static struct run run;

	setenv(CASE, "all", 1);
	VMATRACE(&run, "--json", "-o", LIVE, SELF);
	EXPECT_EQ(0, run.status);
	EXPECT_LT(10, check_lines(_metadata, LIVE, "call"));
	EXPECT_LT(2, check_lines(_metadata, LIVE, "note"));
}

/* The schema refuses what it should. */
TEST(schema_has_teeth)
{
	static const char *const wrong[] = {
		"{}", "[]", "{\"type\":\"note\",\"pid\":1}",
		"{\"type\":\"note\",\"pid\":\"1\",\"text\":\"\"}",
		"{\"type\":\"note\",\"pid\":1,\"text\":\"\",\"more\":1}",
		"{\"type\":\"other\",\"pid\":1,\"text\":\"\"}",
	};
	json_t *schema = json_loads(schema_begin, 0, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		json_t *value = json_loads(wrong[i], 0, NULL);

		EXPECT_FALSE(schema_holds(schema, schema, value));
		json_decref(value);
	}
	json_decref(schema);
}

static bool has(json_t *event, const char *names)
{
	for (; *names; names += strspn(names, " ")) {
		char name[16] = "";

		sscanf(names, "%15s", name);
		if (!json_object_get(event, name))
			return false;
		names += strlen(name);
	}
	return true;
}

/* As the format's document has it: complete events, counters, instants, metadata. */
TEST(chrome_events_are_whole)
{
	static const struct {
		const char *phase, *members;
	} kinds[] = {
		{ "X", "name ts dur pid tid args" }, { "C", "name ts pid args" },
		{ "i", "name ts pid tid s" }, { "M", "name pid args" },
	};
	size_t seen[ARRAY_SIZE(kinds)] = { 0 }, i;
	json_t *all, *event;
	static struct run run;

	setenv(CASE, "all", 1);
	VMATRACE(&run, "--format", "chrome", "-o", LIVE, SELF);
	all = json_load_file(LIVE, 0, NULL);
	ASSERT_NE(NULL, all);
	json_array_foreach(json_object_get(all, "traceEvents"), i, event) {
		const char *phase = json_string_value(json_object_get(event, "ph"));

		for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
			if (strcmp(kinds[kind].phase, phase))
				continue;
			seen[kind]++;
			EXPECT_TRUE(has(event, kinds[kind].members));
		}
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		EXPECT_LT(0, seen[i]);
	json_decref(all);
}

TEST(folded_lines_are_paths_and_counts)
{
	static struct run run;
	char *line, *rest;
	int munmaps = 0;

	setenv(CASE, "many", 1);
	VMATRACE(&run, "--format", "folded", SELF);
	EXPECT_EQ(42, run.status);
	rest = run.said;
	while ((line = strsep(&rest, "\n")) && *line) {
		char *number = strrchr(line, ' ');

		ASSERT_NE(NULL, number);
		EXPECT_NE(NULL, strchr(line, ';'));
		if (strstr(line, ";munmap;"))
			munmaps += atoi(number);
	}
	EXPECT_LE(MANY, munmaps);
}

TEST_HARNESS_MAIN

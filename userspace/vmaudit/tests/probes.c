// SPDX-License-Identifier: GPL-2.0-or-later
/* What vmaudit says of each mapping of a table, by each probe that the table has for it. */
#define PROGRAM "vmaudit"
#define MOST_ARGS 256
#include "../../tests/run.h"

#include <jansson.h>
#include <stdlib.h>
#include <vt.h>

#include "probes.h"

#define ROWS (sizeof(rows) / sizeof(*rows))

static bool is_of_this_kernel(const struct row *row)
{
	return vt_kernel_at_least(row->from / 1000, row->from % 1000) &&
	       (!row->until || !vt_kernel_at_least(row->until / 1000, row->until % 1000));
}

/* The words of a text as arguments; "16P" is so many bytes as 16 pages have. */
static size_t split(char *text, const char **args, size_t most)
{
	static char bytes[4][32];
	size_t count = 0, lengths = 0;

	for (char *word = strtok(text, " "); word && count < most; word = strtok(NULL, " ")) {
		size_t length = strlen(word);

		if (length > 1 && word[length - 1] == 'P') {
			snprintf(bytes[lengths], sizeof(bytes[0]), "%ld",
				 atol(word) * sysconf(_SC_PAGESIZE));
			word = bytes[lengths++];
		}
		args[count++] = word;
	}
	return count;
}

/* One run for all that the table says of a mapping. */
static json_t *audit(struct __test_metadata *_metadata, const char *mapping)
{
	/* On a busy machine a probe may take its time; what is killed puts nothing right. */
	const char *args[MOST_ARGS] = { "--json", "--dangerous", "--seconds", "60" };
	static struct run run;
	char words[256];
	size_t count = 4;
	json_error_t error;
	json_t *root;

	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].mapping, mapping) || !is_of_this_kernel(&rows[i]))
			continue;
		args[count++] = "--only";
		args[count++] = rows[i].probe;
	}
	snprintf(words, sizeof(words), "%s", mapping);
	count += split(words, args + count, MOST_ARGS - 1 - count);
	args[count] = NULL;
	run_program(_metadata, &run, args);
	EXPECT_STREQ("", run.err) {
		TH_LOG("%s: %s", mapping, run.err);
	}
	root = json_loads(run.out, 0, &error);
	EXPECT_NE(NULL, root) {
		TH_LOG("%s: %s", mapping, error.text);
	}
	return root;
}

static const char *member(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* As the table has it: "refused (EINVAL)" */
static void verdict_of(json_t *finding, char *text, size_t room)
{
	const char *error = member(finding, "errno"), *sig = member(finding, "signal");

	if (*error || *sig)
		snprintf(text, room, "%s (%s%s)", member(finding, "verdict"), *sig ? "SIG" : "",
			 *sig ? sig : error);
	else
		snprintf(text, room, "%s", member(finding, "verdict"));
}

static json_t *finding_of(json_t *root, const char *probe)
{
	json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(root, "probes"), i, finding)
		if (!strcmp(member(finding, "probe"), probe))
			return finding;
	return NULL;
}

static void expect_rows_of(struct __test_metadata *_metadata, const char *mapping)
{
	json_t *root = audit(_metadata, mapping);

	for (size_t i = 0; i < ROWS; i++) {
		json_t *finding;
		char verdict[64];

		if (strcmp(rows[i].mapping, mapping) || !is_of_this_kernel(&rows[i]))
			continue;
		finding = finding_of(root, rows[i].probe);
		verdict_of(finding, verdict, sizeof(verdict));
		EXPECT_STREQ(rows[i].verdict, verdict) {
			TH_LOG("%s of %s: %s", rows[i].probe, mapping, member(finding, "seen"));
		}
		EXPECT_NE(NULL, strstr(member(finding, "seen"), rows[i].seen)) {
			TH_LOG("%s of %s: %s, and not %s", rows[i].probe, mapping,
			       member(finding, "seen"), rows[i].seen);
		}
	}
	json_decref(root);
}

#define HUGE "/proc/sys/vm/nr_hugepages"

FIXTURE(slow) {};

FIXTURE_SETUP(slow)
{
	ASSERT_TRUE(put_text(HUGE, "8"));
}

FIXTURE_TEARDOWN(slow)
{
	EXPECT_TRUE(put_text(HUGE, "0"));
}

TEST_F_TIMEOUT(slow, each_says_what_the_table_says, 110)
{
	for (size_t i = 0; i < ROWS; i++) {
		size_t first = 0;

		while (strcmp(rows[first].mapping, rows[i].mapping))
			first++;
		if (first == i)
			expect_rows_of(_metadata, rows[i].mapping);
	}
}

static const char *const asked_elsewhere[] = {
	/* A guest of an audit has what these need: make matrix-check asks them there. */
	"o-direct-read",	/* a file system on a disk */
	"o-direct-write",
	"kvm-slot",		/* the modules of KVM */
	/* Of openers that have a hook, in tests/defects.c */
	"hook-revoke", "hook-resize", "hook-free",
};

static bool is_asked_elsewhere(const char *probe)
{
	for (size_t i = 0; i < sizeof(asked_elsewhere) / sizeof(*asked_elsewhere); i++)
		if (!strcmp(asked_elsewhere[i], probe))
			return true;
	return false;
}

/* Two rows that say the same are one. */
static bool has_two_answers(const char *probe)
{
	const struct row *one = NULL;

	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].probe, probe))
			continue;
		if (one && (strcmp(one->verdict, rows[i].verdict) ||
			    strcmp(one->seen, rows[i].seen)))
			return true;
		one = &rows[i];
	}
	return false;
}

TEST(each_has_two_answers)
{
	struct run run = { 0 };
	const char *line;
	size_t count = 0;

	RUN(&run, "--list");
	line = strstr(run.out, "\nProbes:\n");
	ASSERT_NE(NULL, line);
	for (line += strlen("\nProbes:\n"); *line; line += strcspn(line, "\n") + 1) {
		char probe[64];

		ASSERT_EQ(1, sscanf(line, "%63s", probe));
		EXPECT_TRUE(has_two_answers(probe) || is_asked_elsewhere(probe)) {
			TH_LOG("%s is in no two rows that differ", probe);
		}
		count++;
	}
	EXPECT_LT(50, count);
}

TEST_HARNESS_MAIN

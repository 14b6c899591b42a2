// SPDX-License-Identifier: GPL-2.0-or-later
/* What each program does with a standard output that is full, and without the three it expects. */
#include "held.h"

#include <dirent.h>

#define LOOKED_AT (64 << 10)	/* bytes at the start of a region, where what is printed would be */

/* What prints, of a region "box" and of the default one. */
static const char *const printing[][8] = {
	{ "--help" },
	{ "--version" },
	{ "info", "--help" },
	{ "info" },
	{ "info", "--json" },
	{ "info", "--region", "box" },
	{ "dump" },
	{ "dump", "--length", "16" },
	{ "copy", "--to", "-", "--length", "100" },
	{ "stats", "--region", "box" },
	{ "stats", "--watch=0", "--times", "3" },
	{ "make-vma", "--seconds", "0" },
	{ "make-vma", "--seconds", "0", "--json" },
	{ "trace", "--seconds", "0" },
	{ "trace", "--seconds", "0", "--json" },
	{ "selfcheck" },
	{ "create", "other" },
	{ "create", "other", "--background" },
};

/* What prints with a region open, and then what complains. */
static const char *const opening[][8] = {
	{ "info" },
	{ "dump", "--length", "64" },
	{ "dump", "--region", "box" },
	{ "copy", "--to", "-", "--length", "100" },
	{ "stats" },
	{ "make-vma", "--seconds", "0" },
	{ "make-vma", "--seconds", "0", "--json", "--region", "box" },
	{ "selfcheck" },
};

static const char *const complaining[][8] = {
	{ "copy", "--from", "/absent" },
	{ "copy", "--from", "/absent", "--region", "box" },
	{ "copy", "--from", "-", "--length", "0x100000000" },
	{ "fill", "--offset", "1G", "1" },
	{ "make-vma", "--prot", "exec" },
};

/* Which are closed: a bit each. */
static const unsigned int closings[] = { 2, 4, 7 };

FIXTURE(streams)
{
	char folder[32], other[64];
	int device, box;
	struct run holder;
};

FIXTURE_SETUP(streams)
{
	static const char zeros[LOOKED_AT];
	char path[64];

	snprintf(self->folder, sizeof(self->folder), "/tmp/vmactl-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->folder));
	ASSERT_EQ(0, setenv("XDG_RUNTIME_DIR", self->folder, 1));
	start(_metadata, &self->holder, (const char *const[]){ "create", "box", NULL });
	wait_for(&self->holder, "holds it at");
	snprintf(path, sizeof(path), "%s/vmadev/box", self->folder);
	snprintf(self->other, sizeof(self->other), "%s/vmadev/other", self->folder);
	self->box = held_ask(path);
	ASSERT_LE(0, self->box);
	self->device = vmadev_open(NULL, O_RDWR);
	ASSERT_LE(0, self->device);
	ASSERT_EQ(LOOKED_AT, pwrite(self->device, zeros, LOOKED_AT, 0));
}

FIXTURE_TEARDOWN(streams)
{
	char path[64];

	kill(self->holder.pid, SIGTERM);
	finish(&self->holder);
	snprintf(path, sizeof(path), "%s/vmadev", self->folder);
	EXPECT_EQ(0, rmdir(path));
	EXPECT_EQ(0, rmdir(self->folder));
}

static bool is_zero(int fd)
{
	static char bytes[LOOKED_AT];

	if (pread(fd, bytes, sizeof(bytes), 0) != sizeof(bytes))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		if (bytes[i])
			return false;
	return true;
}

static void tell(struct __test_metadata *_metadata, const char *const *args,
		 const struct run *run)
{
	TH_LOG("%s %s %s: status %d, %s", args[0], args[1] ? : "", args[2] ? : "", run->status,
	       run->err);
}

/* A program fails, and says so in one line at the end of its errors. */
static bool ended_for(const struct run *run, int status, const char *why)
{
	const char *told = strstr(run->err, "standard output: ");

	return run->status == status && told && !strncmp(told + strlen("standard output: "), why,
						    strlen(why)) &&
	       is_one_line(told);
}

static bool failed_for(const struct run *run, const char *why)
{
	return ended_for(run, 1, why);
}

TEST_F_TIMEOUT(streams, full_output_is_a_failure, 110)
{
	struct run run;

	for (size_t i = 0; i < ARRAY_SIZE(printing); i++) {
		run_way(_metadata, &run, &(struct way){ .to = "/dev/full" }, printing[i]);
		EXPECT_TRUE(failed_for(&run, "No space left on device")) {
			tell(_metadata, printing[i], &run);
		}
	}
	EXPECT_NE(0, access(self->other, F_OK));
}

/* It does not wait for Ctrl-C with nothing told. */
TEST_F_TIMEOUT(streams, full_output_ends_what_would_wait, 110)
{
	static const char *const waiting[][8] = {
		{ "make-vma" }, { "make-vma", "--json" }, { "trace" }, { "stats", "--watch=0" },
	};
	struct run run;

	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++) {
		run_way(_metadata, &run, &(struct way){ .to = "/dev/full" }, waiting[i]);
		EXPECT_TRUE(failed_for(&run, "No space left on device")) {
			tell(_metadata, waiting[i], &run);
		}
	}
}

TEST_F_TIMEOUT(streams, full_file_of_trace_is_named, 110)
{
	EXPECT_REFUSAL(1, "/dev/full: No space left on device",
		       "trace", "--output", "/dev/full", "--seconds", "0");
}

/* Calls @visit for each of our programs in a folder beside that of this program, by its path. */
static void each_program(struct __test_metadata *_metadata, const char *folder, const char *prefix,
			 void (*visit)(struct __test_metadata *_metadata, const char *path))
{
	char base[2048], path[2400];
	struct dirent **entries;
	int count;

	snprintf(base, sizeof(base), "%s", path_of(_metadata, folder));
	count = scandir(base, &entries, NULL, alphasort);
	ASSERT_LT(2, count);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", base, entries[i]->d_name);
		/* The probes print nothing: other programs start them. */
		if (*entries[i]->d_name != '.' && !strstr(path, "/layout-probe") &&
		    !strncmp(entries[i]->d_name, prefix, strlen(prefix)))
			visit(_metadata, path);
		free(entries[i]);
	}
	free(entries);
}

static void expect_full(struct __test_metadata *_metadata, const char *path)
{
	const bool example = strstr(path, "vmadev-example-");
	/* To vmaudit 1 is a defect. */
	const int status = strstr(path, "/vmaudit") ? 2 : 1;
	struct run run;

	RUN(&run, (&(struct way){ .program = path, .to = "/dev/full" }),
	    example ? NULL : "--help");
	EXPECT_TRUE(ended_for(&run, status, "No space left on device")) {
		TH_LOG("%s: status %d, %s", path, run.status, run.err);
	}
}

TEST_F_TIMEOUT(streams, full_output_is_a_failure_of_every_program, 110)
{
	each_program(_metadata, "bin", "vm", expect_full);
	each_program(_metadata, "tour", "", expect_full);
}

TEST_F_TIMEOUT(streams, full_output_is_a_failure_of_the_tour, 110)
{
	char tour[2048];
	struct run run;

	snprintf(tour, sizeof(tour), "%s", path_of(_metadata, "tour/tour"));
	RUN(&run, (&(struct way){ .program = tour, .to = "/dev/full" }), "--list");
	EXPECT_TRUE(failed_for(&run, "No space left on device"));
	RUN(&run, (&(struct way){ .program = tour, .to = "/dev/full" }), "--tap", "offsets");
	EXPECT_TRUE(failed_for(&run, "No space left on device"));
	RUN(&run, (&(struct way){ .program = tour, .to = "/dev/full" }), "offsets");
	EXPECT_EQ(1, run.status);
	EXPECT_NE(NULL, strstr(run.err, "offsets: standard output: No space left on device"));
}

/* This program, too: a verdict that nobody gets is none. */
TEST_F_TIMEOUT(streams, full_output_is_a_failure_of_a_test, 110)
{
	struct run run;

	RUN(&run, (&(struct way){ .program = "/proc/self/exe", .to = "/dev/full" }), "-t", "none");
	EXPECT_TRUE(failed_for(&run, "No space left on device"));
}

/* Whichever of the three is closed, nothing that is printed gets into a region. */
TEST_F_TIMEOUT(streams, closed_ones_do_not_become_regions, 110)
{
	for (size_t n = 0; n < ARRAY_SIZE(closings); n++) {
		const struct way way = { .closed = closings[n] };
		struct run run;

		for (size_t i = 0; i < ARRAY_SIZE(opening); i++) {
			run_way(_metadata, &run, &way, opening[i]);
			EXPECT_EQ(!!(way.closed & 2), run.status);
			EXPECT_EQ(way.closed == 2, failed_for(&run, "Bad file descriptor")) {
				tell(_metadata, opening[i], &run);
			}
			ASSERT_TRUE(is_zero(self->device) && is_zero(self->box)) {
				tell(_metadata, opening[i], &run);
			}
		}
		for (size_t i = 0; i < ARRAY_SIZE(complaining); i++) {
			run_way(_metadata, &run, &way, complaining[i]);
			EXPECT_EQ(1, run.status);
			ASSERT_TRUE(is_zero(self->device) && is_zero(self->box)) {
				tell(_metadata, complaining[i], &run);
			}
		}
	}
}

/* The region is not read as if it were the input. */
TEST_F_TIMEOUT(streams, closed_input_is_an_error, 110)
{
	struct run run;

	RUN(&run, (&(struct way){ .closed = 1 }), "copy", "--from", "-");
	EXPECT_EQ(1, run.status);
	EXPECT_NE(NULL, strstr(run.err, "standard input: Bad file descriptor"));
}

static void expect_device_clean(struct __test_metadata *_metadata, const char *path)
{
	int device = vmadev_open(NULL, O_RDONLY);
	struct run run;

	for (size_t n = 0; n < ARRAY_SIZE(closings); n++) {
		RUN(&run, (&(struct way){ .program = path, .closed = closings[n] }), NULL);
		EXPECT_EQ(!!(closings[n] & 2), run.status);
		EXPECT_TRUE(is_zero(device)) {
			TH_LOG("%s, closed %u", path, closings[n]);
		}
	}
	close(device);
}

TEST_F_TIMEOUT(streams, closed_ones_of_the_examples_do_not_become_regions, 110)
{
	each_program(_metadata, "bin", "vmadev-example-", expect_device_clean);
}

/* What a holder in the background hands out is the region, or there is no holder. */
TEST_F_TIMEOUT(streams, closed_ones_do_not_become_the_holders, 110)
{
	for (unsigned int closed = 1; closed < 8; closed++) {
		const struct way way = { .closed = closed };
		struct vmadev_info info;
		struct run run;
		int region;

		RUN(&run, &way, "create", "other", "--background", "--size", "64K");
		if (closed & 2) {
			EXPECT_EQ(1, run.status);
			EXPECT_NE(0, access(self->other, F_OK));
			continue;
		}
		EXPECT_EQ(0, run.status);
		region = held_ask(self->other);
		ASSERT_LE(0, region);
		ASSERT_EQ(0, vmadev_info(region, &info, sizeof(info)));
		EXPECT_STREQ("other", info.name);
		EXPECT_TRUE(is_zero(region));
		close(region);
		stop_holder(_metadata, self->other);
	}
}

TEST_HARNESS_MAIN

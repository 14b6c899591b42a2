// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel can do with the tracepoints: perf counts them, filters and triggers choose. */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmadev_test.h"

#define NPAGES	4

static const char *const names[] = { "mmap", "open", "close", "fault", "zap", "fsync" };
#define NEVENTS	ARRAY_SIZE(names)

FIXTURE(events) {
	size_t page;
	int fd;
	char *text;
};

FIXTURE_SETUP(events)
{
	self->page = vt_page();
	self->fd = vt_create(VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PFN, NPAGES * self->page,
			     "events");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(events)
{
	vt_trace_on(true);
	free(self->text);
	close(self->fd);
}

typedef FIXTURE_DATA(events) watched;

/* perf's counter of a tracepoint that @pid passes (0: this process), or -1. */
static int perf_open(const char *name, pid_t pid)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr) };
	char path[128];
	int id, got;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/vmadev/vmadev_%s/id", name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	got = fscanf(f, "%d", &id);
	fclose(f);
	if (got != 1)
		return -1;
	attr.config = id;
	return syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static long long perf_count(int fd)
{
	__u64 n;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? (long long)n : -1;
}

/* At least one event of each kind; zap, fault and fsync of page @pgoff alone. */
static int do_all(const watched *self, int pgoff)
{
	char *p = mmap(NULL, NPAGES * self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	char *there = p + pgoff * self->page;

	if (p == MAP_FAILED)
		return -1;
	return vt_zap(self->fd, pgoff * self->page, self->page) || vt_write(there, 1) ||
	       msync(there, self->page, MS_SYNC) || munmap(p + self->page, self->page) ||
	       munmap(p, NPAGES * self->page);
}

static int recorded(const watched *self, const char *name)
{
	char needle[32];

	snprintf(needle, sizeof(needle), " vmadev_%s: region=", name);
	return vt_trace_count(self->text, needle);
}

/* perf stat -e 'vmadev:*', while somebody else looks at the trace */
TEST_F(events, perf_counts_what_the_trace_shows)
{
	int counters[NEVENTS];

	for (size_t i = 0; i < NEVENTS; i++) {
		counters[i] = perf_open(names[i], 0);
		ASSERT_LE(0, counters[i]) {
			TH_LOG("%s: %s", names[i], strerror(errno));
		}
	}
	ASSERT_EQ(0, vt_trace_start(NULL));
	ASSERT_EQ(0, do_all(self, 3));
	self->text = vt_trace_stop();
	ASSERT_NE(NULL, self->text);
	for (size_t i = 0; i < NEVENTS; i++) {
		EXPECT_LT(0, recorded(self, names[i])) {
			TH_LOG("%s", names[i]);
		}
		EXPECT_EQ(recorded(self, names[i]), perf_count(counters[i])) {
			TH_LOG("%s", names[i]);
		}
		close(counters[i]);
	}
}

/* perf stat -p PID: what others do to the same region is not its. */
TEST_F(events, perf_counts_the_process_that_it_watches)
{
	int counters[NEVENTS], go[2], status;
	char byte = 0;
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(read(go[0], &byte, 1) != 1 || do_all(self, 3));
	for (size_t i = 0; i < NEVENTS; i++) {
		counters[i] = perf_open(names[i], pid);
		ASSERT_LE(0, counters[i]) {
			TH_LOG("%s: %s", names[i], strerror(errno));
		}
	}
	ASSERT_EQ(0, do_all(self, 2));
	for (size_t i = 0; i < NEVENTS; i++) {
		EXPECT_EQ(0, perf_count(counters[i])) {
			TH_LOG("%s", names[i]);
		}
	}
	ASSERT_EQ(1, write(go[1], &byte, 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	for (size_t i = 0; i < NEVENTS; i++) {
		EXPECT_LT(0, perf_count(counters[i])) {
			TH_LOG("%s", names[i]);
		}
		close(counters[i]);
	}
}

TEST_F(events, a_filter_keeps_what_it_names)
{
	EXPECT_EQ(0, vt_trace_set("fault", "filter", "pgoff == 3 && write == 1"));
	ASSERT_EQ(0, vt_trace_start("fault"));
	ASSERT_EQ(0, do_all(self, 2));
	ASSERT_EQ(0, do_all(self, 3));
	self->text = vt_trace_stop();
	EXPECT_EQ(0, vt_trace_set("fault", "filter", "0"));
	ASSERT_NE(NULL, self->text);
	EXPECT_EQ(1, recorded(self, "fault"));
	EXPECT_EQ(1, vt_trace_count(self->text, " pgoff=3 "));
}

/* The others are there, and silent until one mmap that the filter lets through. */
TEST_F(events, a_trigger_starts_them)
{
	char trigger[64];

	ASSERT_EQ(0, vt_trace_start("mmap"));
	for (size_t i = 1; i < NEVENTS; i++) {
		snprintf(trigger, sizeof(trigger), "enable_event:vmadev:vmadev_%s if nr_pages == 1",
			 names[i]);
		EXPECT_EQ(0, vt_trace_set("mmap", "trigger", trigger)) {
			TH_LOG("%s", names[i]);
		}
	}
	EXPECT_EQ(0, do_all(self, 2));
	munmap(mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd, 0), self->page);
	EXPECT_EQ(0, do_all(self, 3));
	for (size_t i = 1; i < NEVENTS; i++) {
		snprintf(trigger, sizeof(trigger), "!enable_event:vmadev:vmadev_%s", names[i]);
		EXPECT_EQ(0, vt_trace_set("mmap", "trigger", trigger)) {
			TH_LOG("%s", names[i]);
		}
	}
	self->text = vt_trace_stop();
	ASSERT_NE(NULL, self->text);
	EXPECT_EQ(3, recorded(self, "mmap"));
	EXPECT_EQ(1, recorded(self, "fault"));
	EXPECT_EQ(1, recorded(self, "zap"));
	EXPECT_EQ(1, recorded(self, "fsync"));
	EXPECT_LT(0, recorded(self, "open"));
	EXPECT_LT(0, recorded(self, "close"));
}

TEST_F(events, are_not_recorded_while_tracing_is_off)
{
	ASSERT_EQ(0, vt_trace_start(NULL));
	ASSERT_EQ(0, vt_trace_on(false));
	ASSERT_EQ(0, do_all(self, 2));
	ASSERT_EQ(0, vt_trace_on(true));
	ASSERT_EQ(0, vt_zap(self->fd, 0, self->page));
	self->text = vt_trace_stop();
	ASSERT_NE(NULL, self->text);
	EXPECT_EQ(1, vt_trace_count(self->text, ": region="));
	EXPECT_EQ(1, recorded(self, "zap"));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* The tracepoints: which there are, what they print, and when they fire. */
#include "vmadev_test.h"
#include "mode.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define EVENTS	"/sys/kernel/tracing/events/vmadev/"
#define NPAGES	16

FIXTURE(event)
{
	char format[4096];
};

FIXTURE_VARIANT(event)
{
	const char *name;
	const char *fields[6];
};

#define EVENT(event_name, ...)						\
	FIXTURE_VARIANT_ADD(event, event_name) {			\
		.name = #event_name, .fields = { __VA_ARGS__ },		\
	}

EVENT(mmap, "region", "strategy", "order", "pgoff", "result");
EVENT(open, "region", "strategy", "order", "pgoff");
EVENT(close, "region", "strategy", "order", "pgoff");
EVENT(fault, "region", "strategy", "order", "pgoff", "result");
EVENT(zap, "region", "strategy", "order", "pgoff", "result");
EVENT(resize, "region", "before", "result");
EVENT(fallocate, "region", "mode", "start", "length", "result");
EVENT(seal, "region", "seals", "result");
EVENT(revoke, "region", "how", "pinned", "result");
EVENT(restore, "region", "result");
EVENT(fsync, "region", "start", "end", "datasync");
EVENT(inject, "region", "rule", "access", "pgoff", "action");
EVENT(export, "region", "strategy", "pgoff", "write", "result");

FIXTURE_SETUP(event)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), EVENTS "vmadev_%s/format", variant->name);
	f = fopen(path, "r");
	ASSERT_NE(NULL, f);
	self->format[fread(self->format, 1, sizeof(self->format) - 1, f)] = '\0';
	fclose(f);
}

FIXTURE_TEARDOWN(event)
{
}

TEST_F(event, has_its_fields_and_prints_them)
{
	const char *print = strstr(self->format, "print fmt:");

	ASSERT_NE(NULL, print);
	for (int i = 0; i < 6 && variant->fields[i]; i++) {
		char field[32], printed[32];

		snprintf(field, sizeof(field), " %s;", variant->fields[i]);
		snprintf(printed, sizeof(printed), "%s=", variant->fields[i]);
		EXPECT_NE(NULL, strstr(self->format, field)) {
			TH_LOG("no field %s", variant->fields[i]);
		}
		EXPECT_NE(NULL, strstr(print, printed)) {
			TH_LOG("%s is not printed", variant->fields[i]);
		}
	}
}

TEST_F(event, has_no_field_for_an_address)
{
	static const char *const bad[] = { "pfn;", "phys;", "addr;", "address;", "ptr;", " *" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(NULL, strstr(self->format, bad[i])) {
			TH_LOG("%s", bad[i]);
		}
	}
	EXPECT_EQ(NULL, strstr(self->format, "%p"));
}

FIXTURE(trace)
{
	size_t page;
	size_t bytes;
	int fd;
	unsigned long long region;
	const char *strategy;
	bool life;		/* has vm_ops->open and close */
	char *text;
};

FIXTURE_VARIANT(trace)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(trace);

FIXTURE_SETUP(trace)
{
	static const char *const names[] = {
		"", "remap", "pfn", "page", "insert", "cache", "anon", "huge",
		"filemap"
	};
	struct vmadev_info info;

	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	self->strategy = names[variant->strategy];
	self->life = variant->strategy == VMADEV_STRATEGY_REMAP ||
		     vt_maps_window(variant->strategy) ||
		     variant->strategy == VMADEV_STRATEGY_INSERT;
	CREATE_MODE(self->bytes, "trace");
	ASSERT_EQ(0, vt_info(self->fd, &info));
	self->region = info.region;
}

FIXTURE_TEARDOWN(trace)
{
	free(self->text);
	close(self->fd);
}

typedef FIXTURE_DATA(trace) tracing;

static char *map(struct __test_metadata *_metadata, const tracing *self)
{
	char *p = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	return p;
}

#define map()	map(_metadata, self)

/* How many events of @self's region and strategy there are, @rest following. */
static int events(const tracing *self, const char *event, const char *rest)
{
	char needle[160];

	snprintf(needle, sizeof(needle), " vmadev_%s: region=%llu strategy=%s order=0 %s", event,
		 self->region, self->strategy, rest);
	return vt_trace_count(self->text, needle);
}

#define EXPECT_EVENTS(n, event, rest)					\
	EXPECT_EQ(n, events(self, event, rest)) {			\
		TH_LOG("%s %s in:\n%s", event, rest, self->text);	\
	}

#define START(event)	ASSERT_EQ(0, vt_trace_start(event))
#define STOP() do {							\
	self->text = vt_trace_stop();					\
	ASSERT_NE(NULL, self->text);					\
} while (0)

TEST_F(trace, mmap_tells_what_was_asked_and_answered)
{
	START("mmap");
	ASSERT_NE(MAP_FAILED, mmap(NULL, 2 * self->page, PROT_READ, MAP_SHARED, self->fd,
				   3 * self->page));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd, self->bytes));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 2 * self->bytes, PROT_READ, MAP_SHARED, self->fd, 0));
	STOP();
	EXPECT_EVENTS(1, "mmap", "pgoff=3 pages=2 shared=1 result=0");
	EXPECT_EVENTS(1, "mmap", "pgoff=16 pages=1 shared=1 result=-22");
	EXPECT_EVENTS(1, "mmap", "pgoff=0 pages=32 shared=1 result=-22");
	EXPECT_EVENTS(3, "mmap", "");
}

TEST_F(trace, mmap_tells_private_from_shared)
{
	void *p;

	START("mmap");
	p = mmap(NULL, self->page, PROT_READ, MAP_PRIVATE, self->fd, 0);
	STOP();
	EXPECT_EQ(variant->private_ok, p != MAP_FAILED);
	EXPECT_EVENTS(1, "mmap", p == MAP_FAILED ? "pgoff=0 pages=1 shared=0 result=-22" :
						   "pgoff=0 pages=1 shared=0 result=0");
}

/*
 * page: one a page, or one a folio where the kernel maps that. pfn: one where STATS
 * counts one, with the neighbours in pages=. filemap: one a store, and one or more for all
 * that is read. Eager strategies and the kernel's own vm_ops: none.
 */
TEST_F(trace, fault_comes_once_for_each_fault_of_the_module)
{
	struct vmadev_stats s;
	char *p = map();

	START("fault");
	for (int i = 0; i < NPAGES; i++)
		ASSERT_LE(0, vt_read(p + i * self->page));
	for (int i = 0; i < NPAGES; i++)
		ASSERT_EQ(0, vt_write(p + i * self->page, 1));
	STOP();
	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_HANDLE, &s));
	EXPECT_EVENTS((int)(s.faults_read + s.faults_write), "fault", "");
	switch (variant->strategy) {
	case VMADEV_STRATEGY_PAGE:
		EXPECT_EVENTS(1, "fault", "pgoff=0 pages=1 write=0 ");
		if (events(self, "fault", "") == 1) {
			EXPECT_TRUE(VT_MAPS_FOLIOS(variant->backing));
			break;
		}
		EXPECT_EVENTS(NPAGES, "fault", "");
		EXPECT_EVENTS(1, "fault", "pgoff=7 pages=1 write=0 ");
		EXPECT_EQ(NPAGES, vt_trace_count(self->text, " result=LOCKED"));
		break;
	case VMADEV_STRATEGY_PFN:
	case VMADEV_STRATEGY_HUGE:
		EXPECT_LE(1, events(self, "fault", "pgoff=0 pages="));
		EXPECT_EQ(vt_page() < PFN_FAULT_AROUND, events(self, "fault", "") < NPAGES);
		EXPECT_EQ(events(self, "fault", ""), vt_trace_count(self->text, " result=NOPAGE"));
		break;
	case VMADEV_STRATEGY_FILEMAP:
		EXPECT_EQ(NPAGES, vt_trace_count(self->text, " write=1 "));
		EXPECT_LT(NPAGES, events(self, "fault", ""));
		break;
	default:
		EXPECT_EVENTS(0, "fault", "");
	}
}

TEST_F(trace, fault_tells_a_write)
{
	char *p = map();
	bool lazy = variant->strategy == VMADEV_STRATEGY_PAGE ||
		    variant->strategy == VMADEV_STRATEGY_FILEMAP ||
		    vt_maps_window(variant->strategy);

	START("fault");
	ASSERT_EQ(0, vt_write(p + 2 * self->page, 1));
	STOP();
	EXPECT_EVENTS(lazy, "fault", "pgoff=2 pages=");
	EXPECT_EQ(lazy, vt_trace_count(self->text, " write=1 "));
}

/* Many threads can fault at once in one process: nobody waits for mmap_lock. */
TEST_F(trace, fault_runs_under_the_lock_of_its_vma_alone)
{
	const char *lock = vt_kernel_at_least(6, 6) ? " lock=vma " : " lock=mmap ";
	int untold = variant->strategy == VMADEV_STRATEGY_FILEMAP ? NPAGES / 2 : 0;
	char *p = map();

	START("fault");
	for (int i = 0; i < NPAGES; i++)
		ASSERT_LE(0, i % 2 ? vt_read(p + i * self->page) : vt_write(p + i * self->page, 1));
	STOP();
	EXPECT_EQ(vt_trace_count(self->text, " vmadev_fault: "),
		  vt_trace_count(self->text, lock) + untold) {
		TH_LOG("%s", self->text);
	}
	EXPECT_EQ(untold, vt_trace_count(self->text, " lock=- "));
}

/*
 *    AAAAAAAAAAAAAAAA    mmap
 *    AAAA        AAAA    the kernel splits twice (open) and drops the middle (close)
 */
TEST_F(trace, open_and_close_follow_a_split)
{
	char *p = map();

	START(NULL);
	ASSERT_EQ(0, munmap(p + 4 * self->page, 8 * self->page));
	STOP();
	EXPECT_EVENTS(self->life ? 2 : 0, "open", "");
	EXPECT_EVENTS(self->life ? 1 : 0, "close", "");
	EXPECT_EVENTS(self->life ? 1 : 0, "close", "pgoff=4 pages=8");
}

TEST_F(trace, open_follows_fork_and_close_the_childs_exit)
{
	int status;
	pid_t pid;

	map();
	START(NULL);
	pid = fork();
	if (!pid)
		_exit(0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	STOP();
	EXPECT_EVENTS(self->life ? 1 : 0, "open", "pgoff=0 pages=16");
	EXPECT_EVENTS(self->life ? 1 : 0, "close", "pgoff=0 pages=16");
}

TEST_F(trace, close_follows_munmap)
{
	char *p = map();

	START(NULL);
	ASSERT_EQ(0, munmap(p, self->bytes));
	STOP();
	EXPECT_EVENTS(0, "open", "");
	EXPECT_EVENTS(self->life ? 1 : 0, "close", "pgoff=0 pages=16");
}

TEST_F(trace, zap_tells_what_was_dropped)
{
	bool zaps = variant->backing != VMADEV_BACKING_NONE;

	map();
	START("zap");
	ASSERT_EQ(zaps ? 0 : -1, vt_zap(self->fd, 3 * self->page, 2 * self->page));
	STOP();
	EXPECT_EVENTS(zaps, "zap", "pgoff=3 pages=2 result=0");
}

/* Of a region, whatever the handle. */
static int region_events(const tracing *self, const char *event, const char *rest)
{
	char needle[160];

	snprintf(needle, sizeof(needle), " vmadev_%s: region=%llu %s\n", event, self->region,
		 rest);
	return vt_trace_count(self->text, needle);
}

/* One that grows by fallocate is both; what is refused is told, too. */
TEST_F(trace, resize_and_fallocate_tell_what_became_of_them)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	bool resizes = variant->backing != VMADEV_BACKING_CONTIG;
	char text[80];

	START(NULL);
	EXPECT_EQ(resizes ? 0 : -1, ftruncate(self->fd, 8 * self->page));
	EXPECT_EQ(0, fallocate(self->fd, punch, 2 * self->page, 5));
	EXPECT_EQ(resizes ? 0 : -1, fallocate(self->fd, 0, 0, 20 * self->page));
	STOP();
	snprintf(text, sizeof(text), "before=16 pages=8 result=%d", resizes ? 0 : -EOPNOTSUPP);
	EXPECT_EQ(1, region_events(self, "resize", text));
	snprintf(text, sizeof(text), "mode=%d start=%zu length=5 result=0", punch, 2 * self->page);
	EXPECT_EQ(1, region_events(self, "fallocate", text));
	snprintf(text, sizeof(text), "mode=0 start=0 length=%zu result=%d", 20 * self->page,
		 resizes ? 0 : -ENOSPC);
	EXPECT_EQ(1, region_events(self, "fallocate", text));
	EXPECT_EQ(resizes, region_events(self, "resize", "before=8 pages=20 result=0"));
}

TEST_F(trace, seal_tells_what_was_asked_and_answered)
{
	START("seal");
	EXPECT_EQ(-1, vt_add_seals(self->fd, VMADEV_SEAL_GROW | VMADEV_SEAL_WRITE));
	EXPECT_EQ(-1, vt_add_seals(self->fd, 0x20));
	STOP();
	EXPECT_EQ(1, region_events(self, "seal", "seals=0xc result=-1"));
	EXPECT_EQ(1, region_events(self, "seal", "seals=0x20 result=-22"));
}

TEST_F(trace, revoke_and_restore_tell_what_became_of_them)
{
	bool revokes = variant->backing != VMADEV_BACKING_NONE &&
		       variant->backing != VMADEV_BACKING_MEDIA;

	START(NULL);
	EXPECT_EQ(revokes ? 0 : -1, vt_revoke(self->fd, 0, NULL));
	EXPECT_EQ(revokes ? 0 : -1, vt_restore(self->fd));
	EXPECT_EQ(-1, vt_restore(self->fd));
	STOP();
	EXPECT_EQ(1, region_events(self, "revoke", revokes ? "how=sigbus pinned=0 result=0" :
							     "how=sigbus pinned=0 result=-95"));
	EXPECT_EQ(revokes, region_events(self, "restore", "result=0"));
	EXPECT_EQ(2 - revokes, region_events(self, "restore", "result=-22"));
}

/* One for each hit, whoever asks which rule it was. */
TEST_F(trace, inject_tells_what_was_hit)
{
	bool faults = variant->backing == VMADEV_BACKING_PAGES ||
		      variant->backing == VMADEV_BACKING_CONTIG;
	struct vmadev_rule call = {
		.accesses = VMADEV_ON_READ_CALL, .action = VMADEV_ACTION_ERRNO, .value = EIO,
	};
	struct vmadev_rule fault = {
		.offset = 3 * self->page, .length = self->page, .accesses = VMADEV_ON_FAULTS,
		.action = VMADEV_ACTION_SIGBUS,
	};
	char *p = map(), byte;

	ASSERT_EQ(0, vt_inject(self->fd, call));
	EXPECT_EQ(faults ? 0 : -1, vt_inject_more(self->fd, fault));
	START("inject");
	EXPECT_EQ(-1, pread(self->fd, &byte, 1, 5 * self->page));
	EXPECT_EQ(faults, vt_read(p + 3 * self->page) == -SIGBUS);
	EXPECT_EQ(0, vt_write(p + 4 * self->page, 1));
	STOP();
	EXPECT_EQ(1, region_events(self, "inject", "rule=0 access=read(2) pgoff=5 action=errno"));
	EXPECT_EQ(faults, region_events(self, "inject",
					"rule=1 access=read pgoff=3 action=sigbus"));
	EXPECT_EQ(1 + faults, vt_trace_count(self->text, " vmadev_inject: "));
}

TEST_F(trace, export_tells_its_range)
{
	bool can = variant->backing == VMADEV_BACKING_PAGES ||
		   variant->backing == VMADEV_BACKING_CONTIG;
	int buffer;

	VT_NEEDS_EXPORT();
	START(NULL);
	buffer = vt_export(self->fd, VMADEV_ACCESS_READ, variant->strategy, 2 * self->page,
			   3 * self->page);
	STOP();
	EXPECT_EQ(can, buffer >= 0);
	EXPECT_EQ(can, vt_trace_count(self->text, " pgoff=2 pages=3 write=0 result=0\n"));
	if (can)
		close(buffer);
}

/* What a refused mmap never opened, nothing closes. */
TEST_F(trace, refused_mmap_closes_nothing)
{
	START(NULL);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 2 * self->bytes, PROT_READ, MAP_SHARED, self->fd, 0));
	STOP();
	EXPECT_EVENTS(1, "mmap", "pgoff=0 pages=32 shared=1 result=-22");
	EXPECT_EVENTS(0, "open", "");
	EXPECT_EVENTS(0, "close", "");
}

TEST_F(trace, nothing_prints_an_address_or_a_frame_number)
{
	char *p;

	START(NULL);
	p = map();
	for (int i = 0; i < NPAGES; i++)
		vt_read(p + i * self->page);
	vt_zap(self->fd, 0, self->page);
	vt_write(p, 1);
	msync(p, self->page, MS_SYNC);
	munmap(p, 4 * self->page);
	munmap(p, self->bytes);
	STOP();
	EXPECT_LE(1, vt_trace_count(self->text, " vmadev_mmap: "));
	EXPECT_GT(16u, vt_longest_hex(self->text));
	EXPECT_EQ(NULL, strstr(self->text, "pfn="));
	EXPECT_EQ(NULL, strstr(self->text, "0x"));
}

TEST_HARNESS_MAIN

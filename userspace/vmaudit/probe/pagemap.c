// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>

#include <newer.h>

#include "probe.h"

/* The kernel skips VM_PFNMAP there: its pages have no struct page to tell of. */
static const char *reason(const char *at)
{
	return vt_has_flag(at, "pf") ? ": pf, VM_PFNMAP" : "";
}

static __u64 entry_of(struct audit *audit, const char *at)
{
	__u64 entry = vt_pagemap(at);

	if (entry == ~0ull)
		not_asked(audit, "/proc/self/pagemap: %s", strerror(errno));
	return entry;
}

static void run_pagemap(struct audit *audit)
{
	char *at = map_subject(audit);
	bool before = entry_of(audit, at) & PAGEMAP_PRESENT;

	must_read(audit, at, "the mapping");
	if (!(entry_of(audit, at) & PAGEMAP_PRESENT))
		note(audit, "a page that was read is not present%s", reason(at));
	if (before)
		works(audit, "a page is present, and was before it was touched");
	works(audit, "a page is present once it was touched");
}

static void run_scan(struct audit *audit)
{
	char *at = map_subject(audit);
	struct page_region found = { 0 };
	struct pm_scan_arg scan = {
		.size = sizeof(scan),
		.start = (uintptr_t)at,
		.end = (uintptr_t)at + audit->subject->length,
		.vec = (uintptr_t)&found,
		.vec_len = 1,
		.category_mask = PAGE_IS_PRESENT,
		.return_mask = PAGE_IS_PRESENT,
	};
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), n;

	if (fd < 0)
		not_asked(audit, "/proc/self/pagemap: %s", strerror(errno));
	must_read(audit, at, "the mapping");
	step(audit, "PAGEMAP_SCAN");
	n = ioctl(fd, PAGEMAP_SCAN, &scan);
	if (n < 0 && errno == ENOTTY)
		not_asked(audit, "this kernel has no PAGEMAP_SCAN; it came with 6.7");
	if (n < 0)
		refused(audit, "PAGEMAP_SCAN");
	if (!n)
		silent(audit, "no page present, though one was read%s", reason(at));
	if (found.start != (uintptr_t)at)
		risk(audit, "the first page that it finds is %#llx, and %#lx was read",
		     (unsigned long long)found.start, (unsigned long)at);
	works(audit, "it finds the page that was read, %llu bytes in a run",
	      (unsigned long long)(found.end - found.start));
}

static void clear_soft_dirty(struct audit *audit)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "4", 1) != 1)
		not_asked(audit, "/proc/self/clear_refs: %s", strerror(errno));
	close(fd);
}

static void run_soft_dirty(struct audit *audit)
{
	char *at = map_subject(audit);
	char *own = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	int byte = must_read(audit, at, "the mapping");

	if (own == MAP_FAILED)
		not_asked(audit, "no memory");
	must_write(audit, at, byte, "the mapping");
	own[0] = 1;
	step(audit, "a 4 to clear_refs");
	clear_soft_dirty(audit);
	if (entry_of(audit, at) & PAGEMAP_SOFT_DIRTY)
		silent(audit, "cleared, and the page is still soft-dirty%s", reason(at));
	must_write(audit, at, byte, "it, after soft-dirty was cleared");
	own[0] = 2;
	if (!(entry_of(audit, own) & PAGEMAP_SOFT_DIRTY))
		not_asked(audit, "this kernel has no soft-dirty bits");
	if (!(entry_of(audit, at) & PAGEMAP_SOFT_DIRTY))
		silent(audit, "a page that was written is not soft-dirty%s", reason(at));
	works(audit, "a page is soft-dirty once it is written again");
}

const struct probe probe_pagemap = {
	.name = "pagemap",
	.asks = "does /proc/PID/pagemap show a page that was touched?",
	.why = "checkpoint and migration tools look there; of VM_PFNMAP it says nothing",
	.needs = NEEDS_MEMORY,
	.run = run_pagemap,
};

const struct probe probe_pagemap_scan = {
	.name = "pagemap-scan",
	.asks = "does PAGEMAP_SCAN find a page that was touched?",
	.why = "checkpoint tools look there; VM_PFNMAP is skipped",
	.needs = NEEDS_MEMORY,
	.run = run_scan,
};

const struct probe probe_soft_dirty = {
	.name = "soft-dirty",
	.asks = "is a page soft-dirty once it is written again?",
	.why = "an incremental checkpoint takes such pages only: what is never dirty is lost",
	.needs = NEEDS_WRITE | NEEDS_MEMORY,
	.run = run_soft_dirty,
};

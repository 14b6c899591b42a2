// SPDX-License-Identifier: GPL-2.0-or-later
/* The drivers of module/examples: what the strategy of each promises, and what it does not. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "example.h"

/* Copy-on-write of PFNs is nothing that a driver should offer. */
TEST_F(example, private_is_refused_where_pfns_are_mapped)
{
	char *map = mmap(NULL, self->bytes, PROT_READ, MAP_PRIVATE, self->fd, 0);

	if (is_pfnmap(variant)) {
		EXPECT_EQ(MAP_FAILED, map);
		EXPECT_EQ(EINVAL, errno);
	} else {
		EXPECT_NE(MAP_FAILED, map);
	}
}

/* In the order of the bits; without soft-dirty (sd) and x86's mark of one remap call (ar). */
TEST_F(example, smaps_shows_the_flags_of_the_strategy)
{
	char flags[256], seen[256] = "", expected[64], *save, *flag;
	char *map = map_all(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	snprintf(expected, sizeof(expected), "rd wr %smr mw %s%s%s%s%s%s",
		 is_shared(variant) ? "sh " : "", is_shared(variant) ? "ms " : "",
		 is_pfnmap(variant) ? "pf io " : "", is_special(variant) ? "de " : "",
		 is_shared(variant) ? "" : "ac ", is_special(variant) ? "dd " : "",
		 variant->kind == INSERT ? "mm " : "");
	ASSERT_EQ(0, vt_smaps_flags(map, flags, sizeof(flags)));
	for (flag = strtok_r(flags, " ", &save); flag; flag = strtok_r(NULL, " ", &save))
		if (strcmp(flag, "sd") && strcmp(flag, "ar"))
			strcat(strcat(seen, flag), " ");
	EXPECT_STREQ(expected, seen);
}

static int present(const example *e, const char *map)
{
	int n = 0;

	for (int i = 0; i < NPAGES; i++)
		n += vt_pagemap(map + i * e->page) >> 63;
	return n;
}

/* insert has all PTEs at once, populated or not; pagemap does not look at PFNs. */
TEST_F(example, ptes_are_made_at_mmap_or_at_the_access)
{
	char *map = map_all(self, variant);
	char *populated = map_at(self, variant, MAP_POPULATE, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(MAP_FAILED, populated);
	EXPECT_EQ(variant->kind == INSERT ? NPAGES : 0, present(self, map));
	EXPECT_EQ(is_pfnmap(variant) ? 0 : NPAGES, present(self, populated));
	EXPECT_TRUE(vt_is_zero(populated, self->bytes));
}

TEST_F(example, dontneed_drops_copies_and_no_memory)
{
	char *map = map_filled(self, variant, 1);

	ASSERT_NE(MAP_FAILED, map);
	fill(self, map, 50);
	if (is_pfnmap(variant)) {
		EXPECT_EQ(-1, madvise(map, self->bytes, MADV_DONTNEED));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_TRUE(is_filled(self, map, 50));
		return;
	}
	ASSERT_EQ(0, madvise(map, self->bytes, MADV_DONTNEED));
	EXPECT_EQ(0, present(self, map));
	if (is_shared(variant)) {
		EXPECT_TRUE(is_filled(self, map, 50));
	} else if (is_anon(variant)) {
		EXPECT_TRUE(vt_is_zero(map, self->bytes));
	} else {
		EXPECT_TRUE(is_filled(self, map, 1));
	}
}

TEST_F(example, get_user_pages_works_unless_pfns_are_mapped)
{
	char *map = map_filled(self, variant, 1), *bytes = malloc(self->bytes);
	struct iovec local = { bytes, self->bytes }, remote = { map, self->bytes };
	int pipes[2];

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(NULL, bytes);
	ASSERT_EQ(0, pipe(pipes));
	if (is_pfnmap(variant)) {
		EXPECT_EQ(-1, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, vmsplice(pipes[1], &remote, 1, SPLICE_F_NONBLOCK));
		EXPECT_EQ(EFAULT, errno);
	} else {
		EXPECT_EQ((ssize_t)self->bytes,
			  process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
		EXPECT_TRUE(is_filled(self, bytes, 1));
		remote.iov_len = self->page;
		EXPECT_EQ((ssize_t)self->page, vmsplice(pipes[1], &remote, 1, SPLICE_F_NONBLOCK));
		EXPECT_EQ((ssize_t)self->page, read(pipes[0], bytes, self->page));
		EXPECT_TRUE(page_is(self, bytes, 0, 1));
	}
	free(bytes);
}

/* Debuggers read and write so; PFNs would need an ->access, which the examples have not. */
TEST_F(example, proc_self_mem_reads_and_writes_unless_pfns_are_mapped)
{
	char *map = map_filled(self, variant, 1), *bytes = malloc(self->page);
	char *at = map + 3 * self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_NE(NULL, bytes);
	if (is_pfnmap(variant)) {
		EXPECT_EQ(-1, own_memory(at, bytes, self->page, false));
		EXPECT_EQ(EIO, errno);
	} else {
		EXPECT_EQ((ssize_t)self->page, own_memory(at, bytes, self->page, false));
		EXPECT_TRUE(vt_is_pattern(bytes, self->page, 4));
		vt_pattern(bytes, self->page, 90);
		EXPECT_EQ((ssize_t)self->page, own_memory(at, bytes, self->page, true));
		EXPECT_TRUE(vt_is_pattern(at, self->page, 90));
	}
	free(bytes);
}

TEST_F(example, mlock_locks_unless_special)
{
	char *map = map_all(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, mlock(map, self->bytes));
	EXPECT_EQ(is_special(variant) ? 0 : (long)self->bytes >> 10, vt_smaps_kb(map, "Locked"));
	EXPECT_EQ(!is_special(variant), vt_has_flag(map, "lo"));
	EXPECT_EQ(0, munlock(map, self->bytes));
}

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/* What it takes to read each page once. */
static long faults_of_accesses(const example *e, char *map, size_t bytes)
{
	long before = faults();

	for (size_t at = 0; at < bytes; at += e->page)
		if (vt_read(map + at) < 0)
			return -1;
	return faults() - before;
}

/* huge makes one entry for all where that fits; of what is there nothing faults any more. */
TEST_F(example, accesses_fault_once_an_entry)
{
	char *map = map_filled(self, variant, 1), *part;
	size_t pages = self->bytes / self->page;

	ASSERT_NE(MAP_FAILED, map);
	if (variant->kind == REMAP || (variant->kind == INSERT && is_shared(variant))) {
		EXPECT_EQ(0, faults_of_accesses(self, map, self->bytes));
	} else if (variant->kind == HUGE) {
		EXPECT_EQ(0, (uintptr_t)map % self->bytes);
		EXPECT_EQ(1, faults_of_accesses(self, map, self->bytes));
	} else if (variant->kind == PFN || (variant->kind == PAGE && is_shared(variant))) {
		EXPECT_EQ((long)pages, faults_of_accesses(self, map, self->bytes));
	}
	if (variant->kind == HUGE) {
		part = map_at(self, variant, 0, self->page);
		ASSERT_NE(MAP_FAILED, part);
		EXPECT_EQ((long)pages - 1,
			  faults_of_accesses(self, part, self->bytes - self->page));
		EXPECT_TRUE(page_is(self, part - self->page, 1, 1));
	}
}

TEST_HARNESS_MAIN

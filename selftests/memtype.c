// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions whose memory has a cache attribute of its own, in the kernel's mapping too */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmadev_test.h"

#define NPAGES	24
#define RW	(PROT_READ | PROT_WRITE)

#define NO_MEMTYPES	"memory has one cache attribute on this machine"

static bool is_had(void)
{
	int fd = vt_create_flags(VMADEV_BACKING_PAGES, 0, vt_page(), "tried", VMADEV_CREATE_UC);

	close(fd);
	return fd >= 0;
}

FIXTURE(memtype)
{
	size_t page, bytes;
	int fd;
	char *p;
};

FIXTURE_VARIANT(memtype)
{
	__u32 strategy;
	__u32 backing;
	__u32 flag;
};

#define MODES(name, s, b)					\
	FIXTURE_VARIANT_ADD(memtype, name##_wc) {		\
		.strategy = VMADEV_STRATEGY_##s,		\
		.backing = VMADEV_BACKING_##b,			\
		.flag = VMADEV_CREATE_WC,			\
	};							\
	FIXTURE_VARIANT_ADD(memtype, name##_uc) {		\
		.strategy = VMADEV_STRATEGY_##s,		\
		.backing = VMADEV_BACKING_##b,			\
		.flag = VMADEV_CREATE_UC,			\
	}

MODES(remap_contig, REMAP, CONTIG);
MODES(pfn_pages, PFN, PAGES);
MODES(pfn_contig, PFN, CONTIG);
MODES(huge_contig, HUGE, CONTIG);

FIXTURE_SETUP(memtype)
{
	VT_NEEDS(variant->strategy);
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	self->p = MAP_FAILED;
	self->fd = -1;
	if (!is_had())
		SKIP(return, NO_MEMTYPES);
	self->fd = vt_create_flags(variant->backing, variant->strategy, self->bytes, "type",
				   variant->flag);
	if (self->fd < 0 && errno == EOPNOTSUPP && variant->strategy == VMADEV_STRATEGY_REMAP)
		SKIP(return, VT_NOT_ONE_RUN);
	ASSERT_LE(0, self->fd);
	self->p = mmap(NULL, self->bytes, RW, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(memtype)
{
	if (self->p != MAP_FAILED)
		munmap(self->p, self->bytes);
	close(self->fd);
}

TEST_F(memtype, is_memory)
{
	char *other = mmap(NULL, self->bytes, PROT_READ, MAP_SHARED, self->fd, 0);
	char page[self->page];

	ASSERT_NE(MAP_FAILED, other);
	for (size_t i = 0; i < NPAGES; i++) {
		EXPECT_TRUE(vt_is_zero(self->p + i * self->page, self->page));
		vt_pattern(self->p + i * self->page, self->page, i + 1);
	}
	/* What the kernel reads by its own mapping is what was stored by this one. */
	for (size_t i = 0; i < NPAGES; i++) {
		EXPECT_TRUE(vt_is_pattern(other + i * self->page, self->page, i + 1));
		EXPECT_EQ((ssize_t)self->page,
			  pread(self->fd, page, self->page, i * self->page));
		EXPECT_TRUE(vt_is_pattern(page, self->page, i + 1));
	}
	vt_pattern(page, self->page, 77);
	EXPECT_EQ(1001, pwrite(self->fd, page, 1001, self->page - 13));
	EXPECT_EQ(0, memcmp(other + self->page - 13, page, 1001));
	munmap(other, self->bytes);
}

TEST_F(memtype, tells_what_it_is)
{
	const __u32 pfns = VMADEV_STRATEGY_BIT(VMADEV_STRATEGY_REMAP) |
			   VMADEV_STRATEGY_BIT(VMADEV_STRATEGY_PFN) |
			   VMADEV_STRATEGY_BIT(VMADEV_STRATEGY_HUGE);
	bool wc = variant->flag == VMADEV_CREATE_WC;
	char path[64], text[1024] = "";
	struct vmadev_info info;
	int fd;

	ASSERT_EQ(0, vt_info(self->fd, &info));
	EXPECT_EQ(wc ? VMADEV_CACHE_WC : VMADEV_CACHE_UC, info.cache);
	EXPECT_EQ(variant->strategy, info.strategy);
	EXPECT_EQ(0u, info.strategies_shared & ~pfns);
	EXPECT_EQ(0u, info.strategies_private);
	EXPECT_EQ(VMADEV_CAN_INJECT, info.abilities);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	EXPECT_LT(0, read(fd, text, sizeof(text) - 1));
	close(fd);
	EXPECT_NE(NULL, strstr(text, wc ? "\nvmadev-cache:\twc\n" : "\nvmadev-cache:\tuc\n"));
	/* Who asks for no strategy has one that it can be served by. */
	fd = vt_create_flags(variant->backing, 0, self->bytes, "default", variant->flag);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &info));
	EXPECT_EQ(VMADEV_STRATEGY_PFN, info.strategy);
	close(fd);
}

/* A page that somebody else has would be freed as it is; a mapping by another way differ. */
TEST_F(memtype, nobody_else_gets_its_pages)
{
	__u64 pinned;

	EXPECT_EQ(-1, vt_set_strategy(self->fd, VMADEV_STRATEGY_PAGE));
	EXPECT_EQ(-1, vt_create_flags(variant->backing, VMADEV_STRATEGY_INSERT, self->bytes, "x",
				      variant->flag));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->bytes, RW, MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, vt_export(self->fd, VMADEV_ACCESS_READ, 0, 0, self->bytes));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, vt_revoke(self->fd, VMADEV_REVOKE_ONES, &pinned));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ftruncate(self->fd, self->page));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, fallocate(self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				self->page));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, vt_add_seals(self->fd, VMADEV_SEAL_GROW));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(0, vt_write(self->p, 1));
}

TEST_F(memtype, goes_with_what_it_can)
{
	static const struct {
		__u32 backing, strategy, flags;
		int error;
	} asked[] = {
		{ 0, 0, VMADEV_CREATE_WC | VMADEV_CREATE_UC, EINVAL },
		{ VMADEV_BACKING_SHMEM, 0, 0, EOPNOTSUPP },
		{ VMADEV_BACKING_NONE, 0, 0, EOPNOTSUPP },
		{ VMADEV_BACKING_MEDIA, 0, 0, EOPNOTSUPP },
		{ VMADEV_BACKING_PAGES, 0, VMADEV_CREATE_LOG_DIRTY, EOPNOTSUPP },
		{ VMADEV_BACKING_CONTIG, 0, VMADEV_CREATE_ALLOW_SEALING, EOPNOTSUPP },
		{ VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE, 0, EOPNOTSUPP },
	};

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		EXPECT_EQ(-1, vt_create_flags(asked[i].backing, asked[i].strategy, self->bytes,
					      "asked", asked[i].flags | variant->flag));
		EXPECT_EQ(asked[i].error, errno) {
			TH_LOG("line %zu", i);
		}
	}
}

/*
 * What x86 keeps of a page's type is in two flags of the page (arch/x86/mm/pat/memtype.c), which
 * /proc/kpageflags shows: none, that is write-back; PG_arch_1, write-combining; the other,
 * by kernel PG_uncached or PG_arch_2, uncached.
 */
#define KPF_ARCH	38
#define KPF_UNCACHED	39
#define KPF_ARCH_2	41

struct types {
	long wc, uc;
};

static bool count_types(struct types *types)
{
	static __u64 flags[8192];
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	*types = (struct types){ 0 };
	if (fd < 0)
		return false;
	while ((n = read(fd, flags, sizeof(flags))) > 0) {
		for (size_t i = 0; i < n / sizeof(*flags); i++) {
			bool uc = flags[i] >> KPF_UNCACHED & 1 || flags[i] >> KPF_ARCH_2 & 1;
			bool wc = flags[i] >> KPF_ARCH & 1;

			types->wc += wc && !uc;
			types->uc += uc && !wc;
		}
	}
	close(fd);
	return n == 0;
}

FIXTURE(kernel_map) {
};

FIXTURE_VARIANT(kernel_map)
{
	__u32 backing;
};

FIXTURE_VARIANT_ADD(kernel_map, pages) { .backing = VMADEV_BACKING_PAGES };
FIXTURE_VARIANT_ADD(kernel_map, contig) { .backing = VMADEV_BACKING_CONTIG };

FIXTURE_SETUP(kernel_map)
{
	if (!is_had())
		SKIP(return, NO_MEMTYPES);
}

FIXTURE_TEARDOWN(kernel_map)
{
}

/* More pages than are changed at a time. The second handle is the last that is closed. */
TEST_F_TIMEOUT(kernel_map, has_the_region_s_attribute_until_it_goes, 120)
{
	const long pages = 5000;
	struct types before, during, after;
	int wc, uc, again;

	ASSERT_TRUE(count_types(&before));
	wc = vt_create_flags(variant->backing, 0, pages * vt_page(), "wc", VMADEV_CREATE_WC);
	uc = vt_create_flags(variant->backing, 0, (pages - 1000) * vt_page(), "uc",
			     VMADEV_CREATE_UC);
	ASSERT_LE(0, wc);
	ASSERT_LE(0, uc);
	ASSERT_TRUE(count_types(&during));
	EXPECT_EQ(pages, during.wc - before.wc);
	EXPECT_EQ(pages - 1000, during.uc - before.uc);
	again = vt_reopen(wc, 0, 0);
	ASSERT_LE(0, again);
	close(wc);
	close(uc);
	ASSERT_TRUE(count_types(&after));
	EXPECT_EQ(pages, after.wc - before.wc);
	EXPECT_EQ(0, after.uc - before.uc);
	close(again);
	ASSERT_TRUE(count_types(&after));
	EXPECT_EQ(0, after.wc - before.wc);
}

/* KiB of the kernel's mapping of all memory that are not write-back, or -1. */
static long uncached_kb(void)
{
	FILE *dump = fopen("/sys/kernel/debug/page_tables/kernel", "re");
	unsigned long long start, end;
	bool all_memory = false;
	char line[256];
	long kb = 0;

	if (!dump)
		return -1;
	while (fgets(line, sizeof(line), dump)) {
		if (strstr(line, "---["))
			all_memory = strstr(line, "Low Kernel Mapping");
		else if (all_memory && sscanf(line, "0x%llx-0x%llx", &start, &end) == 2 &&
			 (strstr(line, " PWT ") || strstr(line, " PCD ")))
			kb += (long)((end - start) >> 10);
	}
	fclose(dump);
	return kb;
}

/* A page that is freed has no flags any more, whatever its mapping is. */
TEST_F_TIMEOUT(kernel_map, is_as_any_memory_s_afterwards, 120)
{
	const long pages = 5000, kb = vt_page() >> 10, before = uncached_kb();
	int wc, uc;

	if (before < 0)
		SKIP(return, "no dump of the kernel's page tables");
	wc = vt_create_flags(variant->backing, 0, pages * vt_page(), "wc", VMADEV_CREATE_WC);
	uc = vt_create_flags(variant->backing, 0, 10 * vt_page(), "uc", VMADEV_CREATE_UC);
	ASSERT_LE(0, wc);
	ASSERT_LE(0, uc);
	EXPECT_EQ((pages + 10) * kb, uncached_kb() - before);
	close(uc);
	EXPECT_EQ(pages * kb, uncached_kb() - before);
	close(wc);
	EXPECT_EQ(before, uncached_kb());
}

TEST_HARNESS_MAIN

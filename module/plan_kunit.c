// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what is pure in vmadev.ko, which has to be loaded first. Their
 * verdict is /sys/kernel/debug/kunit/vmadev/results.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/percpu.h>

#include "memtype.h"
#include "params.h"
#include "strategy.h"
#include "vma.h"

#define PAGES	16ul		/* of the region that most tests look at */
#define LAST	VMADEV_STRATEGY_FILEMAP

#ifdef VMADEV_HAVE_HUGE_PFNMAP
#define HUGE_BACKINGS	(BIT(VMADEV_BACKING_CONTIG) | BIT(VMADEV_BACKING_BAR) | VMADEV_ANY_CACHE)
#else
#define HUGE_BACKINGS	0
#endif

#define EXPORT	(IS_ENABLED(CONFIG_DMA_SHARED_BUFFER) ? VMADEV_CAN_EXPORT : 0)

/* As the kernel makes them of PROT_READ | PROT_WRITE and a descriptor O_RDWR. */
#define MAY	(VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)
#define PRIVATE	(VM_READ | VM_WRITE | MAY)
#define SHARED	(PRIVATE | VM_SHARED | VM_MAYSHARE)

static const struct {
	u32 id;
	const char *name;
	u32 backings;		/* BIT() of each that it can serve, VMADEV_ANY_CACHE */
	bool private;
	vm_flags_t vm_flags;
} expected[] = {
	{ VMADEV_STRATEGY_REMAP, "remap",
	  BIT(VMADEV_BACKING_CONTIG) | BIT(VMADEV_BACKING_BAR) | VMADEV_ANY_CACHE, false,
	  VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP },
	{ VMADEV_STRATEGY_PFN, "pfn", BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG) |
				      BIT(VMADEV_BACKING_BAR) | VMADEV_ANY_CACHE,
	  false, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP },
	{ VMADEV_STRATEGY_PAGE, "page", BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG),
	  true, 0 },
	{ VMADEV_STRATEGY_INSERT, "insert",
	  BIT(VMADEV_BACKING_PAGES) | BIT(VMADEV_BACKING_CONTIG), true,
	  VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP },
	{ VMADEV_STRATEGY_CACHE, "cache", BIT(VMADEV_BACKING_SHMEM), true, 0 },
	{ VMADEV_STRATEGY_ANON, "anon", BIT(VMADEV_BACKING_NONE), true, 0 },
	{ VMADEV_STRATEGY_HUGE, "huge", HUGE_BACKINGS, false,
	  VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP | VM_HUGEPAGE },
	{ VMADEV_STRATEGY_FILEMAP, "filemap", BIT(VMADEV_BACKING_MEDIA), true, 0 },
};

static struct vmadev_region region_of(u32 backing)
{
	return (struct vmadev_region) {
		.backing = vmadev_backing_by_id(backing),
		.nr_pages = PAGES,
		.cache = VMADEV_CACHE_WB,
		.wants = BIT(backing),
		.run_bytes = backing == VMADEV_BACKING_CONTIG ? PAGES << PAGE_SHIFT : 0,
		.one_run = backing == VMADEV_BACKING_CONTIG,
	};
}

/* VMA flags as one word, in which tests can say them on all kernels. */
static vma_flags_t flags_of_word(vm_flags_t word)
{
	vma_flags_t flags = EMPTY_VMA_FLAGS;

	memcpy(&flags, &word, sizeof(word));
	return flags;
}

static vm_flags_t word_of_flags(vma_flags_t flags)
{
	vm_flags_t word;

	memcpy(&word, &flags, sizeof(word));
	return word;
}

/* @result: the flags that the VMA has in the end; left alone on error */
static int plan_of(const struct vmadev_region *region, const char *strategy, pgoff_t pgoff,
		   unsigned long nr_pages, vm_flags_t vm_flags, bool exec_implied,
		   vm_flags_t *result)
{
	struct vmadev_request request = {
		.strategy = vmadev_strategy_by_name(strategy),
		.region = region,
		.pgoff = pgoff,
		.nr_pages = nr_pages,
		.flags = flags_of_word(vm_flags),
		.exec_implied = exec_implied,
	};
	struct vmadev_plan plan = { .set = flags_of_word(*result) };
	int err = vmadev_plan(&request, &plan);

	*result = word_of_flags(plan.set);
	if (!err)
		*result |= vm_flags & ~word_of_flags(plan.clear);
	return err;
}

static int plan(const char *strategy, pgoff_t pgoff, unsigned long nr_pages,
		vm_flags_t vm_flags, bool exec_implied, vm_flags_t *result)
{
	struct vmadev_region region = region_of(VMADEV_BACKING_CONTIG);

	return plan_of(&region, strategy, pgoff, nr_pages, vm_flags, exec_implied, result);
}

/* The whole of a region of PAGES, and nothing that is not inside. */
static const struct {
	pgoff_t pgoff;
	unsigned long nr_pages;
	bool inside;
} ranges[] = {
	{ 0, 1, true }, { 0, PAGES, true }, { PAGES - 1, 1, true }, { PAGES, 0, true },
	{ 0, PAGES + 1, false }, { PAGES - 1, 2, false }, { PAGES, 1, false },
	{ PAGES + 1, 0, false }, { 0, ULONG_MAX, false }, { 1, ULONG_MAX, false },
	{ PAGES, ULONG_MAX, false }, { ULONG_MAX, 0, false }, { ULONG_MAX, 1, false },
	{ ULONG_MAX, 2, false }, { ULONG_MAX - PAGES + 1, PAGES, false },
	{ ULONG_MAX >> PAGE_SHIFT, 1, false }, { ~(ULONG_MAX >> 1), ~(ULONG_MAX >> 1), false },
};

static void region_has_what_is_inside(struct kunit *test)
{
	struct vmadev_region region = region_of(VMADEV_BACKING_PAGES);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		KUNIT_EXPECT_EQ_MSG(test, ranges[i].inside,
				    vmadev_region_has(&region, ranges[i].pgoff,
						      ranges[i].nr_pages),
				    "%lu pages at %lu", ranges[i].nr_pages, ranges[i].pgoff);
}

static void plan_refuses_what_is_outside(struct kunit *test)
{
	vm_flags_t result = 0;
	size_t i, s;

	for (s = 0; s < ARRAY_SIZE(expected); s++)
		for (i = 0; i < ARRAY_SIZE(ranges); i++)
			KUNIT_EXPECT_EQ_MSG(test, ranges[i].inside ? 0 : -EINVAL,
					    plan(expected[s].name, ranges[i].pgoff,
						 ranges[i].nr_pages, SHARED, false, &result),
					    "%s: %lu pages at %lu", expected[s].name,
					    ranges[i].nr_pages, ranges[i].pgoff);
}

/* Pages 4 to 7 of the region. */
static void plan_refuses_what_is_outside_the_window(struct kunit *test)
{
	const struct vmadev_range window = { .pgoff = 4, .nr_pages = 4 };
	struct vmadev_region region = region_of(VMADEV_BACKING_CONTIG);
	struct vmadev_request request = { .region = &region, .window = &window };
	struct vmadev_plan plan;
	pgoff_t pgoff;
	size_t s;

	for (s = 0; s < ARRAY_SIZE(expected); s++) {
		request.strategy = vmadev_strategy_by_name(expected[s].name);
		request.flags = flags_of_word(SHARED);
		for (pgoff = 0; pgoff <= PAGES; pgoff++)
			for (request.nr_pages = 1; request.nr_pages < PAGES; request.nr_pages++) {
				bool inside = pgoff >= 4 && pgoff + request.nr_pages <= 8;

				request.pgoff = pgoff;
				KUNIT_EXPECT_EQ_MSG(test, inside ? 0 : -EINVAL,
						    vmadev_plan(&request, &plan),
						    "%lu pages at %lu", request.nr_pages, pgoff);
			}
		/* Or mremap would grow it out of there. */
		request.pgoff = 4;
		request.nr_pages = 4;
		KUNIT_EXPECT_EQ(test, 0, vmadev_plan(&request, &plan));
		KUNIT_EXPECT_EQ(test, (ulong)(expected[s].vm_flags | VM_DONTEXPAND),
				(ulong)word_of_flags(plan.set));
	}
}

static void plan_refuses_private_pfns(struct kunit *test)
{
	vm_flags_t result = 0;
	size_t s;

	for (s = 0; s < ARRAY_SIZE(expected); s++) {
		const char *name = expected[s].name;

		KUNIT_EXPECT_EQ_MSG(test, expected[s].private ? 0 : -EINVAL,
				    plan(name, 0, 1, PRIVATE, false, &result), "%s", name);
		/* Shared, of a read-only descriptor: the kernel takes VM_SHARED. */
		KUNIT_EXPECT_EQ_MSG(test, 0, plan(name, 0, 1, VM_READ | VM_MAYREAD | VM_MAYSHARE,
						  false, &result), "%s", name);
	}
}

static void plan_refuses_to_execute(struct kunit *test)
{
	vm_flags_t result = 0;
	size_t s;

	for (s = 0; s < ARRAY_SIZE(expected); s++) {
		const char *name = expected[s].name;

		KUNIT_EXPECT_EQ_MSG(test, -EPERM,
				    plan(name, 0, 1, SHARED | VM_EXEC, false, &result), "%s", name);
		KUNIT_EXPECT_EQ_MSG(test, 0,
				    plan(name, 0, 1, SHARED | VM_EXEC, true, &result), "%s", name);
		KUNIT_EXPECT_EQ_MSG(test, 0ul, (ulong)(result & (VM_EXEC | VM_MAYEXEC)), "%s",
				    name);
	}
}

/* A range that is refused is refused first, whatever else is wrong. */
static void plan_changes_nothing_when_it_refuses(struct kunit *test)
{
	vm_flags_t result = VM_HUGEPAGE;

	KUNIT_EXPECT_EQ(test, -EINVAL, plan("pfn", PAGES, 1, SHARED | VM_EXEC, false, &result));
	KUNIT_EXPECT_EQ(test, -EINVAL, plan("pfn", 0, 1, PRIVATE | VM_EXEC, false, &result));
	KUNIT_EXPECT_EQ(test, -EPERM, plan("page", 0, 1, PRIVATE | VM_EXEC, false, &result));
	KUNIT_EXPECT_EQ(test, (ulong)VM_HUGEPAGE, (ulong)result);
}

/* What was asked for, less what executes, plus the strategy's; nothing given back. */
static void plan_adds_the_flags_of_the_strategy(struct kunit *test)
{
	static const vm_flags_t asked[] = {
		SHARED, VM_READ | VM_MAYREAD | VM_MAYSHARE, SHARED | VM_LOCKED | VM_NORESERVE,
		VM_MAYSHARE,
	};
	size_t s, i;

	for (s = 0; s < ARRAY_SIZE(expected); s++) {
		for (i = 0; i < ARRAY_SIZE(asked); i++) {
			vm_flags_t want = (asked[i] & ~VM_MAYEXEC) | expected[s].vm_flags;
			vm_flags_t result = 0;

			plan(expected[s].name, 0, PAGES, asked[i], false, &result);
			KUNIT_EXPECT_EQ_MSG(test, (ulong)want, (ulong)result, "%s: %lx",
					    expected[s].name, (ulong)asked[i]);
		}
	}
}

/* What can be written to is refused, what could be made so can not; the rest is as ever. */
static void plan_keeps_to_seals(struct kunit *test)
{
	static const u32 seals[] = { VMADEV_SEAL_WRITE, VMADEV_SEAL_FUTURE_WRITE };
	const vm_flags_t reader = SHARED & ~VM_WRITE;
	size_t s, i;

	for (i = 0; i < ARRAY_SIZE(seals); i++) {
		struct vmadev_region region = region_of(VMADEV_BACKING_CONTIG);

		region.seals = seals[i];
		for (s = 0; s < ARRAY_SIZE(expected); s++) {
			const char *name = expected[s].name;
			vm_flags_t result = 0;

			KUNIT_EXPECT_EQ_MSG(test, -EPERM, plan_of(&region, name, 0, 1, SHARED,
								  false, &result), "%s", name);
			KUNIT_EXPECT_EQ_MSG(test, 0, plan_of(&region, name, 0, 1, reader, false,
							     &result), "%s", name);
			KUNIT_EXPECT_EQ_MSG(test, 0ul, (ulong)(result & VM_MAYWRITE), "%s", name);
			if (!expected[s].private)
				continue;
			KUNIT_EXPECT_EQ_MSG(test, 0, plan_of(&region, name, 0, 1, PRIVATE, false,
							     &result), "%s", name);
			KUNIT_EXPECT_TRUE_MSG(test, result & VM_MAYWRITE, "%s", name);
		}
	}
}

static void strategies_are_each_there_once(struct kunit *test)
{
	struct vmadev_region region = region_of(VMADEV_BACKING_CONTIG);
	u32 known = 0;
	size_t s;

	for (s = 0; s < ARRAY_SIZE(expected); s++) {
		const struct vmadev_strategy *row = vmadev_strategy_by_name(expected[s].name);

		KUNIT_ASSERT_NOT_NULL(test, row);
		KUNIT_EXPECT_EQ(test, expected[s].id, row->id);
		KUNIT_EXPECT_STREQ(test, expected[s].name, row->name);
		KUNIT_EXPECT_EQ(test, expected[s].backings, row->backings);
		KUNIT_EXPECT_EQ(test, expected[s].private, row->private);
		KUNIT_EXPECT_EQ(test, 0u, known & VMADEV_STRATEGY_BIT(row->id));
		known |= VMADEV_STRATEGY_BIT(row->id);
	}
	KUNIT_EXPECT_EQ(test, known, vmadev_strategy_bitmap(&region, VMADEV_KNOWN));
	KUNIT_EXPECT_NULL(test, vmadev_strategy_by_name(""));
	KUNIT_EXPECT_NULL(test, vmadev_strategy_by_name("Page"));
	KUNIT_EXPECT_NULL(test, vmadev_strategy_by_name("page "));
}

static void strategies_serve_their_backings(struct kunit *test)
{
	const struct vmadev_strategy *row;
	u32 backing;
	size_t s;

	for (backing = VMADEV_BACKING_PAGES; backing <= VMADEV_BACKING_MEDIA; backing++) {
		struct vmadev_region region = region_of(backing);
		u32 shared = 0, private = 0;

		for (s = 0; s < ARRAY_SIZE(expected); s++) {
			bool serves = expected[s].backings & BIT(backing);

			KUNIT_EXPECT_EQ_MSG(test, serves ? 0 : -EOPNOTSUPP,
					    vmadev_strategy_for(&region, expected[s].id, &row),
					    "%s on %s", expected[s].name, region.backing->name);
			if (serves) {
				shared |= VMADEV_STRATEGY_BIT(expected[s].id);
				KUNIT_EXPECT_EQ(test, expected[s].id, row->id);
			}
			if (serves && expected[s].private)
				private |= VMADEV_STRATEGY_BIT(expected[s].id);
		}
		KUNIT_EXPECT_EQ(test, shared, vmadev_strategy_bitmap(&region, VMADEV_SHARED));
		KUNIT_EXPECT_EQ(test, private, vmadev_strategy_bitmap(&region, VMADEV_PRIVATE));
		KUNIT_EXPECT_EQ(test, 0, vmadev_strategy_for(&region, 0, &row));
		KUNIT_EXPECT_EQ(test, region.backing->strategy, row->id);
		KUNIT_EXPECT_EQ(test, -EINVAL, vmadev_strategy_for(&region, LAST + 1, &row));
		KUNIT_EXPECT_EQ(test, -EINVAL, vmadev_strategy_for(&region, U32_MAX, &row));
	}
}

/*
 * What is fixed can crash, be injected and be exported at most, contig keeps its size and its
 * memory, none has no memory.
 */
static void abilities_are_of_the_backing(struct kunit *test)
{
	static const u32 can[] = {
		[VMADEV_BACKING_PAGES] = VMADEV_CAN_RESIZE | VMADEV_CAN_PUNCH | VMADEV_CAN_HOLES |
					 VMADEV_CAN_REVOKE | VMADEV_CAN_INJECT | EXPORT,
		[VMADEV_BACKING_CONTIG] = VMADEV_CAN_PUNCH | VMADEV_CAN_REVOKE | VMADEV_CAN_INJECT |
					  EXPORT,
		[VMADEV_BACKING_SHMEM] = VMADEV_CAN_RESIZE | VMADEV_CAN_PUNCH | VMADEV_CAN_HOLES |
					 VMADEV_CAN_REVOKE,
		[VMADEV_BACKING_NONE] = VMADEV_CAN_RESIZE | VMADEV_CAN_PUNCH,
		[VMADEV_BACKING_MEDIA] = VMADEV_CAN_RESIZE | VMADEV_CAN_PUNCH | VMADEV_CAN_HOLES |
					 VMADEV_CAN_CRASH,
	};
	const u32 fixed = VMADEV_CAN_CRASH | VMADEV_CAN_INJECT | EXPORT;
	u32 backing;

	for (backing = VMADEV_BACKING_PAGES; backing <= VMADEV_BACKING_MEDIA; backing++) {
		struct vmadev_region region = region_of(backing);

		KUNIT_EXPECT_EQ(test, can[backing] | VMADEV_CAN_SEAL,
				vmadev_region_abilities(&region));
		region.seals = VMADEV_SEAL_SEAL;
		KUNIT_EXPECT_EQ(test, can[backing], vmadev_region_abilities(&region));
		region.fixed = true;
		KUNIT_EXPECT_EQ(test, can[backing] & fixed, vmadev_region_abilities(&region));
	}
}

static void abilities_tell_of_a_log(struct kunit *test)
{
	struct vmadev_region region = region_of(VMADEV_BACKING_PAGES);
	unsigned long bits = 0;

	KUNIT_EXPECT_EQ(test, 0u, vmadev_region_abilities(&region) & VMADEV_CAN_DIRTY);
	region.dirty = &bits;
	KUNIT_EXPECT_NE(test, 0u, vmadev_region_abilities(&region) & VMADEV_CAN_DIRTY);
}

/* An action of mmap_prepare takes one run; a loop of remap_pfn_range() any number. */
static void remap_wants_one_run_of_mmap_prepare(struct kunit *test)
{
	struct vmadev_region region = region_of(VMADEV_BACKING_CONTIG);
	const struct vmadev_strategy *row;
	int broken = 0;

#ifdef VMADEV_HAVE_MMAP_PREPARE
	broken = -EOPNOTSUPP;
#endif
	region.one_run = false;
	KUNIT_EXPECT_EQ(test, broken, vmadev_strategy_for(&region, VMADEV_STRATEGY_REMAP, &row));
	KUNIT_EXPECT_EQ(test, 0, vmadev_strategy_for(&region, VMADEV_STRATEGY_PFN, &row));
}

static void backings_are_each_there_once(struct kunit *test)
{
	static const char *const names[] = { "pages", "contig", "shmem", "none", "media" };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct vmadev_backing *row = vmadev_backing_by_name(names[i]);

		KUNIT_ASSERT_NOT_NULL(test, row);
		KUNIT_EXPECT_EQ(test, VMADEV_BACKING_PAGES + i, row->id);
		KUNIT_EXPECT_PTR_EQ(test, row, vmadev_backing_by_id(row->id));
	}
	KUNIT_EXPECT_PTR_EQ(test, vmadev_backing_by_name("pages"), vmadev_backing_by_id(0));
	KUNIT_EXPECT_NULL(test, vmadev_backing_by_id(VMADEV_BACKING_MEDIA + 1));
	KUNIT_EXPECT_NULL(test, vmadev_backing_by_name(""));
}

static void names_are_printable_and_need_no_escape(struct kunit *test)
{
	char name[2] = "";
	int c;

	KUNIT_EXPECT_TRUE(test, vmadev_region_name_ok(""));
	KUNIT_EXPECT_TRUE(test, vmadev_region_name_ok("a-b_c.d:e"));
	KUNIT_EXPECT_FALSE(test, vmadev_region_name_ok("a b"));
	KUNIT_EXPECT_FALSE(test, vmadev_region_name_ok("ab\n"));
	for (c = 1; c < 256; c++) {
		name[0] = c;
		KUNIT_EXPECT_EQ_MSG(test, c > ' ' && c < 127 && c != '/' && c != '\\',
				    vmadev_region_name_ok(name), "byte %d", c);
	}
}

static void bytes_are_parsed(struct kunit *test)
{
	static const struct {
		const char *text;
		u64 bytes;	/* 0: refused */
	} cases[] = {
		{ "1M", 1 << 20 }, { "64k", 64 << 10 }, { "64K", 64 << 10 }, { "2G", 2ull << 30 },
		{ "1048576", 1 << 20 }, { "0x100000", 1 << 20 }, { "0x10K", 16 << 10 },
		{ "17179869183G", 17179869183ull << 30 },
		{ "", 0 }, { "M", 0 }, { "0", 0 }, { "0M", 0 }, { "1000", 0 }, { "-4096", 0 },
		{ "1Mx", 0 }, { "1 M", 0 }, { "1MM", 0 }, { "1MB", 0 }, { "abc", 0 },
		/* More than 64 bits hold: memparse() makes 0 and 1G of these. */
		{ "17179869184G", 0 }, { "17179869185G", 0 }, { "18446744073709551616", 0 },
		{ "18446744073710600192", 0 }, { "0000000000000000000000000000001M", 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool fits = cases[i].bytes && PAGE_ALIGNED(cases[i].bytes);
		u64 bytes = 42, expect = bytes;

		if (fits)
			expect = cases[i].bytes;
		KUNIT_EXPECT_EQ_MSG(test, fits ? 0 : -EINVAL,
				    vmadev_parse_bytes("test", cases[i].text, &bytes), "\"%s\"",
				    cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, expect, bytes, "\"%s\"", cases[i].text);
	}
}

static void modes_are_parsed(struct kunit *test)
{
	static const struct {
		const char *text;
		int mode;	/* -1: refused */
	} cases[] = {
		{ "0600", 0600 }, { "660", 0660 }, { "0", 0 }, { "0777", 0777 }, { "1000", -1 },
		{ "07777", -1 }, { "", -1 }, { "9", -1 }, { "rw", -1 }, { "-1", -1 },
		{ "0x1ff", -1 }, { "777777", -1 }, { "0600 ", -1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool good = cases[i].mode >= 0;
		umode_t mode = 1, expect = mode;

		if (good)
			expect = cases[i].mode;
		KUNIT_EXPECT_EQ_MSG(test, good ? 0 : -EINVAL,
				    vmadev_parse_mode(cases[i].text, &mode), "\"%s\"",
				    cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, expect, mode, "\"%s\"", cases[i].text);
	}
}

static void counters_are_summed_over_cpus(struct kunit *test)
{
	struct vmadev_counters __percpu *counters = alloc_percpu(struct vmadev_counters);
	struct vmadev_stats stats = { .size = 1, .scope = 2, .observed = 3, .vmas = 4 };
	u64 cpus = 0, *summed = &stats.mmaps;
	int cpu, i;

	KUNIT_ASSERT_TRUE(test, counters);
	for_each_possible_cpu(cpu) {
		cpus++;
		for (i = 0; i < VMADEV_NR_COUNTERS; i++)
			per_cpu_ptr(counters, cpu)->n[i] = (i + 1) * 1000 + cpus;
	}
	vmadev_counters_sum(counters, &stats);
	free_percpu(counters);

	/* In struct vmadev_stats they stand in the order of enum vmadev_counter. */
	for (i = 0; i < VMADEV_NR_COUNTERS; i++)
		KUNIT_EXPECT_EQ_MSG(test, cpus * (i + 1) * 1000 + cpus * (cpus + 1) / 2,
				    summed[i], "counter %d", i);
	KUNIT_EXPECT_EQ(test, 1u, stats.size);
	KUNIT_EXPECT_EQ(test, 2u, stats.scope);
	KUNIT_EXPECT_EQ(test, 3ull, stats.observed);
	KUNIT_EXPECT_EQ(test, 4ull, stats.vmas);
}

static struct kunit_case vmadev_cases[] = {
	KUNIT_CASE(region_has_what_is_inside),
	KUNIT_CASE(plan_refuses_what_is_outside),
	KUNIT_CASE(plan_refuses_what_is_outside_the_window),
	KUNIT_CASE(plan_refuses_private_pfns),
	KUNIT_CASE(plan_refuses_to_execute),
	KUNIT_CASE(plan_changes_nothing_when_it_refuses),
	KUNIT_CASE(plan_adds_the_flags_of_the_strategy),
	KUNIT_CASE(plan_keeps_to_seals),
	KUNIT_CASE(strategies_are_each_there_once),
	KUNIT_CASE(strategies_serve_their_backings),
	KUNIT_CASE(abilities_are_of_the_backing),
	KUNIT_CASE(abilities_tell_of_a_log),
	KUNIT_CASE(remap_wants_one_run_of_mmap_prepare),
	KUNIT_CASE(backings_are_each_there_once),
	KUNIT_CASE(names_are_printable_and_need_no_escape),
	KUNIT_CASE(bytes_are_parsed),
	KUNIT_CASE(modes_are_parsed),
	KUNIT_CASE(counters_are_summed_over_cpus),
	{}
};

static struct kunit_suite vmadev_suite = {
	.name = "vmadev",
	.test_cases = vmadev_cases,
};

kunit_test_suite(vmadev_suite);

MODULE_DESCRIPTION("KUnit tests of vmadev");
MODULE_LICENSE("GPL");

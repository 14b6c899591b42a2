// SPDX-License-Identifier: GPL-2.0-or-later
/* Every madvise on every mapping: what it answers, and the bytes afterwards */
#include <sys/utsname.h>

#include "mapping.h"
#include "lib/newer.h"

/* Advice is given to pages 2 to 5; the others must never change. */
enum { FIRST = 2, LAST = 6 };

/* What is at the advised pages afterwards; before, the filled bytes are. */
enum outcome { KEEP, ZERO, KEEP_OR_ZERO };

struct advice {
	const char *stand;	/* how it is answered */
	int advice;
	enum outcome anonymous;	/* for private anonymous memory; others keep */
};

static const struct advice advices[] = {
	{ "madvise-normal", MADV_NORMAL, KEEP },
	{ "madvise-random", MADV_RANDOM, KEEP },
	{ "madvise-sequential", MADV_SEQUENTIAL, KEEP },
	{ "madvise-willneed", MADV_WILLNEED, KEEP },
	{ "madvise-dontneed", MADV_DONTNEED, ZERO },
	{ "madvise-dontneed", MADV_DONTNEED_LOCKED, ZERO },
	{ "madvise-free", MADV_FREE, KEEP_OR_ZERO },
	{ "madvise-dontfork", MADV_DONTFORK, KEEP },
	{ "madvise-mergeable", MADV_MERGEABLE, KEEP },
	{ "madvise-unmergeable", MADV_UNMERGEABLE, KEEP },
	{ "madvise-hugepage", MADV_HUGEPAGE, KEEP },
	{ "madvise-nohugepage", MADV_NOHUGEPAGE, KEEP },
	{ "madvise-dontdump", MADV_DONTDUMP, KEEP },
	{ "madvise-dodump", MADV_DODUMP, KEEP },
	{ "madvise-wipeonfork", MADV_WIPEONFORK, KEEP },
	{ "madvise-keeponfork", MADV_KEEPONFORK, KEEP },
	{ "madvise-cold", MADV_COLD, KEEP },
	{ "madvise-pageout", MADV_PAGEOUT, KEEP },
	{ "madvise-populate-read", MADV_POPULATE_READ, KEEP },
	{ "madvise-populate-write", MADV_POPULATE_WRITE, KEEP },
};

static int advise(const mapping *m, char *map, int advice)
{
	if (!madvise(map + FIRST * m->page, (LAST - FIRST) * m->page, advice))
		return 0;
	return errno;
}

/* A fully preemptible kernel has no huge pages, and knows no advice about them. */
static int error_of(const struct advice *a, enum class class)
{
	const bool huge = a->advice == MADV_HUGEPAGE || a->advice == MADV_NOHUGEPAGE;
	const int answer = stands_up(class, a->stand);
	struct utsname kernel;

	if (huge && !uname(&kernel) && strstr(kernel.version, "PREEMPT_RT"))
		return EINVAL;
	return answer > 0 ? answer : 0;
}

static bool advised_pages_are(const mapping *m, const char *map, enum outcome want)
{
	for (int i = FIRST; i < LAST; i++) {
		const char *page = map + i * m->page;
		bool kept = page_is(m, map, i, i + 1), zero = vt_is_zero(page, m->page);

		if (!(want == KEEP ? kept : want == ZERO ? zero : kept || zero))
			return false;
	}
	return true;
}

static bool other_pages_are_filled(const mapping *m, const char *map)
{
	return pages_are_filled(m, map, 0, FIRST) &&
	       pages_are_filled(m, map + LAST * m->page, LAST, NPAGES);
}

/*
 *	0       8
 *	|AAAAAAA|
 *	  |???|		each advice, on a mapping of its own
 *
 * Copies of a private mapping that DONTNEED drops held what the region holds.
 */
TEST_F(mapping, advice_answers_by_class_and_the_bytes_stay_right)
{
	const enum class class = class_of(variant);

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		const struct advice *a = &advices[i];
		enum outcome want = class == ANONYMOUS ? a->anonymous : KEEP;
		char *map = map_filled(self, variant);

		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(error_of(a, class), advise(self, map, a->advice)) {
			TH_LOG("%s, %d", a->stand, a->advice);
		}
		EXPECT_TRUE(advised_pages_are(self, map, want)) {
			TH_LOG("after %s, %d", a->stand, a->advice);
		}
		EXPECT_TRUE(other_pages_are_filled(self, map)) {
			TH_LOG("after %s, %d", a->stand, a->advice);
		}
		ASSERT_EQ(0, munmap(map, self->bytes));
	}
}

/* One that nobody knows, and a collapse of less than a huge page. */
TEST_F(mapping, advice_that_cannot_be_taken_is_refused)
{
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, advise(self, map, 99));
	EXPECT_EQ(EINVAL, advise(self, map, MADV_COLLAPSE));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
}

/*
 *	|AAAAAAA|
 *	|A|000|A|	MADV_REMOVE punches the region, and shared memory of none
 */
TEST_F(mapping, remove_punches_what_is_shared)
{
	char *map = map_filled(self, variant);
	int error;

	ASSERT_NE(MAP_FAILED, map);
	error = advise(self, map, MADV_REMOVE);
	EXPECT_EQ(is_shared(variant) ? 0 : EACCES, error);
	EXPECT_TRUE(advised_pages_are(self, map, error ? KEEP : ZERO));
	EXPECT_TRUE(other_pages_are_filled(self, map));
}

static int reads_first(void *page)
{
	return vt_read(page) == -SIGSEGV;
}

/*
 *	parent	|AAAAAAA|
 *	child	|A|   |A|	DONTFORK; DOFORK takes it back, where it may
 */
TEST_F(mapping, dontfork_keeps_pages_from_the_child_and_dofork_gives_them)
{
	const bool stays = is_pfnmap(variant) || (is_special(variant) && vt_kernel_at_least(7, 0));
	char *map = map_filled(self, variant);
	char *page = map + FIRST * self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, advise(self, map, MADV_DONTFORK));
	EXPECT_TRUE(vt_has_flag(page, "dc"));
	EXPECT_EQ(1, vt_in_child(reads_first, page));
	EXPECT_EQ(0, vt_in_child(reads_first, map));
	EXPECT_EQ(stays ? EINVAL : 0, advise(self, map, MADV_DOFORK));
	EXPECT_EQ(stays, vt_has_flag(page, "dc"));
	EXPECT_EQ(stays, vt_in_child(reads_first, page));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
}

/* KSM takes private memory alone, and says 0 to everything. */
TEST_F(mapping, mergeable_marks_private_mappings_alone)
{
	char *map = map_filled(self, variant);
	char *page = map + FIRST * self->page;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, advise(self, map, MADV_MERGEABLE));
	EXPECT_EQ(!is_shared(variant) && !is_special(variant), vt_has_flag(page, "mg"));
	ASSERT_EQ(0, advise(self, map, MADV_UNMERGEABLE));
	EXPECT_FALSE(vt_has_flag(page, "mg"));
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
}

/*
 *	|AAAAAAA|
 *	|A|ggg|A|	a touch of g is SIGSEGV, in one VMA
 *	|AAAAAAA|	GUARD_REMOVE: as after MADV_DONTNEED
 */
TEST_F(mapping, guard_pages_raise_sigsegv_until_removed_unless_special)
{
	const bool anonymous = class_of(variant) == ANONYMOUS;
	const int refusal = answer_of(variant, "madvise-guard-install");
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	if (!vt_kernel_at_least(6, 13))
		SKIP(return, "no MADV_GUARD_INSTALL before Linux 6.13");
	if (refusal > 0) {
		EXPECT_EQ(refusal, advise(self, map, MADV_GUARD_INSTALL));
		EXPECT_EQ(refusal, advise(self, map, MADV_GUARD_REMOVE));
		EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
		return;
	}
	ASSERT_EQ(0, advise(self, map, MADV_GUARD_INSTALL));
	for (int i = FIRST; i < LAST; i++) {
		EXPECT_EQ(-SIGSEGV, vt_read(map + i * self->page));
		EXPECT_EQ(-SIGSEGV, vt_write(map + i * self->page, 0));
	}
	EXPECT_TRUE(other_pages_are_filled(self, map));
	EXPECT_EQ(1, vt_vmas_in(map, self->bytes));
	ASSERT_EQ(0, advise(self, map, MADV_GUARD_REMOVE));
	EXPECT_TRUE(advised_pages_are(self, map, anonymous ? ZERO : KEEP));
	EXPECT_TRUE(other_pages_are_filled(self, map));
}

TEST_HARNESS_MAIN

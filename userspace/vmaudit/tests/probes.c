// SPDX-License-Identifier: GPL-2.0-or-later
/* Each probe where it fires, and where it does not. */
#include "lie.h"

#include <vt.h>

enum { MEMFD, ANON, PFN, SHORT, SUBJECTS };

/* What a probe of a mapping comes to. @seen: is among what it tells; NULL: whatever */
struct answer {
	int subject;
	const char *verdict;
	const char *seen;
};

static const struct row {
	const char *probe;
	struct answer fires, does_not;
	int since;	/* the release that can be asked, as 613 for 6.13 */
} rows[] = {
	{ "read-fault", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "write-fault", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "zeroed", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "length-past-end", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "late (SIGBUS)", NULL },
	  0 },
	{ "offset-past-end", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "late (SIGBUS)", NULL },
	  0 },
	{ "offset-overflow", { PFN, "refused (EINVAL)", NULL },
	  { MEMFD, "refused (EOVERFLOW)", NULL }, 0 },
	{ "signal-past-end", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "note", NULL }, 0 },
	{ "private-isolated", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "private-fork", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "private-cow-offset", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "exec", { PFN, "refused (EACCES)", NULL }, { MEMFD, "note", NULL }, 0 },
	{ "fork", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "munmap-first", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "munmap-middle", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "munmap-last", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "mprotect-middle", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "mremap-grow", { PFN, "refused (EFAULT)", NULL }, { ANON, "works", NULL }, 0 },
	{ "mremap-shrink", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "mremap-move", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "mremap-dontunmap", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "mremap-old-size-0", { PFN, "refused (EFAULT)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "mremap-two-vmas", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 617 },
	{ "map-fixed-over", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "remap-file-pages", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "remap-file-pages-past-end", { PFN, "refused (EINVAL)", NULL },
	  { MEMFD, "late (SIGBUS)", NULL }, 0 },
	{ "fork-unmap-parent-first", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL },
	  0 },
	{ "close-mapped", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "pass-descriptor", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "reopen", { PFN, "refused (ENXIO)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "exec-over", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-normal", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-random", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-sequential", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-willneed", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "note", NULL }, 0 },
	{ "madvise-dontneed", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-free", { MEMFD, "refused (EINVAL)", NULL }, { ANON, "works", NULL }, 0 },
	{ "madvise-dontfork", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-dofork", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-wipeonfork", { MEMFD, "refused (EINVAL)", NULL }, { ANON, "works", NULL }, 0 },
	{ "madvise-keeponfork", { MEMFD, "note", NULL }, { ANON, "works", NULL }, 0 },
	{ "madvise-mergeable", { MEMFD, "silent", NULL }, { ANON, "works", NULL }, 0 },
	{ "madvise-unmergeable", { MEMFD, "note", NULL }, { ANON, "works", NULL }, 0 },
	{ "madvise-hugepage", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-nohugepage", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-dontdump", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-dodump", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-cold", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-pageout", { PFN, "refused (EINVAL)", NULL }, { ANON, "silent", NULL }, 0 },
	{ "madvise-populate-read", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "madvise-populate-write", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL },
	  0 },
	{ "madvise-guard-install", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL },
	  613 },
	{ "madvise-guard-remove", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL },
	  613 },
	{ "map-populate", { PFN, "silent", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "mlock", { PFN, "silent", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "mlock-onfault", { PFN, "silent", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "process-vm-readv", { PFN, "refused (EFAULT)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "process-vm-writev", { PFN, "refused (EFAULT)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "vmsplice", { PFN, "refused (EFAULT)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "io-uring-fixed", { PFN, "refused (EFAULT)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "uffd-missing", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "uffd-wp", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "uffd-minor", { PFN, "refused (EINVAL)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "pagemap", { PFN, "note", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "pagemap-scan", { PFN, "silent", NULL }, { MEMFD, "works", NULL }, 607 },
	{ "soft-dirty", { PFN, "silent", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "msync-async", { ANON, "note", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "msync-sync", { ANON, "note", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "msync-invalidate", { ANON, "note", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "thp", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "note", NULL }, 0 },
	{ "futex-shared", { PFN, "refused (EFAULT)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "threads", { SHORT, "late (SIGBUS)", NULL }, { MEMFD, "works", NULL }, 0 },
	{ "vma-name", { PFN, "note", "/vmadev:" }, { MEMFD, "note", "/memfd:" }, 0 },
	{ "accounting", { PFN, "note", "Rss has 0," }, { MEMFD, "note", "Rss has 64," }, 0 },
	{ "core-dump", { PFN, "note", "no: " }, { MEMFD, "note", "yes: " }, 0 },
	{ "smaps-flags", { PFN, "note", " pf io " }, { MEMFD, "note", "rd wr sh " }, 0 },
};

/* Those that no two mappings of this guest answer in two ways, or others' tests have. */
static const struct elsewhere {
	const char *probe;
	const char *where;
} elsewhere[] = {
	{ "mprotect-upgrade", "tests/wrong.c and tests/defects.c" },
	{ "mem-write-reader", "tests/wrong.c" },
	{ "ptrace-write-reader", "tests/wrong.c" },
	{ "smaps-writable-reader", "tests/wrong.c" },
	{ "mem-read-past-end", "tests/wrong.c" },
	{ "leak", "tests/wrong.c" },
	{ "leak-fork", "tests/wrong.c" },
	{ "hook-revoke", "tests/defects.c" }, { "hook-resize", "tests/defects.c" },
	{ "hook-free", "tests/defects.c" },
	{ "mem-read", "the mutant access_from_page_start" },
	{ "ptrace-peek", "the mutant access_from_page_start" },
	{ "uffd-wp-async", "the mutant pfn_marker_stays" },
	{ "maps-offset", "the mutant private_unchecked" },
	{ "madvise-remove", "dangerous: nothing here may lose its bytes" },
	{ "madvise-hwpoison", "dangerous: the page is gone for the whole guest" },
	{ "madvise-collapse", "a huge page in one piece is luck" },
	{ "o-direct-read", "no file system of the guest has O_DIRECT" },
	{ "o-direct-write", "no file system of the guest has O_DIRECT" },
	{ "kvm-slot", "KVM takes what the process can access" },
	{ "map-fixed-refused", "a fact: what is there after mmap refused" },
	{ "mincore", "what it says of PFNs changed between kernels" },
	{ "limit-memlock", "the limit is the kernel's, of all mappings" },
	{ "limit-map-count", "the limit is the kernel's, of all mappings" },
	{ "futex-private", "the word is the address, of all mappings" },
	{ "mseal", "the kernel's, of all mappings" },
	{ "numa-policy", "the kernel records it for all mappings" },
	{ "move-pages", "a fact: the node of its page" },
	{ "write-through-read", "only tmpfs and its like can be read" },
};

static struct run audits[SUBJECTS];

/* The line of a probe: "NAME   VERDICT   SEEN". */
static const char *line_of(const struct run *run, const char *probe)
{
	char begin[64];
	const char *line;

	snprintf(begin, sizeof(begin), "\n%-25s ", probe);
	line = strstr(run->out, begin);
	return line ? line + strlen(begin) : NULL;
}

static bool is_answer(const struct answer *answer, const char *probe)
{
	const char *line = line_of(&audits[answer->subject], probe);
	size_t length = strlen(answer->verdict);
	char text[512] = "";

	if (!line || strncmp(line, answer->verdict, length) || line[length] != ' ')
		return false;
	strncat(text, line, strcspn(line, "\n"));
	return !answer->seen || strstr(text, answer->seen);
}

static void audit_all(struct __test_metadata *_metadata)
{
	char length[32];

	RUN(&audits[MEMFD], "--skip", "leak*", "--seconds", "60", "memfd");
	RUN(&audits[ANON], "--skip", "leak*", "--seconds", "60", "--flags", "private", "anon");
	RUN(&audits[PFN], "--skip", "leak*", "--seconds", "60", "vmadev:strategy=pfn");
	/* It says that there is a page more than there is. */
	snprintf(length, sizeof(length), "length=%ld\n", 17 * sysconf(_SC_PAGESIZE));
	audit_lie(_metadata, &audits[SHORT], length, "[a-km-z]*");
}

FIXTURE(slow) {};
FIXTURE_SETUP(slow) {}
FIXTURE_TEARDOWN(slow) {}

TEST_F_TIMEOUT(slow, each_probe_tells_two_mappings_apart, 110)
{
	audit_all(_metadata);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];

		if (!vt_kernel_at_least(row->since / 100, row->since % 100))
			continue;
		EXPECT_TRUE(is_answer(&row->fires, row->probe)) {
			TH_LOG("%s is not %s: %.120s", row->probe, row->fires.verdict,
			       line_of(&audits[row->fires.subject], row->probe));
		}
		EXPECT_TRUE(is_answer(&row->does_not, row->probe)) {
			TH_LOG("%s is not %s: %.120s", row->probe, row->does_not.verdict,
			       line_of(&audits[row->does_not.subject], row->probe));
		}
	}
}

static int times_named(const char *probe)
{
	int times = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		times += !strcmp(rows[i].probe, probe);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
		times += !strcmp(elsewhere[i].probe, probe);
	return times;
}

/* A probe that is new stands in one of the two tables. */
TEST(each_probe_has_a_test_or_a_reason)
{
	struct run run = { 0 };
	char *list;
	int count = 0;

	RUN(&run, "--list");
	list = strstr(run.out, "\nProbes:");
	ASSERT_NE(NULL, list);
	strtok(list, "\n");
	for (char *line = strtok(NULL, "\n"); line; line = strtok(NULL, "\n")) {
		char probe[64] = "";

		if (sscanf(line, "  %63s", probe) != 1)
			continue;
		count++;
		EXPECT_EQ(1, times_named(probe)) {
			TH_LOG("%s", probe);
		}
	}
	EXPECT_EQ(sizeof(rows) / sizeof(*rows) + sizeof(elsewhere) / sizeof(*elsewhere),
		  (size_t)count);
}

TEST_HARNESS_MAIN

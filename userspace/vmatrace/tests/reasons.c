// SPDX-License-Identifier: GPL-2.0-or-later
/* Each reason, of a program that brings it about; and the tour's split-merge, line by line. */
#include "../newer.h"
#include "run.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#define OUTPUT "/tmp/vmatrace-split-merge"
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static size_t page;

/* A place with room for 16 pages, and nothing beside it. */
static char *room_for_pages(void)
{
	char *at;

	page = (size_t)sysconf(_SC_PAGESIZE);
	at = mmap(NULL, 32 * page, PROT_NONE, ANON, -1, 0);
	munmap(at, 32 * page);
	return at + 8 * page;
}

static void fix(char *at, size_t pages, int prot)
{
	mmap(at, pages * page, prot, ANON | MAP_FIXED, -1, 0);
}

static void do_rights(char *at)
{
	fix(at, 2, RW);
	fix(at + 2 * page, 2, PROT_READ);
}

static void do_flags(char *at)
{
	fix(at, 4, RW);
	madvise(at, 2 * page, MADV_DONTFORK);
}

static void do_offset(char *at)
{
	int fd = memfd_create("file", 0);

	if (ftruncate(fd, (off_t)(16 * page)))
		_exit(1);
	mmap(at, 2 * page, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	mmap(at + 2 * page, 2 * page, RW, MAP_SHARED | MAP_FIXED, fd, (off_t)(8 * page));
}

static void do_opened(char *at)
{
	int fd = memfd_create("file", 0), again;
	char path[64];

	if (ftruncate(fd, (off_t)(16 * page)))
		_exit(1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR);
	mmap(at, 2 * page, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	mmap(at + 2 * page, 2 * page, RW, MAP_SHARED | MAP_FIXED, again, (off_t)(2 * page));
}

static void do_anon(char *at)
{
	fix(at, 1, RW);
	fix(at + 2 * page, 1, RW);
	*(volatile char *)at = 1;
	*(volatile char *)(at + 2 * page) = 1;
	fix(at + page, 1, RW);
}

static void do_moved(char *at)
{
	fix(at, 1, RW);
	fix(at + 4 * page, 1, RW);
	*(volatile char *)(at + 4 * page) = 1;
	if (mremap(at + 4 * page, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, at + page) ==
	    MAP_FAILED)
		_exit(1);
}

static void do_policy(char *at)
{
	static const unsigned long node = 1;

	fix(at, 4, RW);
	syscall(SYS_mbind, at, 2 * page, 2, &node, 8, 0);
	mprotect(at + 2 * page, page, PROT_READ);
	mprotect(at + 2 * page, page, RW);
}

static void do_close(char *at)
{
	int id = shmget(IPC_PRIVATE, 4 * page, 0600);

	if (shmat(id, at, 0) == (void *)-1)
		_exit(1);
	shmctl(id, IPC_RMID, NULL);
	mprotect(at + page, page, PROT_READ);
	mprotect(at + page, page, RW);
}

/* A segment of four pages at a place, for as long as somebody has it. */
static int attach(char *at, int flags)
{
	int id = shmget(IPC_PRIVATE, 4 * page - 100, 0700);

	if (shmat(id, at, flags) == (void *)-1)
		_exit(1);
	return id;
}

static void do_attached_twice(char *at)
{
	int id = attach(at, SHM_EXEC);

	shmat(id, at + 4 * page, SHM_EXEC);
	shmat(id, at + page, SHM_RND);
	shmat(id, at + 8 * page + 5, SHM_RND | SHM_RDONLY);
	shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
}

/* A hole, what another call made of a part, and a part that is somewhere else. */
static void do_detached(char *at)
{
	int id = attach(at, 0);

	shmctl(id, IPC_RMID, NULL);
	munmap(at + page, page);
	mprotect(at + 2 * page, page, PROT_READ);
	mremap(at + 3 * page, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, at + 8 * page);
	shmdt(at);
}

static void do_no_segment(char *at)
{
	shmctl(attach(at, 0), IPC_RMID, NULL);
	shmdt(at + page);
	shmdt(at);
}

static void do_remapped(char *at)
{
	fix(at, 8, RW);
	shmctl(attach(at + 2 * page, SHM_REMAP | SHM_RDONLY), IPC_RMID, NULL);
}

/* What is to be read may be executed. */
static void do_personality(char *at)
{
	personality(READ_IMPLIES_EXEC);
	fix(at, 2, RW);
	mprotect(at, page, PROT_READ);
}

static void do_io_ring(char *at)
{
	unsigned long ring = 0;

	(void)at;
	if (syscall(SYS_io_setup, 8, &ring))
		_exit(1);
	mprotect((void *)ring, page, PROT_READ);
	syscall(SYS_io_destroy, ring);
}

static void do_remap_pages(char *at)
{
	mmap(at, 4 * page, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (syscall(SYS_remap_file_pages, at, page, 0, 2, 0))
		_exit(1);
}

/* The range stays where it is: perf has it read later. */
static void register_with(int fd, char *at, struct uffdio_register *range)
{
	range->range = (struct uffdio_range){ (unsigned long)at, 2 * page };
	range->mode = UFFDIO_REGISTER_MODE_MISSING;
	if (ioctl(fd, UFFDIO_REGISTER, range))
		_exit(1);
}

static int register_with_another(char *at, struct uffdio_register *range)
{
	int fd = (int)syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY);
	struct uffdio_api api = { .api = UFFD_API };

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		_exit(1);
	register_with(fd, at, range);
	return fd;
}

static void do_uffd(char *at)
{
	static struct uffdio_register range[2];

	fix(at, 4, RW);
	register_with_another(at, &range[0]);
	register_with_another(at + 2 * page, &range[1]);
}

/* By two descriptors of one: nothing keeps them apart. */
static void do_uffd_twice(char *at)
{
	static struct uffdio_register range[2];

	fix(at, 4, RW);
	register_with(dup(register_with_another(at, &range[0])), at + 2 * page, &range[1]);
}

/* No call says that they may be one again: it is seen when another one comes near. */
static void do_uffd_closed(char *at)
{
	static struct uffdio_register range;
	int fd;

	fix(at, 6, RW);
	fd = register_with_another(at, &range);
	mprotect(at + 5 * page, page, PROT_READ);
	close(fd);
	mprotect(at + 3 * page, page, PROT_READ);
}

/* Nothing comes near any more. A descriptor has the number of one that is gone. */
static void do_uffd_closed_last(char *at)
{
	static struct uffdio_register range;

	do_uffd_closed(at);
	close(register_with_another(at + 4 * page, &range));
}

/* A new program, of a child, has it too. */
static void do_denied(char *at)
{
	(void)at;
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
		_exit(77);
	if (!fork()) {
		setenv(CASE, "denied-child", 1);
		execl("/proc/self/exe", "denied", NULL);
		_exit(1);
	}
	wait(NULL);
}

static void do_denied_child(char *at)
{
	fix(at, 2, RW | PROT_EXEC);
	fix(at, 2, PROT_READ);
	mprotect(at, page, PROT_READ | PROT_EXEC);
}

static void do_merge_all(char *at)
{
	if (prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0))
		_exit(77);
	fix(at, 2, RW);
	fix(at + 2 * page, 2, RW);
	prctl(PR_SET_MEMORY_MERGE, 0, 0, 0, 0);
	fix(at + 4 * page, 2, RW);
}

static void do_name(char *at)
{
	fix(at, 4, RW);
	if (prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, at, 2 * page, "mine"))
		_exit(77);
	mprotect(at + 2 * page, page, PROT_READ);
	mprotect(at + 2 * page, page, RW);
}

static void do_forked(char *at)
{
	fix(at, 1, RW);
	*(volatile char *)at = 1;
	if (!fork()) {
		fix(at + page, 1, RW);
		_exit(0);
	}
	wait(NULL);
}

static void do_brk_in_the_way(char *at)
{
	char *end = (char *)syscall(SYS_brk, 0);

	(void)at;
	end = (char *)(((unsigned long)end + page - 1) & ~(page - 1));
	fix(end + page, 1, RW);
	syscall(SYS_brk, end + 16 * page);
}

static void do_brk_limit(char *at)
{
	struct rlimit limit = { page, page };
	unsigned long end = (unsigned long)syscall(SYS_brk, 0);

	(void)at;
	setrlimit(RLIMIT_DATA, &limit);
	syscall(SYS_brk, end + 64 * page);
}

static void do_hole(char *at)
{
	fix(at, 1, RW);
	mprotect(at, 4 * page, PROT_READ);
}

static void do_stack(char *at)
{
	volatile char deep[1 << 20];

	(void)at;
	for (size_t i = 0; i < sizeof(deep); i += 1024)
		deep[sizeof(deep) - 1 - i] = 1;
}

static const struct {
	const char *name;
	void (*run)(char *at);
	const char *said;
} cases[] = {
	{ "rights", do_rights, "rights differ, rw-p and r--p" },
	{ "flags", do_flags, "sets VM_DONTCOPY" },
	{ "offset", do_offset, "the offset in the file jumps, 0x2000 is followed by 0x8000" },
	{ "opened", do_opened, "the file is the same, but was opened twice" },
	{ "anon", do_anon, "both were written before they met: two anon_vmas" },
	{ "moved", do_moved, "it was written before mremap moved it, so its pgoff jumps" },
	{ "policy", do_policy, "their NUMA policies differ" },
	{ "close", do_close, "its driver has vm_ops->close" },
	{ "attached-twice", do_attached_twice, "two struct file, one for each shmat" },
	{ "attach-in-the-way", do_attached_twice, "(deleted) is in the way" },
	{ "detached", do_detached, "since it is not where shmat put it (mremap)" },
	{ "no-segment", do_no_segment, "refused: no segment begins at" },
	{ "remapped", do_remapped, "SHM_RDONLY|SHM_REMAP" },
	{ "personality", do_personality, "rights change from rwxp to r-xp" },
	{ "io-ring", do_io_ring, "/[aio]" },
	{ "remap-pages", do_remap_pages, "the offset in the file jumps" },
	{ "uffd", do_uffd, "registered with different userfaultfds" },
	{ "uffd-twice", do_uffd_twice, "merged at" },
	{ "uffd-closed", do_uffd_closed, "userfaultfd was closed" },
	{ "uffd-closed-last", do_uffd_closed_last, "a userfaultfd was closed" },
	{ "denied", do_denied, "refused: nothing becomes executable" },
	{ "denied-child", do_denied_child, "" },
	{ "merge-all", do_merge_all, "sets VM_MERGEABLE" },
	{ "name", do_name, "their names differ, 'mine' and ''" },
	{ "forked", do_forked, "its anon_vma is shared with a parent or child since a fork" },
	{ "brk-in-the-way", do_brk_in_the_way, "is in the way" },
	{ "brk-limit", do_brk_limit, "RLIMIT_DATA is" },
	{ "hole", do_hole, "refused: nothing is mapped at" },
	{ "stack", do_stack, "stack grew by" },
};

static __attribute((__constructor__)) void run_case(void)
{
	const char *name = getenv(CASE);

	for (size_t i = 0; name && i < ARRAY_SIZE(cases); i++) {
		if (strcmp(cases[i].name, name))
			continue;
		cases[i].run(room_for_pages());
		_exit(0);
	}
}

/* Whoever sees the calls, the reasons are the model's. */
static const char *const collectors[] = { "ptrace", "ptrace-once", "seccomp", "perf" };

FIXTURE(reason)
{
};

FIXTURE_SETUP(reason)
{
}

FIXTURE_TEARDOWN(reason)
{
}

FIXTURE_VARIANT(reason)
{
	const char *name;
};

#define REASON(id, name_) FIXTURE_VARIANT_ADD(reason, id) { .name = name_ }

REASON(rights, "rights");
REASON(flags, "flags");
REASON(offset, "offset");
REASON(opened_twice, "opened");
REASON(anon_vma, "anon");
REASON(moved, "moved");
REASON(policy, "policy");
REASON(close, "close");
REASON(attached_twice, "attached-twice");
REASON(attach_in_the_way, "attach-in-the-way");
REASON(detached, "detached");
REASON(no_segment, "no-segment");
REASON(remapped, "remapped");
REASON(personality, "personality");
REASON(io_ring, "io-ring");
REASON(remap_pages, "remap-pages");
REASON(userfaultfd, "uffd");
REASON(userfaultfd_twice, "uffd-twice");
REASON(userfaultfd_closed, "uffd-closed");
REASON(userfaultfd_closed_last, "uffd-closed-last");
REASON(denied, "denied");
REASON(merge_all, "merge-all");
REASON(name, "name");
REASON(forked, "forked");
REASON(brk_in_the_way, "brk-in-the-way");
REASON(brk_limit, "brk-limit");
REASON(hole, "hole");
REASON(stack, "stack");

TEST_F(reason, is_told)
{
	static struct run run;
	size_t i = 0;

	while (strcmp(cases[i].name, variant->name))
		i++;
	setenv(CASE, variant->name, 1);
	for (size_t by = 0; by < ARRAY_SIZE(collectors); by++) {
		if (cannot(_metadata, collectors[by]))
			continue;
		VMATRACE(&run, "--by", collectors[by], "--check", beside("t/vmatrace-reasons"));
		if (run.status == 77)
			SKIP(return, "not on this kernel");
		EXPECT_EQ(0, run.status);
		EXPECT_SAID(&run, cases[i].said);
		EXPECT_EQ(NULL, strstr(run.said, "not foreseen"));
	}
}

/* What has to be said, in this order; returns what follows. */
static const char *expect_in_order(struct __test_metadata *_metadata, const char *said,
				   const char *const *lines)
{
	for (; *lines; lines++) {
		const char *found = strstr(said, *lines);

		ASSERT_NE(NULL, found) {
			TH_LOG("'%s' does not follow in: %.3000s", *lines, said);
		}
		said = found + strlen(*lines);
	}
	return said;
}

FIXTURE(tour)
{
};

FIXTURE_SETUP(tour)
{
}

FIXTURE_TEARDOWN(tour)
{
}

FIXTURE_VARIANT(tour)
{
	const char *by;
};

FIXTURE_VARIANT_ADD(tour, ptrace) { .by = "ptrace" };
FIXTURE_VARIANT_ADD(tour, ptrace_once) { .by = "ptrace-once" };
FIXTURE_VARIANT_ADD(tour, seccomp) { .by = "seccomp" };
FIXTURE_VARIANT_ADD(tour, perf) { .by = "perf" };

TEST_F(tour, split_merge_is_explained)
{
	static const char *const lines[] = {
		/* munmap in the middle, and what fills it */
		"created: a VMA of its own", "munmap(0x", "ABBB", "lost a part:", "split at",
		"merged at", "merged at",
		/* mprotect in the middle, there and back */
		"split at", "rights change from rw-p to r--p", "merged at",
		"rights change from r--p to rw-p",
		/* the pairs of neighbours */
		"merged at", "contiguous offset", "the offset in the file jumps",
		"one is private, one is shared", "one is of a file, one is anonymous",
		"they are of two files", "was opened twice", "rights change from rw-p to r--p",
		"sets VM_LOCKED", "sets VM_DONTCOPY",
		"both were written before they met: two anon_vmas", NULL,
	};
	/* Where the kernel has names of VMAs, and where the device is. */
	static const char *const named[] = { "their names differ, '' and 'tour'", NULL };
	static const char *const device[] = {
		"split at", "rights change from rw-s to r--s", "merged at",
		"rights change from r--s to rw-s", "rights change from rw-s to r--s",
		"VM_SPECIAL (VM_PFNMAP VM_IO VM_DONTEXPAND): the kernel never merges such VMAs",
		NULL,
	};
	const char *why = cannot(_metadata, variant->by), *rest;
	static struct run run;
	bool has_names;

	if (why)
		SKIP(return, "%s", why);
	unsetenv(CASE);
	VMATRACE(&run, "--by", variant->by, "--check", "-o", OUTPUT, beside("tour/split-merge"));
	EXPECT_EQ(0, run.status);
	has_names = !strstr(run.said, "not on this kernel");
	run.fd = open(OUTPUT, O_RDONLY);
	ASSERT_LE(0, run.fd);
	memset(run.said, 0, sizeof(run.said));
	ASSERT_LT(0, read(run.fd, run.said, sizeof(run.said) - 1));
	close(run.fd);
	rest = expect_in_order(_metadata, run.said, lines);
	if (has_names)
		rest = expect_in_order(_metadata, rest, named);
	/* What the module sets is gone by the time that perf has it looked up. */
	if (!access("/dev/vmadev", R_OK | W_OK) && !strcmp(variant->by, "perf"))
		return;
	EXPECT_EQ(NULL, strstr(run.said, "not foreseen"));
	if (!access("/dev/vmadev", R_OK | W_OK))
		expect_in_order(_metadata, rest, device);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* Random calls, done for real; after each the model is what /proc/PID/maps says. */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../collect/maps.h"
#include "../model/diff.h"
#include "calls.h"

/* Of each seed, if VMATRACE_CALLS does not name another number: a guest is slow. */
#define CALLS 1500
#define STAYING_CALLS 300
#define EACH_FORK 500
/* A guest that says nothing for long is taken for dead. */
#define EACH_WORD 5000
/* The flags are in smaps, which is slow to read. */
#define EACH_SMAPS 32

static struct rules rules;
static struct mm mm;
static struct facts facts;
static struct subject subject;

/* A new file has an inode that only maps tells. */
static void learn(struct mm *real)
{
	for (size_t i = 0; i < mm.count; i++) {
		struct vma *vma = mm.vma[i];
		const struct vma *shown;

		if (!vma->file || vma->inode)
			continue;
		shown = mm_find(real, vma->start);
		if (!shown)
			continue;
		vma->inode = shown->inode;
		vma->major = shown->major;
		vma->minor = shown->minor;
	}
}

/* Which page of the arena. */
static long long nth(__u64 address)
{
	return (long long)(address - ground.arena) / (long long)ground.page;
}

static void print_vmas(const char *what, const struct mm *space)
{
	char room[256];

	printf("# %s: %zu VMAs\n", what, space->count);
	for (size_t i = 0; i < space->count; i++) {
		const struct vma *vma = space->vma[i];

		if (vma->end <= ground.arena || vma->start >= ground.arena + PAGES * ground.page)
			continue;
		printf("#  %lld-%lld flags %llx pgoff %llx anon %u chain %u policy %u uffd %u %s\n",
		       nth(vma->start), nth(vma->end), vma->flags, vma->pgoff, vma->anon,
		       vma->chain, vma->policy, vma->uffd,
		       vma_name(space, vma, room, sizeof(room)));
	}
}

static bool same(const struct mm *real, bool flags)
{
	if (mm.count != real->count)
		return false;
	for (size_t i = 0; i < mm.count; i++) {
		/* 6.1 has no word for VM_LOCKONFAULT: it shows "??". */
		__u64 unnamed = VM_SOFTDIRTY | VM_OTHER |
				(real->vma[i]->flags & VM_OTHER ? VM_LOCKONFAULT : 0);
		__u64 hidden = (mm.vma[i]->flags ^ real->vma[i]->flags) & ~unnamed;

		if (vma_shown_same(&mm, mm.vma[i], real, real->vma[i]) && !(hidden && flags))
			continue;
		printf("# %llx-%llx is not as foreseen, flags %llx and %llx\n",
		       real->vma[i]->start, real->vma[i]->end, mm.vma[i]->flags,
		       real->vma[i]->flags);
		return false;
	}
	return true;
}

static void read_real(struct mm *real, bool flags)
{
	mm_init(real, &rules);
	real->start_brk = mm.start_brk;
	real->brk = mm.brk;
	real->start_stack = mm.start_stack;
	maps_read(subject.pid, real, flags);
}

/* Has it a page of its own? */
static bool faulted(void *data, const struct vma *vma)
{
	const struct vma *shown;
	struct mm real;
	bool found;

	(void)data;
	read_real(&real, true);
	shown = mm_find(&real, vma->start);
	found = shown && shown->anon && shown->anon != ANON_UNKNOWN;
	mm_free(&real);
	return found;
}

/* field - of /proc/PID/stat, counted as proc(5) does */
static __u64 stat_field(int field)
{
	char path[64], text[2048], *at;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", subject.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	at = strrchr(text, ')');
	for (int i = 2; at && i < field; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

static void open_files(struct __test_metadata *_metadata)
{
	char path[64];
	struct stat about;

	for (size_t i = 0; i < 3; i++) {
		ground.fds[i] = memfd_create(i ? "second" : "first", 0);
		ASSERT_LE(0, ground.fds[i]);
		ASSERT_EQ(0, ftruncate(ground.fds[i], FILE_PAGES * ground.page));
	}
	/* The same file once more. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ground.fds[0]);
	ground.fds[3] = open(path, O_RDWR);
	ASSERT_LE(0, ground.fds[3]);
	for (size_t i = 0; i < ARRAY_SIZE(ground.fds); i++) {
		ASSERT_EQ(0, fstat(ground.fds[i], &about));
		ground.files[i] = (struct vma){
			.file = 1000 + i, .inode = about.st_ino, .major = major(about.st_dev),
			.minor = minor(about.st_dev),
			.name = intern(i % 3 ? "/memfd:second (deleted)" :
				       "/memfd:first (deleted)"),
			.flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC,
		};
	}
}

/* They are gone with the last who has them, which is this process, if no other. */
static void make_segments(struct __test_metadata *_metadata)
{
	static const size_t pages[] = { 4, 2, 11 };

	for (size_t i = 0; i < ARRAY_SIZE(ground.ids); i++) {
		struct mm own;
		void *at;

		ground.segments[i].whole = pages[i] * ground.page - (i ? 100 * i : 0);
		ground.ids[i] = shmget(IPC_PRIVATE, ground.segments[i].whole, 0700);
		ASSERT_LE(0, ground.ids[i]);
		at = shmat(ground.ids[i], NULL, 0);
		ASSERT_NE((void *)-1, at);
		ASSERT_EQ(0, shmctl(ground.ids[i], IPC_RMID, NULL));
		mm_init(&own, &rules);
		maps_read(getpid(), &own, false);
		ground.segments[i].name = intern("/SYSV00000000 (deleted)");
		ground.segments[i].inode = (__u64)ground.ids[i];
		ground.segments[i].major = mm_find(&own, (__u64)at)->major;
		ground.segments[i].minor = mm_find(&own, (__u64)at)->minor;
		mm_free(&own);
	}
}

static void start(struct __test_metadata *_metadata)
{
	void *free_range;

	ground.page = (__u64)sysconf(_SC_PAGESIZE);
	free_range = mmap(NULL, 4096 * ground.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0);
	ASSERT_NE(MAP_FAILED, free_range);
	ground.arena = ((__u64)free_range + 2048 * ground.page) & ~(512 * ground.page - 1);
	ASSERT_EQ(0, munmap(free_range, 4096 * ground.page));
	open_files(_metadata);
	rules_probe(&rules);
	make_segments(_metadata);
	subject_start(&subject);
	mm_init(&mm, &rules);
	mm.page = ground.page;
	ground.mm = &mm;
	mm.next_file = 5000;
	mm.faulted = faulted;
	ASSERT_TRUE(maps_read(subject.pid, &mm, true));
	/* What a child has of its parent is chained to both. */
	for (size_t i = 0; i < mm.count; i++)
		if (mm.vma[i]->anon && mm.vma[i]->anon != ANON_UNKNOWN)
			mm.vma[i]->chain = 2;
	mm.start_stack = stat_field(28);
	mm.start_brk = stat_field(47);
	mm.brk = (__u64)subject_do(&subject, &(struct order){ __NR_brk, { 0 } });
}

static void step(struct __test_metadata *_metadata, int number)
{
	struct mm real;
	struct call call;
	struct order order;
	bool flags = number % EACH_SMAPS == 0;
	long expected;

	make_call(&call);
	order = order_of(&call);
	call.result = subject_do(&subject, &order);
	if (call.kind == CALL_SHMAT && !call.args[0] && call.result > 0)
		ground.elsewhere = (__u64)call.result;
	if (call.kind == CALL_SHMDT && call.args[0] == ground.elsewhere)
		ground.elsewhere = 0;
	facts_clear(&facts);
	expected = model_apply(&mm, &call, &facts);
	/* A guard page, or one behind the end of its file, is no matter of VMAs. */
	if (call.kind == CALL_FAULT)
		expected = expected ? -EFAULT : call.result;
	read_real(&real, flags);
	learn(&real);
	if (expected != call.result || !same(&real, flags)) {
		TH_LOG("call %d: kind %d (%lld, %llx, %llx, %llx, %lld, %llx) = %ld, expected %ld",
		       number, call.kind, nth(call.args[0]),
		       call.args[1], call.args[2], call.args[3],
		       nth(call.args[4]), call.args[5],
		       call.result, expected);
		for (size_t i = 0; i < facts.count; i++)
			TH_LOG("fact %d why %d at %lld", facts.fact[i].kind, facts.fact[i].why,
			       nth(facts.fact[i].address));
		print_vmas("model", &mm);
		print_vmas("kernel", &real);
	}
	ASSERT_EQ(expected, call.result);
	ASSERT_TRUE(same(&real, flags));
	mm_free(&real);
}

static void breed(struct __test_metadata *_metadata)
{
	struct mm child;

	ASSERT_LT(0, subject_do(&subject, &(struct order){ .what = DO_FORK }));
	model_fork(&child, &mm);
	mm_free(&mm);
	mm = child;
}

static void run(struct __test_metadata *_metadata, __u64 seed, int calls)
{
	ground.state = seed * 0x9e3779b97f4a7c15;
	start(_metadata);
	for (int i = 0; i < calls; i++) {
		if (i % EACH_FORK == EACH_FORK - 1)
			breed(_metadata);
		step(_metadata, i);
		if (i % EACH_WORD == EACH_WORD - 1)
			TH_LOG("%d calls", i + 1);
	}
	subject_end(&subject);
}

FIXTURE(seed)
{
};

FIXTURE_SETUP(seed)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

FIXTURE_TEARDOWN(seed)
{
}

FIXTURE_VARIANT(seed)
{
	__u64 seed;
};

FIXTURE_VARIANT_ADD(seed, 1) { .seed = 1 };
FIXTURE_VARIANT_ADD(seed, 2) { .seed = 2 };
FIXTURE_VARIANT_ADD(seed, 3) { .seed = 3 };
FIXTURE_VARIANT_ADD(seed, 4) { .seed = 4 };

/* Not one does what the model does not say. */
TEST_F_TIMEOUT(seed, model_foresees_every_call, 3600)
{
	const char *wanted = getenv("VMATRACE_CALLS");

	run(_metadata, variant->seed, wanted ? atoi(wanted) : CALLS);
}

/* In an address space each, of which they leave ever less. */
TEST_F_TIMEOUT(seed, model_foresees_what_stays, 120)
{
	ground.stays = true;
	for (__u64 i = 0; i < 3; i++) {
		run(_metadata, variant->seed + 100 * (i + 1), STAYING_CALLS);
		mm_free(&mm);
		ground.elsewhere = 0;
	}
}

TEST_HARNESS_MAIN

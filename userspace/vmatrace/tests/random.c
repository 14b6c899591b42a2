// SPDX-License-Identifier: GPL-2.0-or-later
/* Random calls, done for real; after each the model is what /proc/PID/maps says. */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../collect/maps.h"
#include "../model/call.h"
#include "../model/diff.h"
#include "subject.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

/* MPOL_BIND to the node 0 */
#define BIND_0 (2U << 24 | 1)

#define PAGES 40
#define FILE_PAGES 64
/* Of each seed, if VMATRACE_CALLS does not name another number: a guest is slow. */
#define CALLS 1500
#define SEALED_CALLS 300
#define EACH_FORK 500
/* A guest that says nothing for long is taken for dead. */
#define EACH_WORD 5000
/* The flags are in smaps, which is slow to read. */
#define EACH_SMAPS 32

static struct rules rules;
static struct mm mm;
static struct facts facts;
static struct subject subject;
static __u64 arena, page, state;
static struct vma files[4];
static int fds[4];
/* Of System V, none of a whole number of pages but the first; where one was put freely. */
static struct vma segments[3];
static int ids[3];
static __u64 elsewhere;
/* What is sealed stays: only where little is to come. */
static bool seals;

static unsigned int any(unsigned int most)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)((state >> 20) % most);
}

static __u64 any_page(void)
{
	return arena + any(PAGES) * page;
}

/* Short ranges meet their neighbours most often. */
static __u64 any_length(__u64 start)
{
	__u64 most = (arena + PAGES * page - start) / page, length = 1 + any(any(4) ? 4 : PAGES);

	return (length < most ? length : most) * page;
}

static int any_prot(void)
{
	static const int prots[] = {
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE,
		PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	return prots[any(ARRAY_SIZE(prots))];
}

static void make_mmap(struct call *call)
{
	__u64 start = any_page(), length = any_length(start);
	unsigned int file = any(12);
	int flags = any(4) ? MAP_PRIVATE : MAP_SHARED;

	if (any(12) == 0)
		flags |= MAP_NORESERVE;
	if (any(24) == 0)
		flags |= MAP_STACK;
	if (any(24) == 0)
		flags |= MAP_LOCKED;
	if (any(24) == 0)
		flags |= MAP_POPULATE;
	flags |= any(10) ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	if (file >= ARRAY_SIZE(files))
		flags |= MAP_ANONYMOUS;
	if (flags & MAP_ANONYMOUS && flags & MAP_PRIVATE && any(40) == 0)
		flags |= MAP_GROWSDOWN;
	*call = (struct call){ .kind = CALL_MMAP, .args = {
		start, length, any_prot(), flags, flags & MAP_ANONYMOUS ? -1 : fds[file],
		flags & MAP_ANONYMOUS ? 0 :
			(any(2) ? (start - arena) : any(FILE_PAGES - PAGES) * page) } };
	if (!(flags & MAP_ANONYMOUS))
		call->file = files[file];
	else if (flags & MAP_SHARED)
		call->file = (struct vma){ .name = intern("/dev/zero (deleted)") };
}

static void make_mremap(struct call *call)
{
	__u64 start = any_page(), old = any_length(start);
	__u64 new = any(2) ? old : any_length(start), to = any_page();
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	/* Without MREMAP_FIXED only what stays where it is: the rest leaves the arena. */
	if (any(3) == 0)
		flags = 0;
	else if (any(4) == 0)
		flags |= MREMAP_DONTUNMAP;
	if (any(3) == 0)
		to = start + old;
	else if (any(3) == 0)
		to = start - new;
	if (to < arena || to + new > arena + PAGES * page) {
		to = arena;
		if (to + new > start)
			flags = 0;
	}
	*call = (struct call){ .kind = CALL_MREMAP, .args = { start, old, new, flags, to } };
}

static void make_shmat(struct call *call)
{
	static const int flags[] = {
		SHM_REMAP, SHM_REMAP, SHM_REMAP, 0, SHM_REMAP | SHM_RDONLY, SHM_REMAP | SHM_EXEC,
		SHM_REMAP | SHM_RND, SHM_RDONLY | SHM_RND,
	};
	unsigned int which = any(ARRAY_SIZE(segments)), how = any(ARRAY_SIZE(flags));
	__u64 size = segments[which].whole, start = arena + any(PAGES - 16) * page;

	/* An odd address is only right with SHM_RND. */
	if (any(4) == 0)
		start += any(4096);
	/* Anywhere: once. */
	if (!elsewhere && any(8) == 0)
		start = 0;
	*call = (struct call){ .kind = CALL_SHMAT, .args = {
		start, size, start ? flags[how] : flags[how] & ~SHM_REMAP, ids[which] },
		.file = segments[which] };
}

/* Mostly where a segment would begin, of which there is something. */
static void make_shmdt(struct call *call)
{
	__u64 start = any_page();

	for (size_t i = mm_at(&mm, start); any(8) && i < mm.count; i++)
		if (vma_is_segment(mm.vma[i])) {
			start = mm.vma[i]->start - mm.vma[i]->pgoff * page;
			break;
		}
	if (elsewhere && any(4) == 0)
		start = elsewhere;
	*call = (struct call){ .kind = CALL_SHMDT, .args = { start + (any(16) ? 0 : 1) } };
}

static void make_madvise(struct call *call)
{
	static const int advices[] = {
		MADV_NORMAL, MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_DONTFORK, MADV_DOFORK,
		MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_DONTDUMP, MADV_DODUMP,
		MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_HUGEPAGE, MADV_NOHUGEPAGE,
		MADV_DONTNEED, MADV_GUARD_INSTALL, MADV_POPULATE_WRITE,
	};
	__u64 start = any_page();

	*call = (struct call){ .kind = CALL_MADVISE, .args = {
		start, any_length(start), advices[any(ARRAY_SIZE(advices))] } };
}

static const char *const names[] = { NULL, "one", "two" };

/* What few programs call. */
static void make_rare(struct call *call, __u64 start, __u64 length)
{
	static const int advices[] = { MADV_DONTFORK, MADV_DOFORK, MADV_NORMAL, MADV_RANDOM };
	unsigned int which = any(8);

	if (which < 3)
		*call = (struct call){ .kind = CALL_REMAP_PAGES, .args = {
			start + any(2), length, any(16) ? 0 : PROT_READ, any(FILE_PAGES) } };
	else if (which == 3)
		*call = (struct call){ .kind = CALL_PROCESS_MADVISE, .args = {
			start, length, advices[any(ARRAY_SIZE(advices))] } };
	else if (which == 4)
		*call = (struct call){ .kind = CALL_HOME_NODE, .args = { start, length } };
	else if (which == 5)
		*call = (struct call){ .kind = any(2) ? CALL_MLOCKALL : CALL_MUNLOCKALL,
				       .args = { 1 + any(7) } };
	else if (which == 6)
		*call = (struct call){ .kind = CALL_PERSONALITY,
				       .args = { any(4) ? 0 : READ_IMPLIES_EXEC } };
	else
		*call = (struct call){ .kind = seals ? CALL_MSEAL : CALL_PKEY_MPROTECT,
				       .args = { start, length, seals ? 0 : any_prot(),
						 0xffffffff } };
}

static void make_call(struct call *call)
{
	__u64 start = any_page(), length = any_length(start);
	unsigned int name = any(ARRAY_SIZE(names));

	switch (any(38)) {
	case 0 ... 7:
		make_mmap(call);
		break;
	case 8 ... 10:
		*call = (struct call){ .kind = CALL_MUNMAP, .args = { start, length } };
		break;
	case 11 ... 15:
		*call = (struct call){ .kind = CALL_MPROTECT,
				       .args = { start, length, any_prot() } };
		break;
	case 16 ... 18:
		make_mremap(call);
		break;
	case 19 ... 22:
		make_madvise(call);
		break;
	case 23:
		*call = (struct call){ .kind = any(3) ? CALL_MUNLOCK : CALL_MLOCK,
				       .args = { start, length } };
		break;
	case 24:
		*call = (struct call){ .kind = CALL_MLOCK2, .args = { start, length, any(2) } };
		break;
	case 25:
		*call = (struct call){ .kind = CALL_NAME, .args = { start, length },
				       .name = names[name] ? intern(names[name]) : NULL };
		break;
	case 26:
		*call = (struct call){ .kind = CALL_MBIND, .args = { start, length },
				       .policy = any(2) ? BIND_0 : 0 };
		break;
	case 27:
		*call = (struct call){ .kind = CALL_BRK,
				       .args = { mm.start_brk + any(16 * 4096) } };
		break;
	case 28 ... 29:
		make_shmat(call);
		break;
	case 30:
		make_shmdt(call);
		break;
	case 31 ... 32:
		make_rare(call, start, length);
		break;
	default:
		*call = (struct call){ .kind = CALL_FAULT, .args = { start, any(4) != 0 } };
		break;
	}
}

/* Where the subject has it too, which was forked before it was interned. */
static const char *literal(const char *name)
{
	size_t i = 0;

	while (name && strcmp(names[i] ? names[i] : "", name))
		i++;
	return names[i];
}

/* The system call that it is. */
static struct order order_of(const struct call *call)
{
	static const unsigned long node = 1;
	const __u64 *a = call->args;

	switch (call->kind) {
	case CALL_BRK:
		return (struct order){ __NR_brk, { a[0] } };
	case CALL_MMAP:
		return (struct order){ __NR_mmap, { a[0], a[1], a[2], a[3], a[4], a[5] } };
	case CALL_MUNMAP:
		return (struct order){ __NR_munmap, { a[0], a[1] } };
	case CALL_MREMAP:
		return (struct order){ __NR_mremap, { a[0], a[1], a[2], a[3], a[4] } };
	case CALL_MPROTECT:
		return (struct order){ __NR_mprotect, { a[0], a[1], a[2] } };
	case CALL_MADVISE:
		return (struct order){ __NR_madvise, { a[0], a[1], a[2] } };
	case CALL_MLOCK:
		return (struct order){ __NR_mlock, { a[0], a[1] } };
	case CALL_MLOCK2:
		return (struct order){ __NR_mlock2, { a[0], a[1], a[2] } };
	case CALL_MUNLOCK:
		return (struct order){ __NR_munlock, { a[0], a[1] } };
	case CALL_NAME:
		return (struct order){ __NR_prctl, { PR_SET_VMA, PR_SET_VMA_ANON_NAME, a[0], a[1],
						     (__u64)literal(call->name) } };
	case CALL_MBIND:
		return (struct order){ __NR_mbind, { a[0], a[1], call->policy ? 2 : 0,
						     call->policy ? (__u64)&node : 0,
						     call->policy ? 8 : 0, 0 } };
	case CALL_PKEY_MPROTECT:
		return (struct order){ __NR_pkey_mprotect, { a[0], a[1], a[2], ~0ULL } };
	case CALL_MSEAL:
		return (struct order){ 462, { a[0], a[1], 0 } };
	case CALL_MLOCKALL:
		return (struct order){ __NR_mlockall, { a[0] } };
	case CALL_MUNLOCKALL:
		return (struct order){ .what = __NR_munlockall };
	case CALL_PERSONALITY:
		return (struct order){ __NR_personality, { a[0] } };
	case CALL_REMAP_PAGES:
		return (struct order){ __NR_remap_file_pages, { a[0], a[1], a[2], a[3], 0 } };
	case CALL_PROCESS_MADVISE:
		return (struct order){ DO_ADVISE, { a[0], a[1], a[2] } };
	case CALL_HOME_NODE:
		return (struct order){ 450, { a[0], a[1], a[2], 0 } };
	case CALL_SHMAT:
		return (struct order){ __NR_shmat, { a[3], a[0], a[2] } };
	case CALL_SHMDT:
		return (struct order){ __NR_shmdt, { a[0] } };
	case CALL_FAULT:
		return (struct order){ DO_TOUCH, { a[0], a[1] } };
	default:
		return (struct order){ .what = __NR_getpid };
	}
}

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

static void print_vmas(const char *what, const struct mm *space)
{
	char room[256];

	printf("# %s: %zu VMAs\n", what, space->count);
	for (size_t i = 0; i < space->count; i++) {
		const struct vma *vma = space->vma[i];

		if (vma->end <= arena || vma->start >= arena + PAGES * page)
			continue;
		printf("#  %3lld-%3lld flags %llx pgoff %llx anon %u chain %u policy %u %s\n",
		       (long long)(vma->start - arena) / (long long)page,
		       (long long)(vma->end - arena) / (long long)page, vma->flags, vma->pgoff,
		       vma->anon, vma->chain, vma->policy,
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
		fds[i] = memfd_create(i ? "second" : "first", 0);
		ASSERT_LE(0, fds[i]);
		ASSERT_EQ(0, ftruncate(fds[i], FILE_PAGES * page));
	}
	/* The same file once more. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	fds[3] = open(path, O_RDWR);
	ASSERT_LE(0, fds[3]);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		ASSERT_EQ(0, fstat(fds[i], &about));
		files[i] = (struct vma){
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

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct mm own;
		void *at;

		segments[i].whole = pages[i] * page - (i ? 100 * i : 0);
		ids[i] = shmget(IPC_PRIVATE, segments[i].whole, 0700);
		ASSERT_LE(0, ids[i]);
		at = shmat(ids[i], NULL, 0);
		ASSERT_NE((void *)-1, at);
		ASSERT_EQ(0, shmctl(ids[i], IPC_RMID, NULL));
		mm_init(&own, &rules);
		maps_read(getpid(), &own, false);
		segments[i].name = intern("/SYSV00000000 (deleted)");
		segments[i].inode = (__u64)ids[i];
		segments[i].major = mm_find(&own, (__u64)at)->major;
		segments[i].minor = mm_find(&own, (__u64)at)->minor;
		mm_free(&own);
	}
}

static void start(struct __test_metadata *_metadata)
{
	void *free_range;

	page = (__u64)sysconf(_SC_PAGESIZE);
	free_range = mmap(NULL, 4096 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, free_range);
	arena = ((__u64)free_range + 2048 * page) & ~(512 * page - 1);
	ASSERT_EQ(0, munmap(free_range, 4096 * page));
	open_files(_metadata);
	rules_probe(&rules);
	make_segments(_metadata);
	subject_start(&subject);
	mm_init(&mm, &rules);
	mm.page = page;
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
		elsewhere = (__u64)call.result;
	if (call.kind == CALL_SHMDT && call.args[0] == elsewhere)
		elsewhere = 0;
	facts_clear(&facts);
	expected = model_apply(&mm, &call, &facts);
	/* A guard page, or one behind the end of its file, is no matter of VMAs. */
	if (call.kind == CALL_FAULT)
		expected = expected ? -EFAULT : call.result;
	read_real(&real, flags);
	learn(&real);
	if (expected != call.result || !same(&real, flags)) {
		TH_LOG("call %d: kind %d (%lld, %llx, %llx, %llx, %lld, %llx) = %ld, expected %ld",
		       number, call.kind, (long long)(call.args[0] - arena) / (long long)page,
		       call.args[1], call.args[2], call.args[3],
		       (long long)(call.args[4] - arena) / (long long)page, call.args[5],
		       call.result, expected);
		for (size_t i = 0; i < facts.count; i++)
			TH_LOG("fact %d why %d at %lld", facts.fact[i].kind, facts.fact[i].why,
			       (long long)(facts.fact[i].address - arena) / (long long)page);
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
	state = seed * 0x9e3779b97f4a7c15;
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
TEST_F_TIMEOUT(seed, model_foresees_what_is_sealed, 120)
{
	seals = true;
	for (__u64 i = 0; i < 3; i++) {
		run(_metadata, variant->seed + 100 * (i + 1), SEALED_CALLS);
		mm_free(&mm);
		elsewhere = 0;
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* Who made the VMAs that are left: by stack, by the names of JIT code; and while it runs. */
#include "run.h"

#include <sys/mman.h>

#define SELF beside("t/vmatrace-ledger")
#define TRACE "/tmp/vmatrace-ledger.trace"
#define POOL 50

/* Neither inlined nor a tail call: these are to be seen in a stack. */
#define SEEN __attribute__((__noinline__))

static volatile int pool = POOL;

static SEEN char *pool_grow(int i)
{
	char *volatile at = mmap(NULL, 8192, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at;
}

static SEEN int cache_fill(int count)
{
	int made = 0;

	for (int i = 0; i < count; i++)
		made += pool_grow(i) != MAP_FAILED;
	return made;
}

/* What it makes does not stay. */
static SEEN int scratch(void)
{
	char *at = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return munmap(at, 1 << 20);
}

#ifdef __x86_64__
/* push %rbp; mov %rsp,%rbp; mov $SYS_munmap... of a page; pop %rbp; ret */
static const unsigned char machine_code[] = {
	0x55, 0x48, 0x89, 0xe5,				/* a frame */
	0xb8, 0x0a, 0x00, 0x00, 0x00,			/* SYS_mprotect */
	0x0f, 0x05, 0x5d, 0xc3,
};

static SEEN void do_jit(void)
{
	char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char path[64];
	FILE *map;

	memcpy(code, machine_code, sizeof(machine_code));
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "we");
	fprintf(map, "%lx 100 Loop::compiled\n%lx 1 other\n", (unsigned long)code,
		(unsigned long)code + 0x200);
	fclose(map);
	((long (*)(void *, long, long))(void *)code)(at + 4096, 4096, PROT_NONE);
	unlink(path);
}
#endif

static SEEN char *pool_map(void)
{
	char *volatile at = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at;
}

/* What is behind the page in the middle is a VMA of its own; it says where. */
static SEEN int do_split(void)
{
	char *at = pool_map() + 4 * 4096;
	char text[32];
	int length = sprintf(text, "at %lx\n", (unsigned long)at + 4096);

	return mprotect(at, 4096, PROT_NONE) || write(1, text, (size_t)length) != length;
}

static __attribute((__constructor__)) void run_case(void)
{
	const char *name = getenv(CASE);
	int sum;

	if (!name)
		return;
#ifdef __x86_64__
	if (!strcmp(name, "jit"))
		do_jit();
#endif
	if (!strcmp(name, "pool")) {
		sum = scratch() + cache_fill(pool);
		_exit(sum == POOL ? 0 : 1);
	}
	if (!strcmp(name, "split"))
		_exit(do_split() ? 1 : 0);
	if (!strcmp(name, "grow"))
		while (cache_fill(pool / 5))
			usleep(10000);
	_exit(0);
}

/* The number a line begins with, of those that have a text. */
static long first_number(const char *said, const char *text)
{
	const char *at = strstr(said, text);

	while (at && at > said && at[-1] != '\n')
		at--;
	return at ? atol(at) : -1;
}

TEST(ledger_names_who_made_what_is_left)
{
	static struct run run, again;

	setenv(CASE, "pool", 1);
	VMATRACE(&run, "-k", "-r", TRACE, "--format", "ledger", "-o", "/proc/self/fd/1",
		 SELF);
	EXPECT_EQ(0, run.status);
	EXPECT_LE(POOL - 1, first_number(run.said, "pool_grow < cache_fill < "));
	EXPECT_GE(POOL, first_number(run.said, "pool_grow < cache_fill < "));
	EXPECT_EQ(NULL, strstr(run.said, "scratch"));
	EXPECT_SAID(&run, "vmatrace-ledger ");
	EXPECT_SAID(&run, "(before) there when it began");
	VMATRACE(&again, "replay", "--format", "ledger", TRACE);
	EXPECT_EQ(0, again.status);
	EXPECT_STREQ(run.said, again.said);
}

/* Each VMA that is left is somebody's. */
TEST(ledger_adds_up)
{
	static struct run run;
	long vmas = -1, sum = 0, calls;
	unsigned long kib;
	char *line, *rest;

	setenv(CASE, "pool", 1);
	VMATRACE(&run, "--format", "ledger", SELF);
	rest = run.said;
	while ((line = strsep(&rest, "\n"))) {
		long some;

		if (sscanf(line, "process %*d: %ld VMAs", &some) == 1)
			vmas = some;
		else if (sscanf(line, "%ld %lu %ld ", &some, &kib, &calls) == 3)
			sum += some;
	}
	EXPECT_LT(POOL, vmas);
	EXPECT_EQ(vmas, sum);
}

/* An allocator's memory, of which the caller has split a part off. */
TEST(at_says_who_mapped_and_who_split)
{
	static struct run run;
	char address[32] = "";

	setenv(CASE, "split", 1);
	VMATRACE(&run, "-k", "-r", TRACE, SELF);
	EXPECT_EQ(0, run.status);
	unsetenv(CASE);
	ASSERT_EQ(1, sscanf(run.said, "at %31s", address));
	VMATRACE(&run, "at", address, TRACE);
	EXPECT_EQ(0, run.status);
	EXPECT_SAID(&run, "mapped by mmap, vmatrace-ledger: ");
	EXPECT_SAID(&run, "; split off by mprotect, vmatrace-ledger: do_split");
}

TEST(ledger_needs_all_calls)
{
	EXPECT_REFUSAL(2, "ledger needs all calls, no -e", "--format", "ledger", "-e", "count",
		       SELF);
	EXPECT_REFUSAL(2, "no -p, -r, -k, -F or --check", "replay", "-k", TRACE);
	EXPECT_REFUSAL(2, "--stack follows by ptrace, not by seccomp", "-k", "--by", "seccomp",
		       SELF);
}

TEST(stacks_are_shown_in_every_format)
{
	static struct run run;

	setenv(CASE, "pool", 1);
	VMATRACE(&run, "-k", "-e", "call=mmap", SELF);
	EXPECT_SAID(&run, "\n      > pool_grow (vmatrace-ledger)\n      > cache_fill (");
	VMATRACE(&run, "-k", "-e", "call=mmap", "--json", SELF);
	EXPECT_SAID(&run, "\"pool_grow (vmatrace-ledger)\",\"cache_fill (vmatrace-ledger)\"");
	VMATRACE(&run, "-k", "--format", "folded", SELF);
	EXPECT_SAID(&run, ";cache_fill (vmatrace-ledger);pool_grow (vmatrace-ledger);");
}

TEST(code_of_a_jit_compiler_has_names)
{
	static struct run run;

#ifndef __x86_64__
	SKIP(return, "machine code of amd64");
#endif
	setenv(CASE, "jit", 1);
	VMATRACE(&run, "-k", "-e", "call=mprotect", SELF);
	EXPECT_EQ(0, run.status);
	EXPECT_SAID(&run, "\n      > Loop::compiled (JIT)\n      > do_jit (");
}

TEST(top_follows_a_process_to_its_end)
{
	static struct run run;
	char pid[16];
	pid_t child = fork();

	if (!child) {
		setenv(CASE, "grow", 1);
		execl(SELF, SELF, NULL);
		_exit(1);
	}
	usleep(200000);
	snprintf(pid, sizeof(pid), "%d", child);
	VMATRACE(&run, "top", "-d", "0.2", "-n", "3", pid);
	EXPECT_EQ(0, run.status);
	EXPECT_SAID(&run, " VMAs, ");
	EXPECT_SAID(&run, "the limit in ");
	EXPECT_SAID(&run, "anonymous rw-p");
	EXPECT_SAID(&run, "VMAS+-");
	start(_metadata, &run, (const char *const[]){ "top", "-d", "0.1", pid, NULL });
	wait_asleep(run.pid);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	finish(&run);
	EXPECT_EQ(0, run.status);
	EXPECT_SAID(&run, "has ended");
	EXPECT_REFUSAL(1, "no process 4000000", "top", "4000000");
	EXPECT_REFUSAL(2, "usage: vmatrace top", "top", "-d", "soon", "1");
	EXPECT_REFUSAL(2, "usage: vmatrace top", "top");
}

TEST_HARNESS_MAIN

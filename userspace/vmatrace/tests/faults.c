// SPDX-License-Identifier: GPL-2.0-or-later
/* Why there was a fault, and why an access was refused. */
#include "../newer.h"
#include "run.h"

#include <libvmadev.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define HUGE (2UL << 20)
#define ABSENT 77
#define ON_DISK "/var/tmp/vmatrace-faults"

static size_t page;

static void need(bool holds)
{
	if (!holds)
		_exit(ABSENT);
}

static volatile char *map(size_t length, int prot, int flags, int fd)
{
	void *at = mmap(NULL, length, prot, flags, fd, 0);

	need(at != MAP_FAILED);
	return at;
}

static int file_of_pages(size_t pages)
{
	int fd = memfd_create("file", 0);

	need(!ftruncate(fd, (off_t)(pages * page)));
	return fd;
}

static void do_touch(void)
{
	*map(page, RW, ANON, -1) = 1;
}

static void do_copy(void)
{
	volatile char *at = map(page, RW, ANON, -1);

	*at = 1;
	if (!fork()) {
		*at = 2;
		_exit(0);
	}
	wait(NULL);
}

static void do_file(void)
{
	(void)map(4 * page, PROT_READ, MAP_SHARED, file_of_pages(4))[3 * page];
}

static void do_own(void)
{
	map(4 * page, RW, MAP_PRIVATE, file_of_pages(4))[3 * page] = 1;
}

/* Of a file that is on a disk, and not in memory any more. */
static void do_disk(void)
{
	int fd = open(ON_DISK, O_RDWR | O_CREAT | O_TRUNC, 0600);
	unsigned char resident = 1;
	volatile char *at;

	need(fd >= 0 && !unlink(ON_DISK) && !ftruncate(fd, (off_t)page));
	need(pwrite(fd, "", 1, 0) == 1 && !fsync(fd));
	need(!posix_fadvise(fd, 0, (off_t)page, POSIX_FADV_DONTNEED));
	at = map(page, PROT_READ, MAP_SHARED, fd);
	need(!mincore((void *)at, page, &resident) && !(resident & 1));
	(void)*at;
}

static void do_device(void)
{
	int device = vmadev_open(NULL, O_RDWR), fd;
	volatile char *at;

	need(device >= 0);
	fd = vmadev_create(device, "faults", HUGE, VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE);
	map(HUGE, RW, MAP_SHARED, fd)[page] = 1;
	at = map(HUGE, RW, MAP_PRIVATE, fd);
	at[page] = 1;
}

static void do_huge(void)
{
	int device = vmadev_open(NULL, O_RDWR), fd;
	char *at = mmap(NULL, 2 * HUGE, PROT_NONE, ANON, -1, 0);

	need(device >= 0);
	fd = vmadev_create(device, "faults", HUGE, VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_HUGE);
	need(fd >= 0);
	at = mmap((void *)(((unsigned long)at + HUGE - 1) & -HUGE), HUGE, RW,
		  MAP_SHARED | MAP_FIXED, fd, 0);
	*(volatile char *)at = 1;
}

static void do_hole(void)
{
	volatile char *at = map(page, RW, ANON, -1);

	munmap((void *)at, page);
	*at = 1;
}

static void do_right(void)
{
	*map(page, PROT_READ, ANON, -1) = 1;
}

static void do_bus(void)
{
	map(4 * page, RW, MAP_SHARED, file_of_pages(1))[2 * page] = 1;
}

static void do_guard(void)
{
	volatile char *at = map(page, RW, ANON, -1);

	need(!madvise((void *)at, page, MADV_GUARD_INSTALL));
	*at = 1;
}

static void __attribute__((__noinline__)) go_deep(void)
{
	volatile char deep[1 << 20];

	for (size_t i = sizeof(deep); i; i -= 1024)
		deep[i - 1] = 1;
}

static void do_deep(void)
{
	struct rlimit limit = { 512 << 10, 512 << 10 };

	setrlimit(RLIMIT_STACK, &limit);
	go_deep();
}

static void do_gap(void)
{
	char *at = mmap(NULL, 512 * page, PROT_READ, ANON, -1, 0);
	volatile char *stack = mmap(at + 256 * page, page, RW, ANON | MAP_FIXED | MAP_GROWSDOWN,
				    -1, 0);

	munmap(at + page, 255 * page);
	*stack = 1;
	stack[-1] = 1;
}

static const struct {
	const char *name;
	void (*run)(void);
	const char *said[3];
	int signal;
} cases[] = {
	{ "touch", do_touch, { "first touch: nothing was there yet" }, 0 },
	{ "copy", do_copy, { "copy-on-write: a page of its own" }, 0 },
	{ "file", do_file, { "file: the page at 0x3000 of /memfd:file" }, 0 },
	{ "own", do_own,
	  { "file: the page at 0x3000 of /memfd:file", "copy-on-write: a page of its own" }, 0 },
	{ "disk", do_disk,
	  { "file: the page at 0x0 of " ON_DISK, "major: the kernel had to wait" }, 0 },
	{ "device", do_device,
	  { "device: vmadev's strategy page, order 0", "device: vmadev's strategy page, order 0",
	    "copy-on-write: a page of its own" }, 0 },
	{ "huge", do_huge, { "device: vmadev's strategy huge, order 9" }, 0 },
	{ "hole", do_hole, { "refused: nothing is mapped at" }, SIGSEGV },
	{ "right", do_right, { "refused: what is mapped at" }, SIGSEGV },
	{ "bus", do_bus, { "refused: SIGBUS: no page is there" }, SIGBUS },
	{ "guard", do_guard, { "refused: a guard page" }, SIGSEGV },
	{ "deep", do_deep, { "refused: RLIMIT_STACK is 524288 bytes" }, SIGSEGV },
	{ "gap", do_gap, { "refused: less than stack_guard_gap" }, SIGSEGV },
};

static __attribute((__constructor__)) void run_case(void)
{
	const char *name = getenv(CASE);

	page = (size_t)sysconf(_SC_PAGESIZE);
	for (size_t i = 0; name && i < ARRAY_SIZE(cases); i++) {
		if (strcmp(cases[i].name, name))
			continue;
		cases[i].run();
		_exit(0);
	}
}

/* What is told of the program's own accesses, behind what began it. */
static void expect_told(struct __test_metadata *_metadata, size_t which, const char *by,
			bool faults)
{
	int ends = cases[which].signal;
	static struct run run;
	const char *said;

	setenv(CASE, cases[which].name, 1);
	VMATRACE(&run, "--by", by, faults ? "-F" : "--check", beside("t/vmatrace-faults"));
	if (run.status == ABSENT)
		SKIP(return, "not here: %s", cases[which].name);
	EXPECT_EQ(ends ? 128 + ends : 0, run.status);
	said = run.said;
	for (size_t i = 0; i < ARRAY_SIZE(cases[which].said) && cases[which].said[i]; i++) {
		said = strstr(said, cases[which].said[i]);
		ASSERT_NE(NULL, said) {
			TH_LOG("by %s '%s' is not in: %.3000s", by, cases[which].said[i],
			       run.said);
		}
		said++;
	}
	EXPECT_EQ(NULL, strstr(run.said, "not foreseen"));
}

/* Why each fault cannot be seen; NULL: it can. */
static const char *cannot_see(struct __test_metadata *_metadata)
{
	const char *why = cannot(_metadata, "perf");
	static struct run run;

	if (why)
		return why;
	unsetenv(CASE);
	VMATRACE(&run, "-F", "/absent");
	return strstr(run.said, "cannot follow") ? "no faults are told on this machine" : NULL;
}

FIXTURE(fault)
{
};

FIXTURE_SETUP(fault)
{
}

FIXTURE_TEARDOWN(fault)
{
}

FIXTURE_VARIANT(fault)
{
	size_t which;
};

#define FAULT(name, which_) FIXTURE_VARIANT_ADD(fault, name) { .which = which_ }

FAULT(first_touch, 0);
FAULT(copy_on_write, 1);
FAULT(file, 2);
FAULT(file_copied, 3);
FAULT(major, 4);
FAULT(device, 5);
FAULT(device_huge, 6);
FAULT(hole, 7);
FAULT(right, 8);
FAULT(no_page, 9);
FAULT(guard, 10);
FAULT(stack_limit, 11);
FAULT(stack_gap, 12);

/* Who sees no faults sees the signal that came of one. */
TEST_F(fault, is_explained)
{
	const char *why = cannot_see(_metadata);
	bool refused = cases[variant->which].signal;

	if (!why)
		expect_told(_metadata, variant->which, "perf", true);
	if (!why && refused)
		expect_told(_metadata, variant->which, "perf", false);
	if (refused)
		expect_told(_metadata, variant->which, "ptrace", false);
	else if (why)
		SKIP(return, "%s", why);
}

TEST(only_perf_sees_faults)
{
	EXPECT_REFUSAL(2, "--faults follows by perf, not by ptrace", "-F", "--by", "ptrace",
		       "true");
	EXPECT_REFUSAL(2, "--faults follows by perf, not by ptrace", "-F", "-k", "true");
	EXPECT_REFUSAL(1, "cannot attach by perf; start the program by vmatrace", "-F", "-p", "1");
}

TEST_HARNESS_MAIN

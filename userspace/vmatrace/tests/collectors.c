// SPDX-License-Identifier: GPL-2.0-or-later
/* Each way to follow: what it has to tell, and that it leaves the program unharmed. */
#include "run.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <termios.h>

#define SELF beside("t/vmatrace-collectors")
#define READY "VMATRACE_READY"
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

/* What this program does instead of testing, when CASE names it. */
static void do_exit_seven(void)
{
	_exit(7);
}

static void do_terminate(void)
{
	kill(getpid(), SIGTERM);
}

/* Calls without end, until told by standard input; then a status that tells all was well. */
static void do_work(void)
{
	const char *ready = getenv(READY);
	struct pollfd input = { .fd = 0, .events = POLLIN };
	int wrong = ready && write(atoi(ready), "", 1) != 1;

	if (ready)
		close(atoi(ready));
	while (!poll(&input, 1, 0)) {
		void *at = mmap(NULL, 8192, RW, ANON, -1, 0);

		wrong |= at == MAP_FAILED || mprotect(at, 4096, PROT_READ) || munmap(at, 8192);
	}
	_exit(wrong ? 1 : 42);
}

static void map_and_unmap(int times)
{
	for (int i = 0; i < times; i++)
		munmap(mmap(NULL, 65536, PROT_READ, ANON, -1, 0), 65536);
}

/* More than the kernel has room for if nobody takes it away; it tells before and after. */
static void do_much(void)
{
	int wrong = write(atoi(getenv(READY)), "", 1) != 1;

	map_and_unmap(1 << 15);
	if (wrong)
		_exit(1);
	do_work();
}

static void do_forks(void)
{
	for (int i = 0; i < 8; i++) {
		if (fork())
			continue;
		map_and_unmap(50);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	_exit(0);
}

static void *in_thread(void *none)
{
	map_and_unmap(50);
	return none;
}

static void do_threads(void)
{
	pthread_t thread[8];

	for (int i = 0; i < 8; i++)
		if (pthread_create(&thread[i], NULL, in_thread, NULL))
			_exit(1);
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	_exit(0);
}

/* Calls whose results have to be found out: places, refusals, what is written in between. */
static void do_calls(void)
{
	char *one = mmap(NULL, 16384, RW, ANON, -1, 0), *hole = mmap(NULL, 65536, RW, ANON, -1, 0);
	char *huge = mmap(NULL, 8 << 20, RW, ANON, -1, 0), *shared;
	int fd = memfd_create("file", 0);

	if (ftruncate(fd, 65536))
		_exit(1);
	one[0] = 1;
	munmap(hole + 16384, 16384);
	mmap(NULL, 8192, PROT_READ, ANON, -1, 0);
	mprotect(hole, 65536, PROT_READ);
	mremap(one, 16384, 1 << 20, MREMAP_MAYMOVE);
	mremap(one, 4096, 8192, 0);
	munmap(huge + (1 << 20), 3 << 20);
	mmap(NULL, 3 << 20, RW, ANON, -1, 0);
	shared = mmap(NULL, 65536, RW, MAP_SHARED, fd, 0);
	close(fd);
	munmap(shared + 4096, 4096);
	if (!fork()) {
		mprotect(shared, 4096, PROT_NONE);
		_exit(0);
	}
	wait(NULL);
	mmap(hole, 4096, RW, ANON, -1, 0);
	_exit(0);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "exit-seven", do_exit_seven }, { "terminate", do_terminate }, { "work", do_work },
	{ "much", do_much }, { "forks", do_forks }, { "threads", do_threads },
	{ "calls", do_calls },
};

static __attribute((__constructor__)) void run_case(void)
{
	const char *name = getenv(CASE);

	for (size_t i = 0; name && i < ARRAY_SIZE(cases); i++)
		if (!strcmp(cases[i].name, name))
			cases[i].run();
}

FIXTURE(collector)
{
};

FIXTURE_VARIANT(collector)
{
	const char *by;
};

FIXTURE_VARIANT_ADD(collector, ptrace) { .by = "ptrace" };
FIXTURE_VARIANT_ADD(collector, ptrace_once) { .by = "ptrace-once" };
FIXTURE_VARIANT_ADD(collector, seccomp) { .by = "seccomp" };
FIXTURE_VARIANT_ADD(collector, perf) { .by = "perf" };

FIXTURE_SETUP(collector)
{
	const char *why = cannot(_metadata, variant->by);

	if (why)
		SKIP(return, "%s", why);
	/* What a killed tracer leaves behind comes to us. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

FIXTURE_TEARDOWN(collector)
{
}

TEST_F(collector, tells_which_it_is)
{
	static struct run run;
	char text[32];

	setenv(CASE, "exit-seven", 1);
	VMATRACE(&run, "--by", variant->by, SELF);
	snprintf(text, sizeof(text), "--- followed by %s: ", variant->by);
	EXPECT_SAID(&run, text);
}

TEST_F(collector, ends_as_the_program_does)
{
	static struct run run;

	setenv(CASE, "exit-seven", 1);
	VMATRACE(&run, "--by", variant->by, "-q", SELF);
	EXPECT_EQ(7, run.status);
	setenv(CASE, "terminate", 1);
	VMATRACE(&run, "--by", variant->by, "-q", SELF);
	EXPECT_EQ(128 + SIGTERM, run.status);
}

TEST_F(collector, program_that_cannot_be_run)
{
	EXPECT_REFUSAL(127, "/absent: No such file or directory", "--by", variant->by, "-q",
		       "/absent");
	EXPECT_REFUSAL(126, "/proc/self: Permission denied", "--by", variant->by, "-q",
		       "/proc/self");
}

/* Has this kernel PROCMAP_QUERY (6.11)? */
static bool has_query(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	uname(&name);
	return sscanf(name.release, "%u.%u", &major, &minor) == 2 && major * 100 + minor >= 611;
}

/* With PROCMAP_QUERY, where the kernel has it, and without. */
static void expect_as_shown(struct __test_metadata *_metadata, const char *by, const char *name)
{
	static const char *const how[] = { "--no-query", "-q" };
	static struct run run;

	setenv(CASE, name, 1);
	for (size_t i = 0; i < (has_query() ? 2 : 1); i++) {
		VMATRACE(&run, how[i], "-c", "--by", by, "--check", SELF);
		EXPECT_EQ(0, run.status);
		EXPECT_SAID(&run, "munmap");
		EXPECT_EQ(NULL, strstr(run.said, "not foreseen")) {
			TH_LOG("%s %s: %s", name, how[i], run.said);
		}
	}
}

TEST_F_TIMEOUT(collector, processes_end_as_maps_shows_them, 120)
{
	expect_as_shown(_metadata, variant->by, "forks");
}

TEST_F_TIMEOUT(collector, threads_end_as_maps_shows_them, 120)
{
	expect_as_shown(_metadata, variant->by, "threads");
}

/* Strike out what two runs need not have in common. */
static void strike(char *said)
{
	char *to = said;

	for (char *line = said, *next; *line; line = next) {
		char *end = strchrnul(line, '\n');
		char *time = memmem(line, (size_t)(end - line), " <", 2);
		size_t length;

		next = end + (*end == '\n');
		if (!strncmp(line, "[pid ", 5))
			line = strchr(line, ']') + 1;
		if (strstr(line, " --- ") && strstr(line, " --- ") < end)
			continue;
		if (!strncmp(line, "--- ", 4))
			continue;
		length = (size_t)((time ? time : end) - line);
		memmove(to, line, length);
		to += length;
		*to++ = '\n';
	}
	*to = '\0';
}

TEST_F(collector, tells_the_same_as_ptrace)
{
	static struct run exact, run;

	setenv(CASE, "calls", 1);
	personality(ADDR_NO_RANDOMIZE);
	VMATRACE(&exact, "--by", "ptrace", SELF);
	VMATRACE(&run, "--by", variant->by, SELF);
	strike(exact.said);
	strike(run.said);
	EXPECT_SAID(&run, "ENOMEM");
	EXPECT_STREQ(exact.said, run.said);
}

/**
 * struct worker - one that works until it is told to end
 * @input: to end it; @ready: it says that it has begun
 */
struct worker {
	struct run run;
	int input, ready;
};

static void start_case(struct __test_metadata *_metadata, struct worker *worker, const char *name,
		       const char *by, const char *output)
{
	int input[2], ready[2], kept = dup(0);
	char number[16];

	ASSERT_EQ(0, pipe2(input, O_CLOEXEC));
	ASSERT_EQ(0, pipe(ready));
	fcntl(ready[0], F_SETFD, FD_CLOEXEC);
	snprintf(number, sizeof(number), "%d", ready[1]);
	setenv(READY, number, 1);
	setenv(CASE, name, 1);
	dup2(input[0], 0);
	start(_metadata, &worker->run,
	      (const char *const[]){ "--by", by, "-q", "-o", output, SELF, NULL });
	dup2(kept, 0);
	close(kept);
	close(input[0]);
	close(ready[1]);
	worker->input = input[1];
	worker->ready = ready[0];
}

static void start_worker(struct __test_metadata *_metadata, struct worker *worker, const char *by,
			 const char *output)
{
	start_case(_metadata, worker, "work", by, output);
}

/* Has it begun, or will it never? */
static bool has_begun(struct worker *worker)
{
	char word;
	bool begun = read(worker->ready, &word, 1) == 1;

	close(worker->ready);
	return begun;
}

/* Tell it to end, and wait for all that was left to us; returns how many ended like that. */
static int end_worker(struct __test_metadata *_metadata, struct worker *worker)
{
	int status, well = 0;

	signal(SIGPIPE, SIG_IGN);
	EXPECT_LE(0, write(worker->input, "x", 1) + 1);
	close(worker->input);
	while (waitpid(-1, &status, 0) > 0) {
		/* The keeper ends with 0, a program that was never begun by SIGKILL. */
		EXPECT_TRUE(WIFEXITED(status) || WTERMSIG(status) == SIGKILL);
		EXPECT_TRUE(!WIFEXITED(status) || WEXITSTATUS(status) == 42 ||
			    !WEXITSTATUS(status));
		well += WIFEXITED(status) && WEXITSTATUS(status) == 42;
	}
	return well;
}

TEST_F(collector, full_disk_leaves_the_program_alone)
{
	static struct worker worker;

	start_worker(_metadata, &worker, variant->by, "/dev/full");
	EXPECT_TRUE(has_begun(&worker));
	usleep(100000);
	ASSERT_EQ(1, write(worker.input, "x", 1));
	finish(&worker.run);
	EXPECT_EQ(1, worker.run.status);
	EXPECT_SAID(&worker.run,
		    "/dev/full: No space left on device; nothing is followed any more");
}

TEST_F(collector, sigterm_lets_the_program_go)
{
	static struct worker worker;

	start_worker(_metadata, &worker, variant->by, "/dev/null");
	EXPECT_TRUE(has_begun(&worker));
	EXPECT_EQ(0, kill(worker.run.pid, SIGTERM));
	ASSERT_EQ(worker.run.pid, waitpid(worker.run.pid, &worker.run.status, 0));
	EXPECT_EQ(128 + SIGTERM, WEXITSTATUS(worker.run.status));
	EXPECT_EQ(1, end_worker(_metadata, &worker));
}

/*
 * The moments are spread over its start and over its work; on a slow machine there are
 * fewer of them.
 */
TEST_F_TIMEOUT(collector, kill_9_leaves_the_program_unharmed, 120)
{
	time_t end = time(NULL) + (is_emulated() ? 3 : 10);
	unsigned int i;

	for (i = 0; i < 200 && time(NULL) < end; i++) {
		static struct worker worker;
		bool begun = i % 2 && (start_worker(_metadata, &worker, variant->by, "/dev/null"),
				       has_begun(&worker));

		if (i % 2 == 0)
			start_worker(_metadata, &worker, variant->by, "/dev/null");
		usleep(i * 97 % 20000);
		EXPECT_EQ(0, kill(worker.run.pid, SIGKILL));
		ASSERT_EQ(worker.run.pid, waitpid(worker.run.pid, NULL, 0));
		close(worker.run.fd);
		if (i % 2 == 0)
			begun = has_begun(&worker);
		EXPECT_EQ(begun, end_worker(_metadata, &worker));
	}
	TH_LOG("%u times", i);
}

/* On a terminal of its own, as a shell would start it. */
static pid_t start_on_terminal(struct __test_metadata *_metadata, const char *by, int *terminal)
{
	char name[64];
	pid_t pid;

	*terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, *terminal);
	ASSERT_EQ(0, grantpt(*terminal));
	ASSERT_EQ(0, unlockpt(*terminal));
	ASSERT_EQ(0, ptsname_r(*terminal, name, sizeof(name)));
	unsetenv(READY);
	setenv(CASE, "work", 1);
	pid = fork();
	if (!pid) {
		int fd;

		/* Who runs the tests in the background may have had it ignored. */
		signal(SIGINT, SIG_DFL);
		setsid();
		fd = open(name, O_RDWR);
		ioctl(fd, TIOCSCTTY, 0);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execl(beside("bin/vmatrace"), "vmatrace", "--by", by, "-e", "call=munmap", SELF,
		      NULL);
		_exit(125);
	}
	return pid;
}

TEST_F(collector, ctrl_c_is_for_the_program)
{
	char said[4096];
	int terminal, status;
	pid_t pid = start_on_terminal(_metadata, variant->by, &terminal);

	/* It works. */
	for (bool works = false; !works; ) {
		ssize_t got = read(terminal, said, sizeof(said) - 1);

		ASSERT_LT(0, got);
		said[got] = '\0';
		works = strstr(said, "munmap");
	}
	ASSERT_EQ(1, write(terminal, "\x03", 1));
	while (read(terminal, said, sizeof(said)) > 0)
		;
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status)) {
		TH_LOG("status %x", status);
	}
	EXPECT_EQ(SIGINT, WTERMSIG(status));
}

/* It is stopped itself: nobody makes room, and the program may not do anything more then. */
TEST(what_is_lost_is_told)
{
	const char *why = cannot(_metadata, "perf");
	static struct worker worker;
	char word;

	if (why)
		SKIP(return, "%s", why);
	start_case(_metadata, &worker, "much", "perf", "/dev/null");
	ASSERT_EQ(1, read(worker.ready, &word, 1));
	EXPECT_EQ(0, kill(worker.run.pid, SIGSTOP));
	EXPECT_TRUE(has_begun(&worker));
	EXPECT_EQ(0, kill(worker.run.pid, SIGCONT));
	ASSERT_EQ(1, write(worker.input, "x", 1));
	finish(&worker.run);
	EXPECT_EQ(42, worker.run.status);
	EXPECT_SAID(&worker.run, " events were lost");
}

/* The child of that name; 0: there is none, yet. */
static pid_t find_keeper(pid_t parent)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	pid_t keeper = 0;

	while (!keeper && (entry = readdir(folder))) {
		char path[300], name[32] = "";
		pid_t its_parent = 0;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = fopen(path, "re");
		if (file && fscanf(file, "%*d (%31[^)]) %*c %d", name, &its_parent) == 2 &&
		    its_parent == parent && !strcmp(name, "vmatrace-keeper"))
			keeper = atoi(entry->d_name);
		if (file)
			fclose(file);
	}
	closedir(folder);
	return keeper;
}

/* Whoever of the two is killed, the other one answers. */
TEST(without_its_keeper_it_goes_on)
{
	static struct worker worker;
	pid_t keeper = 0;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start_worker(_metadata, &worker, "seccomp", "/dev/null");
	EXPECT_TRUE(has_begun(&worker));
	for (int looks = 0; looks < 1000 && !keeper; looks++, usleep(1000))
		keeper = find_keeper(worker.run.pid);
	ASSERT_LT(0, keeper);
	EXPECT_EQ(0, kill(keeper, SIGKILL));
	usleep(20000);
	ASSERT_EQ(1, write(worker.input, "x", 1));
	finish(&worker.run);
	EXPECT_EQ(42, worker.run.status);
}

TEST_HARNESS_MAIN

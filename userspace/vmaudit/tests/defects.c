// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Openers that lie: each sends a mapping with the fault that a probe looks for, made of
 * what any Linux has. The truth beside it has no defect.
 */
#define PROGRAM "vmaudit"
#include "../../tests/run.h"

#include <stdlib.h>
#include <sys/socket.h>

#define LIE "VMAUDIT_TEST_LIE"

/* Until the other end is closed: what is asked for, or what is not. */
static void serve_hooks(int fd, bool lies)
{
	const off_t bytes = 16 * sysconf(_SC_PAGESIZE);
	char word[32];
	ssize_t n;

	while ((n = read(0, word, sizeof(word) - 1)) > 0) {
		off_t length = 0;
		bool fails;

		word[n] = '\0';
		if (!strcmp(word, "resize\n"))
			length = lies ? 0 : bytes / 2;
		else if (!strcmp(word, "free\n"))
			length = bytes;
		else if (lies)
			length = bytes;
		fails = ftruncate(fd, length) || (lies && pwrite(fd, "\377", 1, 0) != 1) ||
			write(0, "done\n", 5) != 5;
		if (fails)
			_exit(1);
	}
}

static void send_answer(const char *text, int fd, int reader)
{
	char control[CMSG_SPACE(2 * sizeof(int))] = "";
	int fds[2] = { fd, reader }, count = reader < 0 ? 1 : 2;
	struct iovec iov = { .iov_base = (void *)text, .iov_len = strlen(text) };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int)),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, (size_t)count * sizeof(int));
	if (sendmsg(0, &message, 0) < 0)
		_exit(1);
	serve_hooks(fd, !strncmp(text, "hooks=", 6));
	_exit(0);
}

/* As an opener, this program is another one. */
static void __attribute__((constructor)) open_as_told(void)
{
	const char *lie = getenv(LIE);
	long page = sysconf(_SC_PAGESIZE);
	char text[256], path[64];
	int fd, reader;

	if (!lie)
		return;
	unsetenv(LIE);
	fd = memfd_create("lie", 0);
	if (fd < 0 || ftruncate(fd, 16 * page))
		_exit(1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reader = open(path, O_RDONLY);
	snprintf(text, sizeof(text), "length=%ld\n", 16 * page);
	if (!strcmp(lie, "writable reader"))
		reader = fd;
	else if (!strcmp(lie, "more than it says"))
		snprintf(text, sizeof(text), "length=%ld\n", 8 * page);
	else if (!strcmp(lie, "hangs"))
		pause();
	else if (!strcmp(lie, "nothing"))
		_exit(0);
	else if (!strcmp(lie, "no descriptor"))
		_exit(write(0, "length=4096\n", 12) != 12 || read(0, text, 1));
	else if (strcmp(lie, "none"))
		snprintf(text, sizeof(text), "%s", lie);
	send_answer(text, fd, reader);
}

static void audit_lie(struct __test_metadata *_metadata, struct run *run, const char *lie,
		      const char *only)
{
	char self[1024] = "", kind[1100];

	ASSERT_LT(0, readlink("/proc/self/exe", self, sizeof(self) - 1));
	snprintf(kind, sizeof(kind), "exec:run=%s", self);
	setenv(LIE, lie, 1);
	RUN(run, "--only", only, kind);
	unsetenv(LIE);
}

static const struct fault {
	const char *lie;
	const char *probe;
	const char *seen;
} faults[] = {
	{ "writable reader", "mprotect-upgrade", "through a read-only descriptor" },
};

TEST(each_fault_is_a_defect)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct run run = { 0 };

		audit_lie(_metadata, &run, faults[i].lie, faults[i].probe);
		EXPECT_EQ(1, run.status) {
			TH_LOG("%s: %s%s", faults[i].probe, run.out, run.err);
		}
		EXPECT_NE(NULL, strstr(run.out, "defect "));
		EXPECT_NE(NULL, strstr(run.out, faults[i].seen));
		EXPECT_NE(NULL, strstr(run.out, "\n  rule: "));
		EXPECT_NE(NULL, strstr(run.out, "\n  change: "));
		EXPECT_NE(NULL, strstr(run.out, "\n  again:  vmaudit --only "));
	}
}

/* A length that fstat(2) says more than is the opener's mistake, not the driver's. */
TEST(a_length_that_is_too_short_is_no_defect)
{
	static const char *const asked[] = { "length-past-end", "offset-past-end" };

	for (int i = 0; i < 2; i++) {
		struct run run = { 0 };

		audit_lie(_metadata, &run, "more than it says", asked[i]);
		EXPECT_EQ(0, run.status);
		EXPECT_NE(NULL, strstr(run.out, "the page past the end is the object's")) {
			TH_LOG("%s", run.out);
		}
	}
}

TEST(the_truth_is_none)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct run run = { 0 };

		audit_lie(_metadata, &run, "none", faults[i].probe);
		EXPECT_EQ(0, run.status) {
			TH_LOG("%s: %s%s", faults[i].probe, run.out, run.err);
		}
		EXPECT_EQ(NULL, strstr(run.out, "not asked"));
	}
}

/* An opener that does not keep to what it is to send is told so, in one line. */
TEST(answers_that_are_none)
{
	static const struct {
		const char *answer;
		const char *told;
	} wrong[] = {
		{ "nothing", "it ended, and sent nothing" },
		{ "no descriptor", "it sends no descriptor" },
		{ "length=4097\n", "not in whole pages" },
		{ "length=many\n", "not in whole pages" },
		{ "length=0\n", "or no length" },
		{ "size=4096\n", "a key that there is not" },
		{ "hello\n", "a line that is no key=value" },
		{ "traits=once,huge\n", "a trait that there is not" },
		{ "hooks=free,sell\n", "a hook that there is not" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct run run = { 0 };

		audit_lie(_metadata, &run, wrong[i].answer, "fork");
		EXPECT_EQ(2, run.status);
		EXPECT_STREQ("", run.out);
		EXPECT_NE(NULL, strstr(run.err, wrong[i].told)) {
			TH_LOG("%s: %s", wrong[i].answer, run.err);
		}
	}
}

/* As a driver does that hangs in open: one line, in time. */
TEST(an_opener_that_hangs_is_stuck)
{
	char self[1024] = "", kind[1100];
	struct run run = { 0 };

	ASSERT_LT(0, readlink("/proc/self/exe", self, sizeof(self) - 1));
	snprintf(kind, sizeof(kind), "exec:run=%s", self);
	setenv(LIE, "hangs", 1);
	RUN(&run, "--seconds", "1", kind);
	unsetenv(LIE);
	EXPECT_EQ(3, run.status);
	EXPECT_STREQ("", run.out);
	EXPECT_NE(NULL, strstr(run.err, "open does not return within 1 s\n"));
}

/* An opener that does what it is asked to, and one that says so and does another thing. */
TEST(hooks_are_asked)
{
	static const struct {
		const char *probe;
		const char *right;
		const char *wrong;
	} hooks[] = {
		{ "hook-revoke", "works              16 of 16 pages are gone",
		  "page 0 of 16 can be read, and begins with 0xff; 0x1 was there" },
		{ "hook-resize", "works              8 of 16 pages are gone",
		  "page 0 of 16 can be read, and begins with 0xff" },
		{ "hook-free", "works              0 of 16 pages are gone",
		  "page 0 of 16 can be read, and begins with 0xff" },
	};
	char right[128], wrong[128];
	long bytes = 16 * sysconf(_SC_PAGESIZE);
	struct run run = { 0 };

	snprintf(right, sizeof(right), "length=%ld\nhooks=revoke,resize,free\n", bytes);
	snprintf(wrong, sizeof(wrong), "hooks=revoke,resize,free\nlength=%ld\n", bytes);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
		audit_lie(_metadata, &run, right, hooks[i].probe);
		EXPECT_EQ(0, run.status);
		EXPECT_NE(NULL, strstr(run.out, hooks[i].right)) {
			TH_LOG("%s", run.out);
		}
		audit_lie(_metadata, &run, wrong, hooks[i].probe);
		EXPECT_EQ(1, run.status);
		EXPECT_NE(NULL, strstr(run.out, hooks[i].wrong)) {
			TH_LOG("%s", run.out);
		}
	}
	audit_lie(_metadata, &run, "none", "hook-*");
	EXPECT_NE(NULL, strstr(run.out, "3 not asked"));
}

TEST(traits_say_what_is_not_asked)
{
	struct run run = { 0 };

	audit_lie(_metadata, &run, "traits=registers\n", "mprotect-upgrade");
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, "what is written there may have effects"));
}

TEST_HARNESS_MAIN

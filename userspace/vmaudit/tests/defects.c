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
	char wait;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, (size_t)count * sizeof(int));
	if (sendmsg(0, &message, 0) < 0 || read(0, &wait, 1))
		_exit(1);
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

/* What an opener says of its length is so, whatever the user wished for. */
TEST(an_opener_has_the_last_word)
{
	char self[1024] = "", kind[1100], bytes[64];
	struct run run = { 0 };

	ASSERT_LT(0, readlink("/proc/self/exe", self, sizeof(self) - 1));
	snprintf(kind, sizeof(kind), "exec:run=%s", self);
	snprintf(bytes, sizeof(bytes), ": %ld bytes, ", 16 * sysconf(_SC_PAGESIZE));
	setenv(LIE, "none", 1);
	RUN(&run, "--length", "1M", "--only", "length-past-end", kind);
	unsetenv(LIE);
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, bytes));
	EXPECT_NE(NULL, strstr(run.out, "late (SIGBUS)")) {
		TH_LOG("%s", run.out);
	}
}

TEST(what_is_at_other_offsets_is_let_alone)
{
	static const char *const asked[] = {
		"offset-past-end", "offset-overflow", "remap-file-pages-past-end",
	};

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		struct run run = { 0 };
		char lie[64];

		snprintf(lie, sizeof(lie), "length=%ld\ntraits=others\n",
			 16 * sysconf(_SC_PAGESIZE));
		audit_lie(_metadata, &run, lie, asked[i]);
		EXPECT_NE(NULL, strstr(run.out, "other objects are at other offsets")) {
			TH_LOG("%s: %s", asked[i], run.out);
		}
	}
}

TEST(traits_say_what_is_not_asked)
{
	struct run run = { 0 };

	audit_lie(_metadata, &run, "traits=registers\n", "mprotect-upgrade");
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, "what is written there may have effects"));
}

TEST_HARNESS_MAIN

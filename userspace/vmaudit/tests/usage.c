// SPDX-License-Identifier: GPL-2.0-or-later
/* What vmaudit says of itself and of each mistake, and how it tells of what any Linux has. */
#define PROGRAM "vmaudit"
#include "../../tests/run.h"

#include <jansson.h>
#include <libvmadev.h>
#include <sys/stat.h>

TEST(help_fits_a_screen)
{
	struct run run = { 0 };

	expect_help_fits(_metadata, &run);
}

TEST(list_tells_kinds_and_probes)
{
	struct run run = { 0 };

	RUN(&run, "--list");
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, "\n  memfd "));
	EXPECT_NE(NULL, strstr(run.out, "\n  mprotect-upgrade "));
}

TEST(mistakes)
{
	EXPECT_REFUSAL(2, "a node, a kind of mapping or --fd is missing", "--json");
	EXPECT_REFUSAL(2, "no option -Q", "-Q");
	EXPECT_REFUSAL(2, "--length needs an argument", "--length");
	EXPECT_REFUSAL(2, "--length takes whole pages", "--length", "5", "memfd");
	EXPECT_REFUSAL(2, "--length takes a page at least", "--length", "0", "memfd");
	EXPECT_REFUSAL(2, "--length takes a number", "--length", "-4096", "memfd");
	EXPECT_REFUSAL(2, "--length takes a number", "--length", "9999999999G", "memfd");
	EXPECT_REFUSAL(2, "--offset takes whole pages", "--offset", "1", "memfd");
	EXPECT_REFUSAL(2, "--seconds takes a second at least", "--seconds", "0", "memfd");
	EXPECT_REFUSAL(2, "--prot: 'x' is none of its words", "--prot", "x", "memfd");
	EXPECT_REFUSAL(2, "--flags: 'both' is none of its words", "--flags", "both", "memfd");
	EXPECT_REFUSAL(2, "no probe is named 'absent'; --list tells", "--only", "absent", "memfd");
	EXPECT_REFUSAL(2, "no probe is named 'fork,exec'", "--skip", "fork,exec", "memfd");
	EXPECT_REFUSAL(2, "'hug' is no option of memfd, which takes huge", "memfd:hug");
	EXPECT_REFUSAL(2, "'huge=1' is no option of memfd", "memfd:huge=1");
	EXPECT_REFUSAL(2, "'strategy' is no option of vmadev", "vmadev:backing=pages,strategy");
	EXPECT_REFUSAL(2, "'x' is no option of zero, which takes none", "zero:x");
	EXPECT_REFUSAL(2, "'zero' is one operand too many", "memfd", "zero");
	EXPECT_REFUSAL(2, "one operand too many", "--fd", "0", "memfd");
}

/* A file with this text, open; its path as others can open it. */
static int file_of(char *path, size_t room, const char *text)
{
	int fd = memfd_create("baseline", 0);

	snprintf(path, room, "/proc/%d/fd/%d", getpid(), fd);
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? fd : -1;
}

TEST(baselines_that_are_none)
{
	char path[64];

	EXPECT_REFUSAL(2, "--baseline /absent: unable to open /absent", "--baseline", "/absent",
		       "memfd");
	ASSERT_LE(0, file_of(path, sizeof(path), "zeroed works\n"));
	EXPECT_REFUSAL(2, "at line 1; it takes what --json printed", "--baseline", path, "memfd");
	ASSERT_LE(0, file_of(path, sizeof(path), "{\"probes\": 1}"));
	EXPECT_REFUSAL(2, "no report; it takes what --json printed", "--baseline", path, "memfd");
}

/* Of the same mapping nothing differs; a shared and a private one do not answer alike. */
TEST(baseline_tells_what_differs)
{
	struct run run = { 0 };
	char path[64];

	RUN(&run, "--json", "--only", "zeroed", "--only", "private-isolated", "--only", "exec",
	    "memfd");
	ASSERT_EQ(0, run.status);
	ASSERT_LE(0, file_of(path, sizeof(path), run.out));
	RUN(&run, "--baseline", path, "--only", "zeroed", "--only", "private-isolated", "memfd");
	EXPECT_EQ(0, run.status);
	EXPECT_EQ(NULL, strstr(run.out, "differ"));
	RUN(&run, "--baseline", path, "--only", "private-isolated", "--only", "exec", "--flags",
	    "private", "--prot", "r", "zero");
	EXPECT_EQ(1, run.status);
	EXPECT_NE(NULL, strstr(run.out, "\n  was                     works\n"));
	EXPECT_NE(NULL, strstr(run.out, "; 1 differ from the baseline\n")) {
		TH_LOG("%s", run.out);
	}
	RUN(&run, "--tap", "--baseline", path, "--only", "private-isolated", "--flags", "private",
	    "--prot", "r", "zero");
	EXPECT_EQ(1, run.status);
	EXPECT_NE(NULL, strstr(run.out, "not ok 1 private-isolated"));
	EXPECT_NE(NULL, strstr(run.out, "; was: works\n"));
}

/* A part of a file, which goes on behind it; and a kind that has a length of its own. */
TEST(length_of_what_has_one)
{
	char path[] = "/tmp/vmaudit-length-XXXXXX", kind[64];
	const long page = sysconf(_SC_PAGESIZE);
	struct run run = { 0 };
	int fd = mkstemp(path);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, 32 * page));
	snprintf(kind, sizeof(kind), "%ld", 8 * page);
	RUN(&run, "--length", kind, "--only", "length-past-end", "--only", "read-fault", path);
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, "\nlength-past-end           not asked "));
	EXPECT_NE(NULL, strstr(run.out, "pages read: 8,"));
	snprintf(kind, sizeof(kind), "%ld", 33 * page);
	EXPECT_REFUSAL(2, "it has", "--length", kind, path);
	unlink(path);
	snprintf(kind, sizeof(kind), "%ld", 2 * page);
	RUN(&run, "--length", kind, "--only", "length-past-end", "memfd");
	EXPECT_NE(NULL, strstr(run.out, "late (SIGBUS)")) {
		TH_LOG("%s", run.out);
	}
}

#define CGROUPS "/sys/fs/cgroup"
#define CGROUP	CGROUPS "/vmaudit-test"

/* Memory that is anybody's is charged to who accesses it first. */
TEST(cgroup_is_charged)
{
	struct run run = { 0 };
	const char *charged;

	if (geteuid() || !put_text(CGROUPS "/cgroup.subtree_control", "+memory"))
		SKIP(return, "no cgroup of one's own here");
	ASSERT_EQ(0, mkdir(CGROUP, 0755));
	ASSERT_TRUE(put_text(CGROUP "/cgroup.procs", "0"));
	RUN(&run, "--length", "8M", "--only", "accounting", "memfd");
	EXPECT_TRUE(put_text(CGROUPS "/cgroup.procs", "0"));
	EXPECT_EQ(0, rmdir(CGROUP));
	charged = strstr(run.out, "its cgroup is charged with ");
	ASSERT_NE(NULL, charged) {
		TH_LOG("%s", run.out);
	}
	/* Meanwhile other memory of the process may have gone. */
	EXPECT_LE(7168, atol(strpbrk(charged, "0123456789")));
}

TEST(what_cannot_be_opened_or_mapped)
{
	EXPECT_REFUSAL(2, "/dev/absent: No such file or directory", "/dev/absent");
	EXPECT_REFUSAL(2, "a directory; nothing maps it", "/tmp");
	EXPECT_REFUSAL(2, "descriptor 77: Bad file descriptor", "--fd", "77");
	EXPECT_REFUSAL(2, "mmap of 4096 bytes at 0: No such device", "/dev/null");
	EXPECT_REFUSAL(2, "exec:run=PROGRAM names the program", "exec");
	EXPECT_REFUSAL(2, "/absent/opener: No such file or directory", "exec:run=/absent/opener");
}

static void make_fifo(char *path)
{
	strcpy(path, "/tmp/vmaudit-fifo-XXXXXX");
	close(mkstemp(path));
	unlink(path);
	mkfifo(path, 0600);
}

/* Of a FIFO that nobody writes to an open for reading alone returns at once. */
TEST(what_is_no_memory_at_all)
{
	char path[64];

	make_fifo(path);
	EXPECT_REFUSAL(2, "No such device", path);
	unlink(path);
}

TEST(no_permission)
{
	char path[] = "/tmp/vmaudit-secret-XXXXXX";
	int fd = mkstemp(path);

	if (geteuid())
		SKIP(return, "not root");
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fchmod(fd, 0600));
	EXPECT_REFUSAL(2, "Permission denied", "--as", "65534", path);
	unlink(path);
	close(fd);
}

FIXTURE(kinds) {};
FIXTURE_SETUP(kinds) {}
FIXTURE_TEARDOWN(kinds) {}

TEST_F_TIMEOUT(kinds, that_any_linux_has_are_sane, 110)
{
	static const struct {
		const char *kind, *flags;
	} ways[] = { { "memfd", "shared" }, { "file", "private" }, { "anon", "private" } };
	struct run run = { 0 };

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		RUN(&run, "--seconds", "60", "--skip", "leak*", "--flags", ways[i].flags,
		    ways[i].kind);
		EXPECT_EQ(0, run.status) {
			TH_LOG("%s, %s: %s%s", ways[i].kind, ways[i].flags, run.out, run.err);
		}
		EXPECT_STREQ("", run.err);
	}
}

TEST(json_is_what_the_page_says)
{
	struct run run = { 0 };
	json_error_t error;
	json_t *root, *probes, *probe;
	size_t i;

	RUN(&run, "--json", "--length", "1M", "--only", "m*", "memfd");
	ASSERT_EQ(0, run.status);
	root = json_loads(run.out, 0, &error);
	ASSERT_NE(NULL, root) {
		TH_LOG("%s", error.text);
	}
	EXPECT_STREQ("memfd", json_string_value(json_object_get(root, "subject")));
	EXPECT_EQ(1 << 20, json_integer_value(json_object_get(root, "length")));
	EXPECT_STREQ("shared", json_string_value(json_object_get(root, "mapping")));
	probes = json_object_get(root, "probes");
	EXPECT_LT(10, json_array_size(probes));
	json_array_foreach(probes, i, probe) {
		const char *verdict = json_string_value(json_object_get(probe, "verdict"));

		ASSERT_NE(NULL, verdict);
		EXPECT_NE(NULL, json_string_value(json_object_get(probe, "seen")));
		EXPECT_EQ(!strcmp(verdict, "refused"), !!json_object_get(probe, "errno"));
		EXPECT_EQ(!strcmp(verdict, "late"), !!json_object_get(probe, "signal"));
	}
	json_decref(root);
}

TEST(tap_counts_what_was_wanted)
{
	struct run run = { 0 };

	RUN(&run, "--tap", "--only", "munmap-*", "--skip", "munmap-last", "memfd");
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, "1..2\n"));
	EXPECT_NE(NULL, strstr(run.out, "\nok 2 munmap-middle # works"));
	EXPECT_EQ(NULL, strstr(run.out, "munmap-last"));
}

TEST(one_page_is_not_asked_for_two)
{
	struct run run = { 0 };
	char page[32];

	snprintf(page, sizeof(page), "%ld", sysconf(_SC_PAGESIZE));
	RUN(&run, "--length", page, "--only", "munmap-middle", "memfd");
	EXPECT_EQ(0, run.status);
	EXPECT_NE(NULL, strstr(run.out, "not asked          it has fewer than three pages"));
}

static char *digits(unsigned long long value, int base)
{
	static char text[2][32];
	static int next;
	char *room = text[next++ % 2];

	snprintf(room, sizeof(text[0]), base == 16 ? "0x%llx" : "%llu", value);
	return room;
}

/* Past 2 GiB, and in time: not each of its pages is touched. */
TEST(three_gigabytes_are_asked_in_time)
{
	struct run run = { 0 };

	RUN(&run, "--length", "3G", "--only", "zeroed", "--only", "munmap-*", "memfd");
	EXPECT_EQ(0, run.status) {
		TH_LOG("%s%s", run.out, run.err);
	}
	EXPECT_NE(NULL, strstr(run.out, "memfd: 3221225472 bytes"));
	EXPECT_NE(NULL, strstr(run.out, " pages are zero\n"));
}

/* Of a live process there is only to look; as of this one's read-only mapping of a file. */
TEST(a_process_is_looked_at)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char *at = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fd, 0);
	struct run run = { 0 };

	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, munmap(at + page, page));
	RUN(&run, digits((unsigned int)getpid(), 10), digits((uintptr_t)at + 5, 16));
	EXPECT_EQ(0, run.status);
	EXPECT_STREQ("", run.err);
	EXPECT_NE(NULL, strstr(run.out, " bytes, shared, read\n"));
	EXPECT_NE(NULL, strstr(run.out, "vmaudit-usage"));
	EXPECT_NE(NULL, strstr(run.out, "exec                      note               it can"));
	EXPECT_REFUSAL(2, "maps nothing at", digits((unsigned int)getpid(), 10),
		       digits((uintptr_t)at + page, 16));
	EXPECT_REFUSAL(2, "process 999999999: there is none", "999999999", "1000");
	EXPECT_REFUSAL(2, "'1x' is no process", "1x", "1000");
	EXPECT_REFUSAL(2, "'heap' is no address", "1", "heap");
}

/* A file whose last page is not whole is mapped whole, and nothing is said to be past it. */
TEST(file_of_odd_bytes)
{
	char path[] = "/tmp/vmaudit-odd-XXXXXX";
	int fd = mkstemp(path);
	struct run run = { 0 };

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, 3 * sysconf(_SC_PAGESIZE) + 1));
	RUN(&run, "--only", "*past*", path);
	EXPECT_EQ(0, run.status) {
		TH_LOG("%s%s", run.out, run.err);
	}
	unlink(path);
	close(fd);
}

TEST(standard_output_full)
{
	struct run full = { .to = "/dev/full" };

	RUN(&full, "--only", "zeroed", "memfd");
	EXPECT_EQ(2, full.status);
	EXPECT_NE(NULL, strstr(full.err, "standard output: No space left on device\n"));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* What vmactl says without a device: help, and one line for each mistake. */
#include "run.h"

#include <sys/stat.h>

static const char *const commands[] = {
	"info", "create", "make-vma", "dump", "fill", "copy", "resize", "punch",
	"seal", "revoke", "restore", "crash", "fault", "export", "dirty", "stats", "trace",
	"selfcheck",
};

static bool fits_a_screen(const char *text)
{
	int lines = 0;

	for (; *text; lines++) {
		size_t length = strcspn(text, "\n");

		if (length > 80)
			return false;
		text += length + (text[length] == '\n');
	}
	return lines <= 24;
}

TEST(help_fits_a_screen)
{
	struct run run;

	VMACTL(&run, "--help");
	EXPECT_EQ(0, run.status);
	EXPECT_TRUE(fits_a_screen(run.out));
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		EXPECT_NE(NULL, strstr(run.out, commands[i]));
}

TEST(help_of_each_command_fits_a_screen)
{
	struct run run;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		VMACTL(&run, commands[i], "--help");
		EXPECT_EQ(0, run.status);
		EXPECT_STREQ("", run.err);
		EXPECT_TRUE(fits_a_screen(run.out));
		EXPECT_NE(NULL, strstr(run.out, commands[i]));
	}
}

TEST(unknown_command)
{
	EXPECT_REFUSAL(2, "no command 'mmap'; 'vmactl --help' lists them", "mmap");
	EXPECT_REFUSAL(2, "name a command", NULL);
}

TEST(unknown_option_of_each_command)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char text[64];

		snprintf(text, sizeof(text), "no option -Q; see 'vmactl %s --help'", commands[i]);
		EXPECT_REFUSAL(2, text, commands[i], "-Q");
	}
	EXPECT_REFUSAL(2, "no option --frobnicate", "info", "--frobnicate");
}

TEST(option_without_its_argument)
{
	EXPECT_REFUSAL(2, "--offset needs an argument", "dump", "--offset");
	EXPECT_REFUSAL(2, "-r needs an argument", "info", "-r");
}

TEST(unknown_word_lists_the_known)
{
	EXPECT_REFUSAL(2, "--strategy: 'mmap' is none of remap pfn page insert cache anon "
		       "huge filemap",
		       "make-vma", "--strategy", "mmap");
	EXPECT_REFUSAL(2, "--backing: 'disk' is none of pages contig shmem none media",
		       "create", "--backing", "disk", "name");
	EXPECT_REFUSAL(2, "--event: 'nopage' is none of mmap open close fault zap resize "
		       "fallocate seal revoke restore fsync dirty durable crash inject export harvest "
		       "snapshot lost",
		       "trace", "--event", "nopage");
	EXPECT_REFUSAL(2, "SEAL: 'exec' is none of seal shrink grow write future-write",
		       "seal", "write", "exec");
	EXPECT_REFUSAL(2, "--prot knows no 'rw'", "make-vma", "--prot", "read,rw");
	EXPECT_REFUSAL(2, "--flags knows no 'share'", "make-vma", "--flags", "share");
}

/* What is not understood is named, with the line of a file; nothing else is looked at. */
TEST(rules_that_are_none)
{
	char path[] = "/tmp/vmactl-XXXXXX", text[64];
	static const char rules[] = "# a comment\n\n  page 1: read sigbus # and one\n"
				    "page 2: raed sigbus\n";
	int fd = mkstemp(path);

	EXPECT_REFUSAL(2, "'raed': expected an access: read write", "fault", "box",
		       "page 4: raed sigbus");
	EXPECT_REFUSAL(2, "'page 4 read sigbus': expected a range", "fault",
		       "page 4 read sigbus");
	EXPECT_REFUSAL(2, "'nth=0': expected a number", "fault", "box", "page 1: read nth=0 oom");
	ASSERT_LE(0, fd);
	ASSERT_EQ((ssize_t)strlen(rules), write(fd, rules, strlen(rules)));
	snprintf(text, sizeof(text), "%s:4: vmadev_rule_parse: 'raed'", path);
	EXPECT_REFUSAL(2, text, "fault", "--file", path);
	EXPECT_REFUSAL(1, "/absent: No such file", "fault", "--file", "/absent");
	EXPECT_REFUSAL(2, "--clear goes with no rule", "fault", "--clear", "all: read sigbus");
	EXPECT_REFUSAL(2, "--append goes with rules", "fault", "--append");
	EXPECT_REFUSAL(2, "--times goes with --watch", "fault", "--times", "2");
	close(fd);
	unlink(path);
}

TEST(numbers_that_are_none)
{
	EXPECT_REFUSAL(2, "--size takes bytes", "create", "--size", "12Q", "name");
	EXPECT_REFUSAL(2, "--size takes bytes", "create", "--size", "-1", "name");
	EXPECT_REFUSAL(2, "--size takes bytes", "create", "--size", "99999999999G", "name");
	EXPECT_REFUSAL(2, "--length takes bytes", "dump", "--length", "1Kb");
	EXPECT_REFUSAL(2, "an octal number up to 777", "create", "--mode", "888", "name");
	EXPECT_REFUSAL(2, "a number up to 255", "fill", "256");
}

TEST(operands_missing_or_too_many)
{
	EXPECT_REFUSAL(2, "an operand is missing", "create");
	EXPECT_REFUSAL(2, "an operand is missing", "export");
	EXPECT_REFUSAL(2, "'b' is one operand too many", "create", "a", "b");
	EXPECT_REFUSAL(2, "'x' is one operand too many", "info", "x");
	EXPECT_REFUSAL(2, "a pattern has at least one byte", "fill", "--text", "");
}

TEST(options_that_do_not_go_together)
{
	EXPECT_REFUSAL(2, "one of --from FILE and --to FILE", "copy");
	EXPECT_REFUSAL(2, "one of --from FILE and --to FILE",
		       "copy", "--from", "a", "--to", "b");
	EXPECT_REFUSAL(2, "--node does not go with --sealable, --reopen, --log-dirty or --cache",
		       "create", "--node", "0", "--sealable", "name");
	EXPECT_REFUSAL(2, "--snapshot-of has size, backing, node and device",
		       "create", "--snapshot-of", "other", "--size", "1M", "name");
	EXPECT_REFUSAL(2, "--times goes with --watch", "stats", "--times", "2");
	EXPECT_REFUSAL(2, "--device is one too many",
		       "info", "--region", "a", "--device", "b");
	EXPECT_REFUSAL(2, "--backing is one too many",
		       "make-vma", "--region", "a", "--backing", "pages");
}

TEST(no_device)
{
	const char *const wanted = "/dev/absent: No such file or directory: load the module";

	EXPECT_REFUSAL(1, wanted, "info", "--device", "/dev/absent");
	EXPECT_REFUSAL(1, wanted, "create", "--device", "/dev/absent", "name");
	EXPECT_REFUSAL(1, wanted, "make-vma", "--device", "/dev/absent");
	EXPECT_REFUSAL(1, wanted, "dump", "--device", "/dev/absent");
	EXPECT_REFUSAL(1, wanted, "fill", "--device", "/dev/absent", "0");
	EXPECT_REFUSAL(1, wanted, "copy", "--device", "/dev/absent", "--to", "-");
	EXPECT_REFUSAL(1, wanted, "stats", "--device", "/dev/absent");
	EXPECT_REFUSAL(1, wanted, "fault", "--device", "/dev/absent");
	EXPECT_REFUSAL(1, wanted, "selfcheck", "--device", "/dev/absent");
	EXPECT_REFUSAL(1, "this is no vmadev device", "info", "--device", "/dev/null");
}

TEST(no_permission)
{
	char path[] = "/tmp/vmactl-XXXXXX";
	int fd = mkstemp(path);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fchmod(fd, 0));
	if (!geteuid())
		ASSERT_EQ(0, setuid(65534));
	EXPECT_REFUSAL(1, "Permission denied: run as root, or load the module with mode=0666",
		       "info", "--device", path);
	unlink(path);
}

TEST(no_region_of_that_name)
{
	ASSERT_EQ(0, setenv("XDG_RUNTIME_DIR", "/tmp", 1));
	EXPECT_REFUSAL(1, "no region 'absent'; 'vmactl create absent' makes one",
		       "dump", "--region", "absent");
	EXPECT_REFUSAL(2, "cannot name a region", "dump", "--region", "../absent");
	EXPECT_REFUSAL(2, "cannot name a region", "dump", "--region", "");
}

TEST_HARNESS_MAIN

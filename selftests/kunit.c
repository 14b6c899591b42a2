// SPDX-License-Identifier: GPL-2.0-or-later
/* The KUnit tests of the module's pure parts, where the kernel can run them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vmadev_test.h"

/* The file beside the one of vmadev.ko. */
static int kunit_open(void)
{
	const char *vmadev = getenv("VMADEV_KO") ?: "/m/vmadev.ko";
	const char *slash = strrchr(vmadev, '/');
	char path[256];

	snprintf(path, sizeof(path), "%.*s/vmadev_kunit.ko",
		 slash ? (int)(slash - vmadev) : 1, slash ? vmadev : ".");
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void expect_passed(struct __test_metadata *_metadata, const char *suite)
{
	int passed = 0, failed = 0;
	char line[256];
	FILE *results;

	snprintf(line, sizeof(line), "/sys/kernel/debug/kunit/%s/results", suite);
	results = fopen(line, "re");
	ASSERT_NE(NULL, results);
	while (fgets(line, sizeof(line), results)) {
		ksft_print_msg("%s", line);
		passed += !strncmp(line, "    ok ", 7);
		failed += !!strstr(line, "not ok ");
	}
	fclose(results);
	EXPECT_EQ(0, failed);
	EXPECT_LT(0, passed);
}

/* Loading runs the tests, and succeeds whatever becomes of them. */
TEST(pure_parts_pass_their_kunit_tests)
{
	int ko = kunit_open();

	if (ko < 0)
		SKIP(return, "no KUnit in this kernel");
	ASSERT_EQ(0, syscall(SYS_finit_module, ko, "", 0)) TH_LOG("%s", strerror(errno));
	close(ko);

	expect_passed(_metadata, "vmadev");
	expect_passed(_metadata, "vmadev_rules");
	EXPECT_EQ(0, syscall(SYS_delete_module, "vmadev_kunit", O_NONBLOCK));
}

TEST_HARNESS_MAIN

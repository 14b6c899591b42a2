// SPDX-License-Identifier: GPL-2.0-or-later
/* Every allocation that the module makes while it is loaded or unloaded fails once. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/failnth.h"
#include "lib/klog.h"

#define MAX_SITES 500

static int ko;

static int load(const char *params)
{
	return syscall(SYS_finit_module, ko, params, 0) ? -errno : 0;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "vmadev", O_NONBLOCK) ? -errno : 0;
}

static bool is_gone(void)
{
	return access("/dev/vmadev", F_OK) && access("/sys/module/vmadev", F_OK) &&
	       access("/sys/class/misc/vmadev", F_OK) &&
	       access("/sys/kernel/debug/vmadev", F_OK) &&
	       access("/sys/kernel/tracing/events/vmadev", F_OK);
}

static bool works(void)
{
	int fd = open("/dev/vmadev", O_RDWR | O_CLOEXEC);
	char byte = 1;
	bool does;

	if (fd < 0)
		return false;
	does = pread(fd, &byte, 1, 0) == 1 && !byte;
	close(fd);
	return does;
}

/*
 * Where memory for the links between a driver and its module is short, the driver core says
 * that it is, and EINVAL (module_add_driver()).
 */
static bool is_right(int err, int log)
{
	return err == -ENOMEM ||
	       (err == -EINVAL && klog_count(log, "failed to create module links", NULL, 0));
}

/* Once; is what it says: a whole module that works, or an error and nothing left. */
static const char *try_load(int site, bool *fired)
{
	int log = klog_open(), err;
	bool right;

	failnth_arm(site);
	err = load("size=64K");
	*fired = failnth_disarm();
	right = is_right(err, log);
	close(log);
	if (!*fired && err)
		return "it fails when nothing else does";
	if (err)
		return !right ? "not an errno that it should have" :
		       !is_gone() ? "something is left behind" : NULL;
	return !works() ? "it is loaded and does not work" :
	       unload() ? "it does not go" :
	       !is_gone() ? "something is left behind after unloading" : NULL;
}

FIXTURE(faults_load) {
};

FIXTURE_SETUP(faults_load)
{
	const char *why = failnth_setup();

	if (why)
		SKIP(return, "%s", why);
	ko = open(getenv("VMADEV_KO") ?: "/m/vmadev.ko", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, ko);
	ASSERT_TRUE(is_gone());
}

FIXTURE_TEARDOWN(faults_load)
{
	close(ko);
}

/* Of one backing: a region of each is created with every fault in faults.c. */
TEST_F_TIMEOUT(faults_load, load_survives_every_fault, 300)
{
	int site = 0, refused = 0;
	const char *wrong = NULL;
	bool fired = true;

	/* The stack of whatever the module's init does has this on it. */
	if (!failnth_sites(true, "do_one_initcall"))
		SKIP(return, FAILNTH_NO_STACKS);
	while (fired && !wrong && ++site < MAX_SITES) {
		wrong = try_load(site, &fired);
		refused += !!access("/sys/module/vmadev", F_OK);
	}
	ksft_print_msg("sites load: %d\n", site - 1);
	EXPECT_EQ(NULL, wrong) TH_LOG("site %d: %s", site, wrong);
	EXPECT_GT(MAX_SITES, site);
	EXPECT_LT(0, refused);
}

TEST_F_TIMEOUT(faults_load, unload_survives_every_fault, 300)
{
	static const char *const each[] = {
		"size=64K",
		"size=64K backing=contig",
		"size=64K backing=shmem",
		"size=64K backing=none",
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		bool fired = true;
		int site = 0, err;

		while (fired && ++site < MAX_SITES) {
			ASSERT_EQ(0, load(each[i]));
			if (!failnth_sites(true, "vmadev")) {
				unload();
				SKIP(return, FAILNTH_NO_STACKS);
			}
			failnth_arm(site);
			err = unload();
			fired = failnth_disarm();
			ASSERT_EQ(0, err);
			EXPECT_TRUE(is_gone());
		}
		ksft_print_msg("sites unload \"%s\": %d\n", each[i], site - 1);
		EXPECT_GT(MAX_SITES, site);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults by script: what a program meets when its mapping misbehaves. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/probe.h"
#include "lib/tour.h"
#include "lib/util.h"

#define PAGES 8
#define BAD 4

static void inject(int region, struct vmadev_rule rule)
{
	struct vmadev_inject inject = {
		.size = sizeof(inject), .rules = (uintptr_t)&rule, .nr = 1,
		.rule_size = sizeof(rule),
	};

	if (ioctl(region, VMADEV_IOC_INJECT, &inject))
		tour_die("VMADEV_IOC_INJECT");
}

static struct vmadev_rule rule_now(int region)
{
	struct vmadev_rule rule;
	struct vmadev_rules rules = {
		.size = sizeof(rules), .rules = (uintptr_t)&rule, .nr = 1,
		.rule_size = sizeof(rule),
	};

	if (ioctl(region, VMADEV_IOC_RULES, &rules) || rules.nr != 1)
		tour_die("VMADEV_IOC_RULES");
	return rule;
}

static void zap(int region)
{
	struct vmadev_zap zap = { .size = sizeof(zap), .length = PAGES * page_size };

	if (ioctl(region, VMADEV_IOC_ZAP, &zap))
		tour_die("VMADEV_IOC_ZAP");
}

/* On page BAD, for who reads or writes there. */
static struct vmadev_rule on_bad(__u32 action, __u64 value)
{
	return (struct vmadev_rule) {
		.offset = BAD * page_size, .length = page_size,
		.accesses = VMADEV_ON_FAULTS, .action = action, .value = value,
	};
}

static void step_sigbus(int region, const char *map)
{
	int signals[PAGES], bad = 0;

	tour_step("A page that cannot be read",
		  "We map %d pages and give page %d a rule, 'page %d: access sigbus', as\n"
		  "vmactl fault REGION RULE does. Then we read each page.", PAGES, BAD, BAD);
	inject(region, on_bad(VMADEV_ACTION_SIGBUS, 0));
	for (int i = 0; i < PAGES; i++) {
		signals[i] = probe_read(map + i * page_size);
		bad += !!signals[i];
		tour_line("page %d: %s", i, probe_text(signals[i]));
	}
	tour_why("A mapping has no return value. What read(2) would tell as EIO is a SIGBUS\n"
		 "here, which ends most programs; a disk that fails does the same.");
	tour_check(signals[BAD] == SIGBUS, "page %d raises SIGBUS", BAD);
	tour_check(bad == 1, "no other page does");
}

static void step_nth(int region, const char *map)
{
	struct vmadev_rule rule = on_bad(VMADEV_ACTION_SIGBUS, 0);
	int signals[4];

	tour_step("The third time only",
		  "The rule becomes 'page %d: access nth=3 sigbus'. We read the page, four\n"
		  "times; each time but the first the page-table entry is dropped before.", BAD);
	rule.nth = 3;
	inject(region, rule);
	for (int i = 0; i < 4; i++) {
		if (i)
			zap(region);
		signals[i] = probe_read(map + BAD * page_size);
		tour_line("access %d: %s", i + 1, probe_text(signals[i]));
	}
	tour_why("The kernel asks a driver only when it has no entry for a page, so only the\n"
		 "first access after a drop can be seen. The rule counts these; the word\n"
		 "rearm drops the entry by itself, again and again.");
	tour_check(!signals[0] && !signals[1] && signals[2] == SIGBUS && !signals[3],
		   "the third access fails, and no other");
	tour_check(rule_now(region).seen == 4 && rule_now(region).hits == 1,
		   "the rule has seen 4 accesses and hit 1");
}

static void step_kernel(int region, const char *map)
{
	int ends[2], error;
	ssize_t got;

	tour_step("When the kernel meets it",
		  "Page %d raises SIGBUS again. We have write(2) copy from it to a pipe.", BAD);
	inject(region, on_bad(VMADEV_ACTION_SIGBUS, 0));
	if (pipe(ends))
		tour_die("pipe");
	errno = 0;
	got = write(ends[1], map + BAD * page_size, 1);
	error = got < 0 ? errno : 0;
	tour_line("write from page %d: %s", BAD, errno_text(error));
	tour_why("Inside a system call there is no instruction of the program that a signal\n"
		 "could point to. The call fails instead.");
	tour_check(error == EFAULT, "write is EFAULT, and there is no signal");
	close(ends[0]);
	close(ends[1]);
}

static void step_delay(int region, const char *map)
{
	const unsigned long long wait = 20 * 1000 * 1000;
	unsigned long long begin, slow, quick;

	tour_step("A page that takes its time",
		  "'page %d: access delay=20ms': we read it, and then its neighbour.", BAD);
	inject(region, on_bad(VMADEV_ACTION_DELAY, wait / 1000));
	begin = now_ns();
	probe_read(map + BAD * page_size);
	slow = now_ns() - begin;
	begin = now_ns();
	probe_read(map + (BAD + 1) * page_size);
	quick = now_ns() - begin;
	tour_line("page %d: %s", BAD, slow >= wait ? "20 ms or more" : "less than 20 ms");
	tour_line("page %d: %s", BAD + 1, quick >= wait ? "20 ms or more" : "less than 20 ms");
	tour_why("So it is with a page on a slow disk: one load instruction waits. The rule\n"
		 "lets go of the fault's lock meanwhile, so that other threads go on.");
	tour_check(slow >= wait, "the page with the rule takes 20 ms");
	tour_check(rule_now(region).hits == 1, "the access is delayed once");
}

static unsigned int bits_set(const unsigned char *page)
{
	unsigned int bits = 0;

	for (size_t i = 0; i < page_size; i++)
		bits += (unsigned int)__builtin_popcount(page[i]);
	return bits;
}

static void step_corrupt(int region, const char *map)
{
	struct vmadev_rule rule = on_bad(VMADEV_ACTION_CORRUPT, 3);
	const unsigned char *page = (const unsigned char *)map + BAD * page_size;
	unsigned char zeros[page_size], first[page_size];
	unsigned int bits;
	bool same;

	tour_step("Bits that flip",
		  "The page is all zeros, and 'page %d: access seed=7 corrupt=3' flips three\n"
		  "of its bits before we see it. We do it twice.", BAD);
	memset(zeros, 0, sizeof(zeros));
	rule.seed = 7;
	inject(region, rule);
	bits = bits_set(page);
	memcpy(first, page, page_size);
	if (pwrite(region, zeros, page_size, (off_t)(BAD * page_size)) != (ssize_t)page_size)
		tour_die("write");
	inject(region, rule);
	same = bits_set(page) == bits && !memcmp(first, page, page_size);
	tour_line("bits that are set: %u, and %s the second time", bits,
		  same ? "the same ones" : "others");
	tour_why("What a rule does by chance it draws from its seed. With the seed a failure\n"
		 "comes again, on any machine.");
	tour_check(bits == 3, "three bits flip");
	tour_check(same, "the same seed flips the same bits");
}

static void step_calls(int region, char *map)
{
	struct vmadev_rule rule = {
		.accesses = VMADEV_ON_SYNC, .times = 1, .action = VMADEV_ACTION_ERRNO, .value = EIO,
	};
	int first, second;

	tour_step("msync that fails",
		  "'all: msync times=1 errno=EIO'. We call msync twice.");
	inject(region, rule);
	first = msync(map, page_size, MS_SYNC) ? errno : 0;
	second = msync(map, page_size, MS_SYNC) ? errno : 0;
	tour_line("the first:   %s", errno_text(first));
	tour_line("the second:  %s", errno_text(second));
	tour_why("File systems do that too: an error is told once, and the next msync works,\n"
		 "though what could not be written may be gone. A program that looks at the\n"
		 "second result only has lost data and does not know.");
	tour_check(first == EIO && !second, "the error is told once");
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "fault",
		.title = "a mapping that misbehaves on request",
		.intro = "Disks fail, memory fails, networks are slow, and a program that maps\n"
			 "a file meets it in the middle of an instruction. When does anybody\n"
			 "test that? Regions of /dev/vmadev take rules that say what goes wrong.",
	};
	int device, region;
	char *map;

	tour_begin(&about, argc, argv);
	device = device_open("Faults by script");
	if (device < 0)
		return tour_end();
	region = device_create(device, "tour-fault", PAGES * page_size, VMADEV_BACKING_PAGES,
			       VMADEV_STRATEGY_PAGE);
	map = map_or_die(NULL, PAGES * page_size, READ_WRITE, MAP_SHARED, region, 0);
	step_sigbus(region, map);
	step_nth(region, map);
	step_kernel(region, map);
	step_delay(region, map);
	step_corrupt(region, map);
	step_calls(region, map);
	munmap(map, PAGES * page_size);
	close(region);
	close(device);
	return tour_end();
}

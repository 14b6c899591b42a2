// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults by script: what each action does to an access through a mapping. */
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>

#include "inject.h"

/* The signal says where, and what kind it is. */
static sigjmp_buf back;
static siginfo_t told;

static void tell(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	told = *info;
	siglongjmp(back, 1);
}

static bool read_is_told(const char *at)
{
	struct sigaction action = { .sa_sigaction = tell, .sa_flags = SA_SIGINFO }, was;
	volatile bool signalled = true;

	memset(&told, 0, sizeof(told));
	sigaction(SIGBUS, &action, &was);
	if (!sigsetjmp(back, 1)) {
		*(volatile const char *)at;
		signalled = false;
	}
	sigaction(SIGBUS, &was, NULL);
	return signalled;
}

TEST_F(mapping, signal_says_where)
{
	char *map, *at;

	MAP_OR_RETURN(map);
	at = map + BAD * self->page + 123;
	ASSERT_EQ(0, vt_inject(self->fd, rule_at(self, BAD, VMADEV_ON_READ,
						 VMADEV_ACTION_SIGBUS)));
	ASSERT_TRUE(read_is_told(at));
	EXPECT_EQ(SIGBUS, told.si_signo);
	EXPECT_EQ(BUS_ADRERR, told.si_code);
#if defined(__x86_64__)
	EXPECT_EQ(at, told.si_addr);
#else
	EXPECT_EQ((uintptr_t)at / self->page, (uintptr_t)told.si_addr / self->page);
#endif
}

/* As of a page that memory failure took: the kernel says of how much, too. */
TEST_F(mapping, mceerr_is_as_memory_failure)
{
	struct vmadev_rule rule = rule_at(self, BAD, VMADEV_ON_FAULTS, VMADEV_ACTION_MCEERR);
	char *map, *at;
	int ret;

	MAP_OR_RETURN(map);
	at = map + BAD * self->page;
	ret = vt_inject(self->fd, rule);
	if (ret && errno == EOPNOTSUPP)
		return;
	if (geteuid()) {
		EXPECT_EQ(-1, ret);
		EXPECT_EQ(EPERM, errno);
		return;
	}
	ASSERT_EQ(0, ret);
	ASSERT_TRUE(read_is_told(at));
	EXPECT_EQ(BUS_MCEERR_AR, told.si_code);
	EXPECT_EQ((uintptr_t)at / self->page, (uintptr_t)told.si_addr / self->page);
	EXPECT_EQ(self->page, (size_t)1 << told.si_addr_lsb);
	EXPECT_EQ(1, hits(self));
}

static long minor_faults(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? -1 : usage.ru_minflt;
}

/* Served in the end, after so many faults more. */
TEST_F(mapping, retry_and_oom_are_served_in_the_end)
{
	struct vmadev_rule rule = rule_at(self, BAD, VMADEV_ON_FAULTS, VMADEV_ACTION_RETRY);
	char *map, *at, byte;
	long faults;
	int ends[2];

	MAP_OR_RETURN(map);
	at = map + BAD * self->page;
	ASSERT_EQ(0, pipe(ends));
	rule.value = 100;
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	faults = minor_faults();
	EXPECT_TRUE(page_is(self, map, BAD, BAD + 1));
	EXPECT_LE(faults + 100, minor_faults());
	EXPECT_EQ(1, hits(self));
	EXPECT_EQ(1, seen(self));
	ASSERT_EQ(0, vt_zap(self->fd, rule.offset, rule.length));
	EXPECT_EQ(1, write(ends[1], at, 1));
	EXPECT_EQ(1, read(ends[0], &byte, 1));
	EXPECT_EQ(*at, byte);
	EXPECT_EQ(2, hits(self));

	rule.action = VMADEV_ACTION_OOM;
	rule.value = 0;
	rule.times = 3;
	if (geteuid()) {
		EXPECT_EQ(-1, vt_inject(self->fd, rule));
		EXPECT_EQ(EPERM, errno);
		return;
	}
	/* The program's own: no signal, however often there is none. */
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_LE(0, vt_read(at));
	EXPECT_TRUE(page_is(self, map, BAD, BAD + 1));
	EXPECT_EQ(3, hits(self));
	/* The kernel's: it may try more than once. */
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	EXPECT_EQ(-1, write(ends[1], at, 1));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_LE(1, hits(self));
	EXPECT_TRUE(page_is(self, map, BAD, BAD + 1));
	close(ends[0]);
	close(ends[1]);
}

/* How many bits of the region's page are not as they were. */
static int bits_flipped(const mapping *m, const char *map)
{
	unsigned char was[m->page];
	int bits = 0;

	vt_pattern(was, m->page, BAD + 1);
	for (size_t i = 0; i < m->page; i++)
		bits += __builtin_popcount(was[i] ^ (unsigned char)map[BAD * m->page + i]);
	return bits;
}

/* The same seed, the same bits; they are the region's, which others see too. */
TEST_F(mapping, corrupt_flips_bits_of_the_page)
{
	struct vmadev_rule rule = rule_at(self, BAD, VMADEV_ON_FAULTS, VMADEV_ACTION_CORRUPT);
	char *map, first[self->page], page[self->page];

	MAP_OR_RETURN(map);
	rule.value = 5;
	rule.seed = 11;
	for (int round = 0; round < 2; round++) {
		ASSERT_EQ(0, fill_region(self));
		ASSERT_EQ(0, vt_inject(self->fd, rule));
		EXPECT_EQ(5, bits_flipped(self, map));
		ASSERT_EQ((ssize_t)self->page, pread(self->fd, page, self->page,
						     BAD * self->page));
		EXPECT_EQ(0, memcmp(page, map + BAD * self->page, self->page));
		if (round) {
			EXPECT_EQ(0, memcmp(first, page, self->page));
		}
		memcpy(first, page, self->page);
	}
	/* Another hit, other bits: those of the first are not mended. */
	ASSERT_EQ(0, vt_zap(self->fd, rule.offset, rule.length));
	EXPECT_LT(5, bits_flipped(self, map));
	EXPECT_EQ(2, hits(self));
}

/* While there is no page no rule is asked; those that are given meanwhile count then. */
TEST_F(mapping, rules_outlive_the_memory_that_they_are_on)
{
	struct vmadev_rule rule = rule_at(self, BAD, VMADEV_ON_FAULTS, VMADEV_ACTION_SIGBUS);
	char *map;

	MAP_OR_RETURN(map);
	ASSERT_EQ(0, vt_inject(self->fd, rule));
	ASSERT_EQ(0, vt_revoke(self->fd, VMADEV_REVOKE_ZEROS, NULL));
	rule.offset += self->page;
	ASSERT_EQ(0, vt_inject_more(self->fd, rule));
	EXPECT_EQ(0, vt_read(map + BAD * self->page));
	EXPECT_EQ(0, vt_read(map + (BAD + 1) * self->page));
	EXPECT_EQ(0, seen(self));
	ASSERT_EQ(0, vt_restore(self->fd));
	EXPECT_EQ(-SIGBUS, vt_read(map + BAD * self->page));
	EXPECT_EQ(-SIGBUS, vt_read(map + (BAD + 1) * self->page));
	EXPECT_EQ(0, vt_read(map + (BAD + 2) * self->page));
	EXPECT_EQ(1, hits(self));
}

TEST_HARNESS_MAIN

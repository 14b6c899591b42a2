// SPDX-License-Identifier: GPL-2.0-or-later
/* Futexes in each mapping: between processes, and between threads */
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

#include "mapping.h"

static int futex(void *word, int op, __u32 value)
{
	struct timespec patience = { .tv_sec = 10 };

	return syscall(SYS_futex, word, op, value, &patience, NULL, 0);
}

/* Until one waiter woke, or a while has passed: how many, or -1. */
static int wake_one(void *word, int op)
{
	int woken = 0;

	for (int i = 0; !woken && i < 5000; i++) {
		woken = futex(word, op, 1);
		usleep(1000);
	}
	return woken;
}

/*
 * A futex that processes share is named by the page's place in its file: pages
 * of the page cache have one, those of the module have none.
 */
TEST_F(mapping, shared_futex_wakes_another_process_on_page_cache_alone)
{
	char *map = map_region(self, variant);
	char *word = map + 3 * self->page + 8;
	int status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	if (!is_shared(variant)) {	/* a copy: no one else's, but a futex */
		EXPECT_EQ(0, futex(word, FUTEX_WAKE, 1));
		EXPECT_EQ(-1, futex(word, FUTEX_WAIT, 1));
		EXPECT_EQ(EAGAIN, errno);
		return;
	}
	if (!is_shmem(variant) && variant->strategy != VMADEV_STRATEGY_FILEMAP) {
		EXPECT_EQ(-1, futex(word, FUTEX_WAKE, 1));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, futex(word, FUTEX_WAIT, 0));
		EXPECT_EQ(EFAULT, errno);
		return;
	}
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		EXPECT_EQ(0, futex(word, FUTEX_WAIT, 0));
		_exit(0);
	}
	EXPECT_EQ(1, wake_one(word, FUTEX_WAKE));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

static void *wait_private(void *word)
{
	return futex(word, FUTEX_WAIT_PRIVATE, 0) ? word : NULL;
}

/* A futex of one process is named by its address: any mapping will do. */
TEST_F(mapping, private_futex_wakes_another_thread)
{
	char *map = map_region(self, variant);
	char *word = map + 3 * self->page + 8;
	pthread_t thread;
	void *failed;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_private, word));
	EXPECT_EQ(1, wake_one(word, FUTEX_WAKE_PRIVATE));
	ASSERT_EQ(0, pthread_join(thread, &failed));
	EXPECT_EQ(NULL, failed);
}

TEST_HARNESS_MAIN

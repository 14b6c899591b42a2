// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

#include "probe.h"

enum { PRIVATE, SHARED };

#define TRIES 100		/* of 10 ms */

struct waiter {
	__u32 *word;
	__u32 value;
	int operation;
	volatile int error;	/* 0: woken; -1: waits */
};

static int wait_on(const struct waiter *waiter)
{
	static const struct timespec limit = { .tv_sec = 1 };

	return syscall(SYS_futex, waiter->word, waiter->operation, waiter->value, &limit, NULL, 0) ?
	       errno : 0;
}

static void *wait_in_thread(void *arg)
{
	struct waiter *waiter = arg;

	waiter->error = wait_on(waiter);
	return NULL;
}

/* Until the waiter was there to be woken. */
static long wake(struct waiter *waiter, int operation)
{
	static const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	long woken = 0;

	for (int i = 0; i < TRIES && !woken && waiter->error < 0; i++) {
		woken = syscall(SYS_futex, waiter->word, operation, 1, NULL, NULL, 0);
		if (!woken)
			nanosleep(&pause, NULL);
	}
	return woken;
}

static void run(struct audit *audit)
{
	bool shared = audit->probe->value == SHARED;
	int flag = shared ? 0 : FUTEX_PRIVATE_FLAG;
	char *at = map_subject(audit);
	/* Seen by a child's parent. */
	struct waiter *waiter = mmap(NULL, sizeof(*waiter), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_t thread;
	long woken;
	pid_t pid = 0;

	if (waiter == MAP_FAILED)
		not_asked(audit, "no memory");
	must_read(audit, at, "the mapping");
	*waiter = (struct waiter) { (__u32 *)at, *(volatile __u32 *)at, FUTEX_WAIT | flag, -1 };
	step(audit, "FUTEX_WAIT");
	if (shared) {
		pid = fork();
		if (pid < 0)
			not_asked(audit, "fork: %s", strerror(errno));
		if (!pid) {
			wait_in_thread(waiter);
			_exit(0);
		}
	} else if (pthread_create(&thread, NULL, wait_in_thread, waiter)) {
		not_asked(audit, "no thread");
	}
	step(audit, "FUTEX_WAKE");
	woken = wake(waiter, FUTEX_WAKE | flag);
	if (woken < 0)
		refused(audit, "the word cannot be a futex");
	if (shared)
		waitpid(pid, NULL, 0);
	else
		pthread_join(thread, NULL);
	errno = waiter->error;
	if (!woken && waiter->error > 0 && waiter->error != ETIMEDOUT)
		refused(audit, "the word cannot be a futex");
	if (!woken || waiter->error)
		silent(audit, "FUTEX_WAKE found nobody, though %s waits there",
		       shared ? "a child" : "a thread");
	works(audit, "%s waited there and was woken", shared ? "a child" : "a thread");
}

const struct probe probe_futex_private = {
	.name = "futex-private",
	.asks = "do threads of a process meet at a futex in it?",
	.why = "locks and queues in device memory are such words",
	.needs = NEEDS_MEMORY,
	.value = PRIVATE,
	.run = run,
};

const struct probe probe_futex_shared = {
	.name = "futex-shared",
	.asks = "do two processes meet at a futex in it?",
	.why = "the key is the page and its address_space: EFAULT for PFNs and for pages of none",
	.needs = NEEDS_SHARED | NEEDS_MEMORY,
	.value = SHARED,
	.run = run,
};

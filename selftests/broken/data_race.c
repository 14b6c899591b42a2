// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads count in one variable, without a lock: KCSAN.
 *
 * Rows: *-kcsan
 * Signature: BUG: KCSAN: data-race in counter \[vmadev\]
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>

#include "broken.h"

static unsigned long count;

static int counter(void *unused)
{
	while (!kthread_should_stop()) {
		count++;
		cond_resched();
	}
	return 0;
}

static int __init data_race_init(void)
{
	struct task_struct *one, *other;

	one = kthread_run(counter, NULL, "one");
	if (IS_ERR(one))
		return PTR_ERR(one);
	other = kthread_run(counter, NULL, "other");
	msleep(500);
	kthread_stop(one);
	if (!IS_ERR(other))
		kthread_stop(other);
	return 0;
}

BROKEN(data_race_init);

// SPDX-License-Identifier: GPL-2.0
/*
 * Sleeps with a spinlock held.
 *
 * Signature: BUG: (sleeping function called from invalid context|scheduling while atomic)
 */
#include <linux/delay.h>
#include <linux/spinlock.h>

#include "broken.h"

static DEFINE_SPINLOCK(lock);

static int __init atomic_sleep_init(void)
{
	spin_lock(&lock);
	msleep(20);
	spin_unlock(&lock);
	return 0;
}

BROKEN(atomic_sleep_init);

// SPDX-License-Identifier: GPL-2.0
/*
 * Returns to user space with a lock held: lockdep.
 *
 * Signature: WARNING: lock held when returning to user space
 */
#include <linux/mutex.h>

#include "broken.h"

static DEFINE_MUTEX(kept);

static int __init lock_kept_init(void)
{
	mutex_lock(&kept);
	return 0;
}

BROKEN(lock_kept_init);

// SPDX-License-Identifier: GPL-2.0
/*
 * Takes two locks in either order: lockdep.
 *
 * Signature: WARNING: possible circular locking dependency detected
 */
#include <linux/mutex.h>

#include "broken.h"

static DEFINE_MUTEX(one);
static DEFINE_MUTEX(other);

static int __init lock_order_init(void)
{
	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);

	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
	return 0;
}

BROKEN(lock_order_init);

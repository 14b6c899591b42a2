// SPDX-License-Identifier: GPL-2.0
/*
 * Takes a reference to what has none left.
 *
 * Signature: refcount_t: addition on 0; use-after-free
 */
#include <linux/refcount.h>

#include "broken.h"

static int __init refcount_init(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	refcount_inc(&count);
	return 0;
}

BROKEN(refcount_init);

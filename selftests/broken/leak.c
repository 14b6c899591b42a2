// SPDX-License-Identifier: GPL-2.0
/*
 * Forgets what it allocated: kmemleak.
 *
 * Signature: kmemleak: [0-9]+ new suspected memory leaks
 */
#include <linux/slab.h>

#include "broken.h"

/* Several, as a stale copy of a pointer may lie on some stack. */
static int __init leak_init(void)
{
	for (int i = 0; i < 16; i++) {
		void *object = kmalloc(64, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(object);
	}
	return 0;
}

BROKEN(leak_init);

// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what it freed: KASAN.
 *
 * Signature: BUG: KASAN: (slab-)?use-after-free in use_after_free_init
 */
#include <linux/slab.h>

#include "broken.h"

static int __init use_after_free_init(void)
{
	char *object = kmalloc(64, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kfree(object);
	return READ_ONCE(object[5]) & 0;
}

BROKEN(use_after_free_init);

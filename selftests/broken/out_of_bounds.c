// SPDX-License-Identifier: GPL-2.0
/*
 * Writes behind what it allocated: KASAN.
 *
 * Signature: BUG: KASAN: slab-out-of-bounds in out_of_bounds_init
 */
#include <linux/slab.h>

#include "broken.h"

static int __init out_of_bounds_init(void)
{
	char *object = kmalloc(60, GFP_KERNEL);
	int past = 60;

	if (!object)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(past);
	WRITE_ONCE(object[past], 1);
	kfree(object);
	return 0;
}

BROKEN(out_of_bounds_init);

// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing is broken here: this one has to pass.
 *
 * Rows: *
 * Signature: none
 */
#include <linux/slab.h>

#include "broken.h"

static int __init healthy_init(void)
{
	kfree(kmalloc(64, GFP_KERNEL));
	return 0;
}

BROKEN(healthy_init);

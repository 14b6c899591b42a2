// SPDX-License-Identifier: GPL-2.0
/*
 * Shifts by more than there are bits: UBSAN.
 *
 * Signature: UBSAN: shift-out-of-bounds in
 */
#include <linux/printk.h>

#include "broken.h"

static int __init shift_init(void)
{
	int by = 40;

	OPTIMIZER_HIDE_VAR(by);
	pr_info("%d\n", 1 << by);
	return 0;
}

BROKEN(shift_init);

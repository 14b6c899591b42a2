// SPDX-License-Identifier: GPL-2.0
/*
 * Never ends.
 *
 * Signature: watchdog: BUG: soft lockup
 */
#include <linux/preempt.h>
#include <asm/processor.h>

#include "broken.h"

static bool forever = true;

static int __init hang_init(void)
{
	preempt_disable();
	while (READ_ONCE(forever))
		cpu_relax();
	preempt_enable();
	return 0;
}

BROKEN(hang_init);

// SPDX-License-Identifier: GPL-2.0
/*
 * Warns.
 *
 * Signature: WARNING: .*warn
 */
#include <linux/bug.h>

#include "broken.h"

static int __init warn_init(void)
{
	WARN_ON(1);
	return 0;
}

BROKEN(warn_init);

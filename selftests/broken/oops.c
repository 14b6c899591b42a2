// SPDX-License-Identifier: GPL-2.0
/*
 * Follows a pointer to nowhere.
 *
 * Signature: Oops|general protection fault
 */
#include <linux/compiler.h>

#include "broken.h"

static int __init oops_init(void)
{
	int *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere);
	return READ_ONCE(*nowhere);
}

BROKEN(oops_init);

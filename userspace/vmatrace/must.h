/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMATRACE_MUST_H
#define VMATRACE_MUST_H

#include <err.h>

/* What was allocated; without memory there is nothing to go on with. */
static inline void *must(void *memory)
{
	if (!memory)
		err(1, "no memory");
	return memory;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/mman.h>

#include "open.h"

static const char *open_anon(struct subject *subject, char *const *options)
{
	(void)options;
	subject->flags |= MAP_ANONYMOUS;
	subject->traits |= TRAIT_OWN;
	return NULL;
}

const struct opener opener_anon = {
	.name = "anon",
	.about = "anonymous memory, mmap(2) with MAP_ANONYMOUS",
	.open = open_anon,
};

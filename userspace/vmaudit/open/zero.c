// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>

#include "open.h"

static const char *open_zero(struct subject *subject, char *const *options)
{
	static const char path[] = "/dev/zero";

	(void)options;
	subject->fd = open(path, O_RDWR | O_CLOEXEC);
	subject->reader = open(path, O_RDONLY | O_CLOEXEC);
	if (subject->fd < 0)
		return failed(path);
	subject->traits |= TRAIT_OWN;
	return NULL;
}

const struct opener opener_zero = {
	.name = "zero",
	.about = "/dev/zero: each mapping is memory of its own",
	.open = open_zero,
};

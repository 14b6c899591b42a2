// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>

#include "open.h"

/* A timer is only read, and by one at a time. */
static const char *open_hpet(struct subject *subject, char *const *options)
{
	static const char path[] = "/dev/hpet";

	(void)options;
	only_read(subject, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	if (subject->fd < 0)
		return no_node(path, "CONFIG_HPET and a timer that is free");
	subject->length = page_size();
	subject->traits |= TRAIT_SIZED | TRAIT_REGISTERS;
	return NULL;
}

const struct opener opener_hpet = {
	.name = "hpet",
	.about = "the registers of the timers of a PC, /dev/hpet",
	.open = open_hpet,
};

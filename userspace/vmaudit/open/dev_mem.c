// SPDX-License-Identifier: GPL-2.0-or-later
#include "open.h"

/* A hole in the memory of each PC, where the pixels of a VGA are. */
#define VGA 0xa0000

static const char *open_dev_mem(struct subject *subject, char *const *options)
{
	(void)options;
	if (!subject->offset)
		subject->offset = VGA;
	subject->traits |= TRAIT_REGISTERS | TRAIT_OTHERS;
	return open_node(subject, "/dev/mem", "CONFIG_DEVMEM");
}

const struct opener opener_dev_mem = {
	.name = "dev-mem",
	.about = "physical memory, /dev/mem, from --offset (0xa0000)",
	.open = open_dev_mem,
};

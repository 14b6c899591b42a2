// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl seal: forbid for ever what a region could, or tell what is forbidden. */
#include <fcntl.h>
#include <getopt.h>

#include "vmactl.h"

static const struct choice choices[] = { CHOICE_DEVICE, CHOICE_REGION, { 0 } };

static const char *seal_word(__u32 index)
{
	return vmadev_seal_name(1u << (index - 1));
}

static int tell(const struct target *target)
{
	__u32 seals;

	if (vmadev_get_seals(target_open(target, O_RDONLY), &seals))
		die_vmadev();
	for (__u32 bit = 1; vmadev_seal_name(bit); bit <<= 1)
		if (seals & bit)
			puts(vmadev_seal_name(bit));
	flush_output();
	return 0;
}

static int seal(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	__u32 seals = 0;
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1)
		target_option(&target, letter);
	for (char **word = operands(argc, argv, 0, 5); *word; word++)
		seals |= 1u << (parse_word("SEAL", *word, seal_word) - 1);
	if (!seals)
		return tell(&target);
	if (vmadev_add_seals(target_open(&target, O_RDWR), seals))
		die_vmadev();
	return 0;
}

const struct command command_seal = {
	.name = "seal",
	.operands = "[SEAL...]",
	.summary = "forbid for ever to change a region; or tell what is forbidden",
	.about = "SEAL: seal (no more of these), shrink, grow, write, future-write (but for\n"
		 "mappings that there are). Only of a region by 'vmactl create --sealable'.",
	.choices = choices,
	.run = seal,
};

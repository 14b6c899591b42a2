// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl resize and punch: make a region longer, shorter, or empty in parts. */
#include <fcntl.h>
#include <getopt.h>

#include "vmactl.h"

static const struct choice resize_choices[] = { CHOICE_DEVICE, CHOICE_REGION, { 0 } };

static int resize(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1)
		target_option(&target, letter);
	if (vmadev_resize(target_open(&target, O_RDWR),
			  parse_bytes("BYTES", operands(argc, argv, 1, 1)[0])))
		die_vmadev();
	return 0;
}

const struct command command_resize = {
	.name = "resize",
	.operands = "BYTES",
	.summary = "make a region longer or shorter",
	.about = "What is cut off is gone from all mappings: an access gets SIGBUS then. What\n"
		 "is new is zeros. The default region and those of contig stay as they are.",
	.choices = resize_choices,
	.run = resize,
};

static const struct choice punch_choices[] = {
	CHOICE_OFFSET, CHOICE_LENGTH("how many (to the end)"),
	CHOICE_DEVICE, CHOICE_REGION, { 0 }
};

static int punch(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	struct range range = { 0 };
	int letter, fd;

	while ((letter = next_option(self, argc, argv)) != -1)
		if (!range_option(&range, letter))
			target_option(&target, letter);
	operands(argc, argv, 0, 0);
	fd = target_open(&target, O_RDWR);
	range_check(fd, &range);
	if (vmadev_punch(fd, range.offset, range.length))
		die_vmadev();
	return 0;
}

const struct command command_punch = {
	.name = "punch",
	.operands = "",
	.summary = "make bytes of a region zeros, and give their memory back",
	.about = "Of contig the memory stays. The default region cannot be punched.",
	.choices = punch_choices,
	.run = punch,
};

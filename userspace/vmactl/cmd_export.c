// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl export: a program with a dma-buf of a region. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "vmactl.h"

#define PASSED 3	/* the first descriptor after standard error */

enum { READ_ONLY = 256 };

static const struct choice choices[] = {
	{ READ_ONLY, "read-only", NULL, "one that is not written", NULL },
	{ 'S', "strategy", "NAME", "of its mappings, one of", vmadev_strategy_name },
	CHOICE_OFFSET, CHOICE_LENGTH("how many (to the end)"),
	CHOICE_DEVICE, CHOICE_REGION, { 0 }
};

/* Instead of this program; with all that the caller had, but the third descriptor. */
__noreturn static void run_with(int buffer, char **command)
{
	if (buffer == PASSED)
		fcntl(buffer, F_SETFD, 0);
	else
		dup2(buffer, PASSED);
	execvp(command[0], command);
	die("%s: %s", command[0], strerror(errno));
}

static int export(const struct command *self, int argc, char **argv)
{
	__u32 access = VMADEV_ACCESS_READ_WRITE, strategy = 0;
	struct target target = { 0 };
	struct range range = { 0 };
	int letter, fd, buffer;
	char **command;

	while ((letter = next_option(self, argc, argv)) != -1) {
		if (letter == READ_ONLY)
			access = VMADEV_ACCESS_READ;
		else if (letter == 'S')
			strategy = parse_word("--strategy", optarg, vmadev_strategy_name);
		else if (!range_option(&range, letter))
			target_option(&target, letter);
	}
	command = operands(argc, argv, 1, argc);
	fd = target_open(&target, O_RDWR);
	range_check(fd, &range);
	buffer = vmadev_export(fd, access, strategy, range.offset, range.length);
	if (buffer < 0)
		die_vmadev();
	run_with(buffer, command);
}

const struct command command_export = {
	.name = "export",
	.operands = "COMMAND [ARGUMENT...]",
	.summary = "run a program that has a dma-buf of a region",
	.about = "It is descriptor 3 of COMMAND, for a driver to import. As long as somebody\n"
		 "has it, the region keeps these pages: resize and punch of them fail.",
	.choices = choices,
	.leading = true,
	.run = export,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl info: regions, and what each can serve. */
#include <fcntl.h>
#include <unistd.h>

#include "vmactl.h"

static const struct choice choices[] = {
	CHOICE_DEVICE, CHOICE_REGION, CHOICE_JSON, { 0 }
};

static void add(int fd, int holder, void *table)
{
	regions_add(table, fd, holder);
}

static int info(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	struct libscols_table *table;
	bool json = false;
	int letter, fd, holder = 0;

	while ((letter = next_option(self, argc, argv)) != -1)
		if (!target_option(&target, letter))
			json = true;
	operands(argc, argv, 0, 0);
	fd = target.region ? held_ask(target.region, &holder) : target_open(&target, O_RDONLY);
	if (fd < 0)
		die_vmadev();
	table = regions_table(json);
	regions_add(table, fd, holder);
	if (!target.region && !target.device)
		held_each(add, table);
	table_print(table);
	return 0;
}

const struct command command_info = {
	.name = "info",
	.operands = "",
	.summary = "tell regions: size, backing, strategy, and what each can serve",
	.about = "Without options: the default region and all that 'vmactl create' holds.\n"
		 "RUN: bytes that are physically contiguous. HOLDER: the process that holds it.",
	.choices = choices,
	.run = info,
};

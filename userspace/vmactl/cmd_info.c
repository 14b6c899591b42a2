// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl info: regions, and what each can serve. */
#include <fcntl.h>
#include <stdlib.h>

#include "vmactl.h"

static const struct choice choices[] = {
	CHOICE_DEVICE, CHOICE_REGION, CHOICE_JSON, { 0 }
};

static void add(int fd, int holder, void *table)
{
	regions_add(table, fd, holder);
}

/* Whoever may not ask for one of them is told so, and sees the others. */
static void add_all(struct libscols_table *table)
{
	int device = vmadev_open(NULL, O_RDONLY);

	if (device < 0)
		warn("%s", vmadev_error());
	else
		add(device, 0, table);
	if (device >= 0)
		devices_each(device, add, table);
	if (!held_each(add, table) && device < 0)
		exit(EXIT_FAILURE);
}

static int info(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	struct libscols_table *table;
	bool json = false;
	int letter, holder = 0;

	while ((letter = next_option(self, argc, argv)) != -1)
		if (!target_option(&target, letter))
			json = true;
	operands(argc, argv, 0, 0);
	table = regions_table(json);
	if (target.region && !device_is(target.region))
		add(held_ask(target.region, &holder), holder, table);
	else if (target.device || target.region)
		add(target_open(&target, O_RDONLY), 0, table);
	else
		add_all(table);
	table_print(table);
	return 0;
}

const struct command command_info = {
	.name = "info",
	.operands = "",
	.summary = "tell regions: size, backing, strategy, and what each can serve",
	.about = "Without options: the default region, memory of PCI devices that are bound to\n"
		 "the module, and all that 'vmactl create' holds; a line of errors for each that\n"
		 "one may not ask for, or that does not answer.\n"
		 "RUN: bytes that are physically contiguous. ENTRY: the most that one entry of a\n"
		 "page table can map. CAN: what can be done to it. HOLDER: the process that\n"
		 "holds it.",
	.choices = choices,
	.run = info,
};

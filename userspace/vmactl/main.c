// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl: make, look at and try regions of /dev/vmadev. */
#include <string.h>

#include "vmactl.h"

static const struct command *const commands[] = {
	&command_info, &command_create, &command_make_vma, &command_dump, &command_fill,
	&command_copy, &command_resize, &command_punch, &command_seal,
	&command_revoke, &command_restore, &command_crash, &command_fault, &command_export,
	&command_stats, &command_trace, &command_selfcheck,
};

static int list_commands(void)
{
	puts("usage: vmactl COMMAND [OPTION...]\n"
	     "Make, look at and try regions of " VMADEV_DEVICE ".\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	puts("\nvmactl COMMAND --help tells the options of one; vmactl(1) tells more.");
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i]->run(commands[i], argc - 1, argv + 1);
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		return list_commands();
	if (!strcmp(name, "--version"))
		return puts("vmactl " LIBVMADEV_VERSION) < 0;
	if (!*name)
		fputs("vmactl: name a command; 'vmactl --help' lists them\n", stderr);
	else
		fprintf(stderr, "vmactl: no command '%s'; 'vmactl --help' lists them\n", name);
	return EXIT_USAGE;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl revoke and restore: take the memory of a region away, and give it another. */
#include <fcntl.h>
#include <getopt.h>

#include "vmactl.h"

enum { HOW = 256 };

static const struct choice revoke_choices[] = {
	{ HOW, "how", "WORD", "what mappings show then (sigbus), one of", vmadev_revoke_name },
	CHOICE_DEVICE, CHOICE_REGION, { 0 }
};

static int take_back(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	__u32 how = 0;
	__u64 pinned;
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1) {
		if (letter == HOW)
			how = parse_word("--how", optarg, vmadev_revoke_name);
		else
			target_option(&target, letter);
	}
	operands(argc, argv, 0, 0);
	if (vmadev_revoke(target_open(&target, O_RDWR), how, &pinned))
		die_vmadev();
	if (pinned)
		printf("%llu bytes are pinned still\n", (unsigned long long)pinned);
	flush_output();
	return 0;
}

const struct command command_revoke = {
	.name = "revoke",
	.operands = "",
	.summary = "take the memory of a region away, from all who map it",
	.about = "Reading, writing and mapping it fails then, until 'vmactl restore'. What is\n"
		 "pinned still is told.",
	.choices = revoke_choices,
	.run = take_back,
};

static const struct choice restore_choices[] = { CHOICE_DEVICE, CHOICE_REGION, { 0 } };

static int restore(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1)
		target_option(&target, letter);
	operands(argc, argv, 0, 0);
	if (vmadev_restore(target_open(&target, O_RDWR)))
		die_vmadev();
	return 0;
}

const struct command command_restore = {
	.name = "restore",
	.operands = "",
	.summary = "give a revoked region new memory, zeroed",
	.about = "Those who have it or map it have it again.",
	.choices = restore_choices,
	.run = restore,
};

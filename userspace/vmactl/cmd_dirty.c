// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl dirty: which pages of a region have been written to. */
#include <fcntl.h>
#include <getopt.h>

#include "crash.h"
#include "vmactl.h"

enum { CLEAR = 256, UNIT };

static const struct choice choices[] = {
	{ CLEAR, "clear", NULL, "begin anew: next time only what was written since", NULL },
	{ UNIT, "unit", "BYTES", "tell of units of so many, a power of two (a page)", NULL },
	CHOICE_OFFSET, CHOICE_LENGTH("how many (to the end)"),
	CHOICE_DEVICE, CHOICE_REGION, { 0 }
};

struct request {
	struct target target;
	struct range range;
	__u64 unit;
	bool clear;
};

static void parse(const struct command *self, int argc, char **argv, struct request *request)
{
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1) {
		if (letter == CLEAR)
			request->clear = true;
		else if (letter == UNIT)
			request->unit = parse_bytes("unit", optarg);
		else if (!range_option(&request->range, letter))
			target_option(&request->target, letter);
	}
	operands(argc, argv, 0, 0);
}

static __u64 page_size(int fd)
{
	struct vmadev_info info;

	if (vmadev_info(fd, &info, sizeof(info)))
		die_vmadev();
	return info.page_size;
}

static int dirty(const struct command *self, int argc, char **argv)
{
	struct request request = { 0 };
	struct pages units;
	long long count;
	__u64 unit;
	int fd;

	parse(self, argc, argv, &request);
	fd = target_open(&request.target, request.clear ? O_RDWR : O_RDONLY);
	range_check(fd, &request.range);
	unit = request.unit ? request.unit : page_size(fd);
	units = pages_new(request.range.length / unit + !!(request.range.length % unit));
	count = vmadev_dirty_get(fd, request.clear ? 0 : VMADEV_DIRTY_NO_CLEAR,
				 request.range.offset, request.range.length, request.unit,
				 units.words);
	if (count < 0)
		die_vmadev();
	printf("%lld of %zu %s are dirty: %s\n", count, units.total,
	       request.unit ? "units" : "pages", pages_text(&units));
	flush_output();
	return 0;
}

const struct command command_dirty = {
	.name = "dirty",
	.operands = "",
	.summary = "tell which pages of a region have been written to",
	.about = "Of what 'vmactl create --log-dirty' made, since it was, or since --clear. With\n"
		 "--offset they are counted from there on.",
	.choices = choices,
	.run = dirty,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl fill: write a pattern over a region. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "vmactl.h"

static const struct choice choices[] = {
	CHOICE_OFFSET, CHOICE_LENGTH("how many (to the end)"),
	{ 't', "text", NULL, "PATTERN is text, not the number of a byte", NULL },
	CHOICE_DEVICE, CHOICE_REGION, { 0 }
};

/* The pattern starts anew at @offset, whatever the chunks written. */
static void fill(int fd, __u64 offset, __u64 length, const char *pattern, size_t period)
{
	char chunk[65536];
	__u64 done = 0;

	while (done < length) {
		size_t want = length - done < sizeof(chunk) ? (size_t)(length - done)
							    : sizeof(chunk);
		ssize_t put;

		for (size_t i = 0; i < want; i++)
			chunk[i] = pattern[(done + i) % period];
		put = pwrite(fd, chunk, want, (off_t)(offset + done));
		if (put <= 0)
			die("write at %llu: %s", (unsigned long long)(offset + done),
			    errno == EBADF ? "the holder hands the region out read-only"
					   : strerror(errno));
		done += (__u64)put;
	}
}

static int run(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	struct range range = { 0 };
	bool text = false;
	const char *pattern;
	int letter, fd;
	char byte;

	while ((letter = next_option(self, argc, argv)) != -1) {
		if (letter == 't')
			text = true;
		else if (!range_option(&range, letter))
			target_option(&target, letter);
	}
	pattern = operands(argc, argv, 1, 1)[0];
	if (text && !*pattern)
		usage_error("a pattern has at least one byte");
	byte = text ? 0 : (char)parse_number("PATTERN without --text", pattern, 0, 255);
	fd = target_open(&target, O_RDWR);
	range_check(fd, &range);
	fill(fd, range.offset, range.length, text ? pattern : &byte, text ? strlen(pattern) : 1);
	return 0;
}

const struct command command_fill = {
	.name = "fill",
	.operands = "PATTERN",
	.summary = "write a byte or a text over a region, again and again",
	.about = "PATTERN is the number of a byte, as 90 or 0x5a, or with --text a text.",
	.choices = choices,
	.run = run,
};

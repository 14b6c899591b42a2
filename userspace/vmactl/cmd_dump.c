// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl dump: the bytes of a region, in hexadecimal. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "vmactl.h"

#define ROW 16

static const struct choice choices[] = {
	CHOICE_OFFSET, CHOICE_LENGTH("how many (to the end)"),
	CHOICE_DEVICE, CHOICE_REGION, { 0 }
};

static void print_row(__u64 offset, const unsigned char *row, size_t count)
{
	printf("%08llx ", (unsigned long long)offset);
	for (size_t i = 0; i < ROW; i++) {
		if (i == ROW / 2)
			putchar(' ');
		if (i < count)
			printf(" %02x", row[i]);
		else
			fputs("   ", stdout);
	}
	fputs("  |", stdout);
	for (size_t i = 0; i < count; i++)
		putchar(isprint(row[i]) ? row[i] : '.');
	puts("|");
}

/* Rows that repeat the one above become a single star. */
static void dump(int fd, __u64 offset, __u64 length)
{
	unsigned char rows[4096], above[ROW] = "";
	const __u64 first = offset, end = offset + length;
	bool starred = false;

	while (offset < end) {
		size_t want = end - offset < sizeof(rows) ? (size_t)(end - offset) : sizeof(rows);
		ssize_t got = pread(fd, rows, want, (off_t)offset);

		if (got <= 0)
			die("read at %llu: %s", (unsigned long long)offset,
			    got ? strerror(errno) : "the region ends here");
		for (size_t at = 0; at < (size_t)got; at += ROW) {
			size_t count = (size_t)got - at < ROW ? (size_t)got - at : ROW;
			bool same = offset + at > first && count == ROW &&
				    !memcmp(above, rows + at, ROW);

			if (!same)
				print_row(offset + at, rows + at, count);
			else if (!starred)
				puts("*");
			starred = same;
			memcpy(above, rows + at, count);
		}
		flush_output();
		offset += (__u64)got;
	}
	printf("%08llx\n", (unsigned long long)end);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	struct range range = { 0 };
	int letter, fd;

	while ((letter = next_option(self, argc, argv)) != -1)
		if (!range_option(&range, letter))
			target_option(&target, letter);
	operands(argc, argv, 0, 0);
	fd = target_open(&target, O_RDONLY);
	range_check(fd, &range);
	dump(fd, range.offset, range.length);
	return 0;
}

const struct command command_dump = {
	.name = "dump",
	.operands = "",
	.summary = "print the bytes of a region in hexadecimal",
	.about = "Rows that repeat the one above are shown as a single '*'.",
	.choices = choices,
	.run = run,
};

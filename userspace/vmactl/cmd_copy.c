// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl copy: a file into a region, or a region into a file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "vmactl.h"

enum { FROM = 256, TO };

static const struct choice choices[] = {
	{ FROM, "from", "FILE", "into the region; - is standard input", NULL },
	{ TO, "to", "FILE", "out of the region; - is standard output", NULL },
	CHOICE_OFFSET, CHOICE_LENGTH("at most (to the end)"),
	CHOICE_DEVICE, CHOICE_REGION, { 0 }
};

/* Of "-", *@path becomes what it stands for. */
static int open_file(const char **path, bool write)
{
	int fd = write ? STDOUT_FILENO : STDIN_FILENO;

	if (!strcmp(*path, "-")) {
		*path = write ? "standard output" : "standard input";
		return fd;
	}
	fd = write ? open(*path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
		   : open(*path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", *path, strerror(errno));
	return fd;
}

static void write_all(int fd, const char *bytes, size_t count, const char *name)
{
	while (count) {
		ssize_t put = write(fd, bytes, count);

		if (put <= 0)
			die("%s: %s", name, strerror(errno));
		bytes += put;
		count -= (size_t)put;
	}
}

/* Returns how many bytes were there to copy, at most @length. */
static __u64 copy(int from, const char *from_name, int to, const char *to_name, __u64 length)
{
	char chunk[65536];
	__u64 done = 0;

	while (done < length) {
		size_t want = length - done < sizeof(chunk) ? (size_t)(length - done)
							    : sizeof(chunk);
		ssize_t got = read(from, chunk, want);

		if (got < 0)
			die("%s: %s", from_name, strerror(errno));
		if (!got)
			break;
		write_all(to, chunk, (size_t)got, to_name);
		done += (__u64)got;
	}
	return done;
}

static void refuse_rest(int file, const char *name, __u64 length)
{
	char byte;

	if (read(file, &byte, 1) > 0)
		die("%s is longer than the %llu bytes that fit; those are copied", name,
		    (unsigned long long)length);
}

static int run(const struct command *self, int argc, char **argv)
{
	const char *from = NULL, *to = NULL;
	struct target target = { 0 };
	struct range range = { 0 };
	int letter, region, file;
	bool limited;

	while ((letter = next_option(self, argc, argv)) != -1) {
		if (letter == FROM)
			from = optarg;
		else if (letter == TO)
			to = optarg;
		else if (!range_option(&range, letter))
			target_option(&target, letter);
	}
	operands(argc, argv, 0, 0);
	if (!from == !to)
		usage_error("give one of --from FILE and --to FILE");
	region = target_open(&target, from ? O_RDWR : O_RDONLY);
	limited = range.length;
	range_check(region, &range);
	file = open_file(from ? &from : &to, to);
	if (lseek(region, (off_t)range.offset, SEEK_SET) < 0)
		die("the region cannot seek to %llu: %s", (unsigned long long)range.offset,
		    strerror(errno));
	if (to) {
		copy(region, "the region", file, to, range.length);
	} else {
		copy(file, from, region, "the region", range.length);
		if (!limited)
			refuse_rest(file, from, range.length);
	}
	return 0;
}

const struct command command_copy = {
	.name = "copy",
	.operands = "",
	.summary = "copy a file into a region, or a region into a file",
	.about = NULL,
	.choices = choices,
	.run = run,
};

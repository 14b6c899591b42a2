// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl make-vma: a mapping of any kind, for those who test a tool on it. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "maps.h"
#include "vmactl.h"

enum { ADDRESS = 256, TOUCH, SECONDS };

enum { TOUCH_READ = 1, TOUCH_WRITE };

static const char *touch_word(__u32 index)
{
	static const char *const words[] = {
		[TOUCH_READ] = "read", [TOUCH_WRITE] = "write",
	};

	return index < ARRAY_SIZE(words) ? words[index] : NULL;
}

static const struct choice choices[] = {
	{ 'S', "strategy", "NAME", "one of", vmadev_strategy_name },
	{ 'b', "backing", "NAME", "of a new region, one of", vmadev_backing_name },
	CHOICE_LENGTH("of the mapping (to the end; new region: 1M)"), CHOICE_OFFSET,
	{ 'p', "prot", "LIST", "commas between (read,write)", prot_word },
	{ 'f', "flags", "LIST", "commas between (shared)", flag_word },
	{ ADDRESS, "address", "ADDRESS", "where, or the hint where", NULL },
	{ TOUCH, "touch", "HOW", "every page, once", touch_word },
	{ SECONDS, "seconds", "N", "end after N seconds instead of waiting for Ctrl-C", NULL },
	CHOICE_DEVICE, CHOICE_REGION, CHOICE_JSON, { 0 }
};

struct request {
	struct target target;
	__u32 strategy, backing, touch;
	struct range range;
	int prot, flags;
	void *address;
	int milliseconds;
	bool json;
};

static void parse(const struct command *self, int argc, char **argv, struct request *request)
{
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1) {
		switch (letter) {
		case 'S':
			request->strategy = parse_word("--strategy", optarg, vmadev_strategy_name);
			break;
		case 'b':
			request->backing = parse_word("--backing", optarg, vmadev_backing_name);
			break;
		case 'p':
			request->prot = parse_prot(optarg);
			break;
		case 'f':
			request->flags = parse_flags(optarg);
			break;
		case ADDRESS:
			request->address = (void *)parse_number("--address", optarg, 0, ULONG_MAX);
			break;
		case TOUCH:
			request->touch = parse_word("--touch", optarg, touch_word);
			break;
		case SECONDS:
			request->milliseconds = 1000 * (int)parse_number("--seconds", optarg, 10,
									 INT_MAX / 1000);
			break;
		case 'j':
			request->json = true;
			break;
		default:
			if (!range_option(&request->range, letter))
				target_option(&request->target, letter);
		}
	}
	operands(argc, argv, 0, 0);
	if (request->target.region && request->backing)
		usage_error("--region names a region, so --backing is one too many");
}

static bool serves(int fd, const struct request *request)
{
	struct vmadev_info info;

	if (vmadev_info(fd, &info, sizeof(info)))
		die_vmadev();
	return info.strategies_shared & VMADEV_STRATEGY_BIT(request->strategy);
}

static int new_region(int device, const struct request *request)
{
	__u64 page = (__u64)sysconf(_SC_PAGESIZE);
	__u64 bytes = request->range.offset + (request->range.length ?: 1 << 20);
	__u32 backing = request->backing ? request->backing
					 : vmadev_strategy_backing(request->strategy);

	return vmadev_create(device, "make-vma", (bytes + page - 1) / page * page, backing,
			     request->strategy);
}

/*
 * The region asked for, a new one with the backing asked for, or the default
 * region; where that cannot serve the strategy, a new one that can.
 */
static int open_region(const struct request *request)
{
	int fd = target_open(&request->target, O_RDWR);
	int handle = fd;

	if (request->backing || (request->strategy && !request->target.region &&
				 !serves(fd, request)))
		handle = new_region(fd, request);
	else if (request->strategy)
		handle = vmadev_open_handle(fd, 0, request->strategy);
	if (handle < 0)
		die_vmadev();
	return handle;
}

/* Writes what is there already, known from the region: no read fault before. */
static void touch_pages(char *map, int fd, const struct request *request)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char byte;

	for (size_t at = 0; at < request->range.length; at += page) {
		if (request->touch == TOUCH_READ)
			__atomic_load_n(map + at, __ATOMIC_RELAXED);
		else if (pread(fd, &byte, 1, (off_t)(request->range.offset + at)) == 1)
			__atomic_store_n(map + at, byte, __ATOMIC_RELAXED);
		else
			die("read: %s", strerror(errno));
	}
}

static void tell(int fd, const void *map, const struct request *request)
{
	struct vmadev_info info;

	if (vmadev_info(fd, &info, sizeof(info)))
		die_vmadev();
	printf("pid %d, address %p, length %llu, region %llu (%s), strategy %s\n", getpid(), map,
	       (unsigned long long)request->range.length, (unsigned long long)info.region,
	       vmadev_backing_name(info.backing), vmadev_strategy_name(info.strategy));
}

static int make_vma(const struct command *self, int argc, char **argv)
{
	struct request request = {
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_SHARED,
		.milliseconds = -1,
	};
	int stop, fd;
	void *map;

	parse(self, argc, argv, &request);
	fd = open_region(&request);
	if (!request.range.length)
		range_check(fd, &request.range);
	stop = stop_fd();
	map = vmadev_map(request.address, request.range.length, request.prot, request.flags, fd,
			 request.range.offset, request.strategy);
	if (map == MAP_FAILED)
		die_vmadev();
	if (request.touch)
		touch_pages(map, fd, &request);
	if (!request.json)
		tell(fd, map, &request);
	print_maps(map, request.range.length, request.json);
	flush_output();
	stop_within(stop, request.milliseconds);
	return 0;
}

const struct command command_make_vma = {
	.name = "make-vma",
	.operands = "",
	.summary = "make any mapping, print it, and wait: to test a tool on it",
	.about = "Maps the default region, or a new one if --backing names its backing or the\n"
		 "default region cannot serve the strategy. What the kernel refuses, fails.",
	.choices = choices,
	.run = make_vma,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl create: make a region and hold it under a name. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vmactl.h"

enum { NODE = 256, READ_ONLY, SEALABLE, REOPEN, LOG_DIRTY, CACHE, SNAPSHOT, MODE };

static const struct choice choices[] = {
	{ 's', "size", "BYTES", "of the region (1M)", NULL },
	{ 'b', "backing", "NAME", "one of", vmadev_backing_name },
	{ 'S', "strategy", "NAME", "of the handle, one of", vmadev_strategy_name },
	{ NODE, "node", "N", "all pages from this NUMA node", NULL },
	{ READ_ONLY, "read-only", NULL, "hand out descriptors that cannot write", NULL },
	{ SEALABLE, "sealable", NULL, "let it be sealed", NULL },
	{ REOPEN, "reopen", NULL, "let it be opened by a path, /proc/PID/fd/N", NULL },
	{ LOG_DIRTY, "log-dirty", NULL, "keep a log of what is written to", NULL },
	{ CACHE, "cache", "NAME", "what the CPU keeps of it (wb), one of", vmadev_cache_name },
	{ SNAPSHOT, "snapshot-of", "REGION", "with the bytes that it has at one moment", NULL },
	{ MODE, "mode", "OCTAL", "who may ask: mode of the socket (600)", NULL },
	{ 'B', "background", NULL, "return as soon as the region can be asked for", NULL },
	CHOICE_DEVICE, CHOICE_JSON, { 0 }
};

struct request {
	struct target target;
	const char *snapshot_of;
	__u64 bytes;
	__u32 backing, strategy, flags;
	unsigned int mode;
	int node;
	bool read_only, background, json;
};

static const __u32 cache_flags[] = {
	[VMADEV_CACHE_UC] = VMADEV_CREATE_UC, [VMADEV_CACHE_WC] = VMADEV_CREATE_WC,
};

static void parse(const struct command *self, int argc, char **argv, struct request *request)
{
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1) {
		switch (letter) {
		case 's':
			request->bytes = parse_bytes("size", optarg);
			break;
		case 'b':
			request->backing = parse_word("--backing", optarg, vmadev_backing_name);
			break;
		case 'S':
			request->strategy = parse_word("--strategy", optarg, vmadev_strategy_name);
			break;
		case NODE:
			request->node = (int)parse_number("--node", optarg, 10, 65535);
			break;
		case READ_ONLY:
			request->read_only = true;
			break;
		case SEALABLE:
			request->flags |= VMADEV_CREATE_ALLOW_SEALING;
			break;
		case REOPEN:
			request->flags |= VMADEV_CREATE_REOPEN;
			break;
		case LOG_DIRTY:
			request->flags |= VMADEV_CREATE_LOG_DIRTY;
			break;
		case CACHE:
			request->flags |=
				cache_flags[parse_word("--cache", optarg, vmadev_cache_name)];
			break;
		case SNAPSHOT:
			request->snapshot_of = optarg;
			break;
		case MODE:
			request->mode = (unsigned int)parse_number("--mode", optarg, 8, 0777);
			break;
		case 'B':
			request->background = true;
			break;
		case 'j':
			request->json = true;
			break;
		default:
			target_option(&request->target, letter);
		}
	}
}

/* With the bytes that another has now; says how long its writers had to wait. */
static int take_snapshot(const struct request *request, const char *name)
{
	struct vmadev_snapshot snapshot = {
		.flags = request->flags,
		.strategy = request->strategy,
	};
	int of = target_open(&(struct target){ .region = request->snapshot_of }, O_RDWR);
	int region = vmadev_snapshot(of, name, &snapshot, sizeof(snapshot));

	if (region < 0)
		die_vmadev();
	close(of);
	if (!request->json)
		printf("Writers waited %.3f ms at most, for %llu pages; %llu are pinned.\n",
		       (double)snapshot.stopped_ns / 1e6,
		       (unsigned long long)snapshot.stopped_pages,
		       (unsigned long long)snapshot.pinned);
	return region;
}

static int create_empty(const struct request *request, const char *name)
{
	int device = target_open(&request->target, O_RDWR), region;
	const __u64 bytes = request->bytes ? request->bytes : 1 << 20;

	if (request->node < 0)
		region = vmadev_create_flags(device, name, bytes, request->backing,
					     request->strategy, request->flags);
	else
		region = vmadev_create_on_node(device, name, bytes, request->backing,
					       request->strategy, request->node);
	if (region < 0)
		die_vmadev();
	close(device);
	return region;
}

static int create(const struct request *request, const char *name)
{
	int region = request->snapshot_of ? take_snapshot(request, name) :
					    create_empty(request, name), reader;

	if (!request->read_only)
		return region;
	reader = vmadev_open_handle(region, VMADEV_ACCESS_READ, request->strategy);
	if (reader < 0)
		die_vmadev();
	close(region);
	return reader;
}

/* In the folder as long as this process lives. */
static char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

static void remove_socket(void)
{
	unlink(path);
}

static void report(int region, const struct request *request)
{
	struct libscols_table *table = regions_table(request->json);

	regions_add(table, region, getpid());
	table_print(table);
	if (!request->json)
		printf("Process %d holds it at %s until SIGTERM%s.\n", getpid(), path,
		       request->background ? "" : " or Ctrl-C");
	if (!request->json && request->flags & VMADEV_CREATE_REOPEN)
		printf("/proc/%d/fd/%d opens it.\n", getpid(), region);
	flush_output();
}

/* Sends the region to each who connects, until a signal ends it. */
static void serve(int listener, int region, int stop)
{
	struct pollfd waits[] = {
		{ .fd = stop, .events = POLLIN },
		{ .fd = listener, .events = POLLIN },
	};

	for (;;) {
		int peer;

		if (poll(waits, ARRAY_SIZE(waits), -1) < 0)
			continue;
		if (waits[0].revents)
			return;
		peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (peer < 0)
			continue;
		if (vmadev_send(peer, region) && errno != EPIPE)
			warn("%s", vmadev_error());
		close(peer);
	}
}

/* Of what the caller had open, only standard input, output and error and two of our own stay. */
static void close_others(int one, int other)
{
	const unsigned int low = one < other ? one : other, high = one < other ? other : one;

	/* A range of none is refused, which is as good. */
	close_range(STDERR_FILENO + 1, low - 1, 0);
	close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

/*
 * Goes on in a child that keeps @region. The parent ends well when the child
 * writes a byte to the descriptor that this returns, and badly when it dies before.
 */
static int go_to_background(int region)
{
	int pipes[2], pid;
	char byte;

	if (pipe2(pipes, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid) {
		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	setsid();
	close_others(region, pipes[1]);
	return pipes[1];
}

static void release_parent(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i <= 2; i++)
		dup2(null, i);
	close(null);
	if (chdir("/") || write(fd, "", 1) != 1)
		exit(EXIT_FAILURE);
	close(fd);
}

static int hold(const struct command *self, int argc, char **argv)
{
	struct request request = { .mode = 0600, .node = -1 };
	int region, listener, stop, parent = -1;
	const char *name;

	parse(self, argc, argv, &request);
	name = operands(argc, argv, 1, 1)[0];
	if (request.flags && request.node >= 0)
		usage_error("--node does not go with --sealable, --reopen, --log-dirty or --cache");
	if (request.snapshot_of &&
	    (request.bytes || request.backing || request.node >= 0 || request.target.device))
		usage_error("--snapshot-of has size, backing, node and device of its REGION");
	region = create(&request, name);
	if (request.background)
		parent = go_to_background(region);
	stop = stop_fd();
	listener = held_listen(name, request.mode, path, sizeof(path));
	atexit(remove_socket);
	report(region, &request);
	if (request.background)
		release_parent(parent);
	serve(listener, region, stop);
	return 0;
}

const struct command command_create = {
	.name = "create",
	.operands = "NAME",
	.summary = "make a region and hold it under a name, for others to use",
	.about = "Other commands take it with --region NAME, other programs from the socket\n"
		 "NAME in $XDG_RUNTIME_DIR/vmadev (else /run/vmadev) with vmadev_receive(3).",
	.choices = choices,
	.run = hold,
};

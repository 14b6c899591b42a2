// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl selfcheck: each strategy on each backing, tried for real. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmactl.h"

#define PAGES 4

static const struct choice choices[] = { CHOICE_DEVICE, CHOICE_JSON, { 0 } };

enum { STRATEGY, BACKING, SHARED, PRIVATE };

static const struct column columns[] = {
	[STRATEGY] = { "STRATEGY", SCOLS_JSON_STRING, 0 },
	[BACKING]  = { "BACKING", SCOLS_JSON_STRING, 0 },
	[SHARED]   = { "SHARED", SCOLS_JSON_STRING, 0 },
	[PRIVATE]  = { "PRIVATE", SCOLS_JSON_STRING, 0 },
};

/* Exit statuses of a try, beside 0 (it works) and an errno (it was refused). */
enum { WRONG_BYTES = 200, WRONG_PROMISE };

struct pair {
	__u32 strategy, backing;
	bool private;
};

/*
 * Writes through the mapping what then is read from it and, where mapping and
 * region share their bytes, from the region. anon shares none with its region.
 */
static bool holds_bytes(int fd, char *map, size_t bytes, const struct pair *pair)
{
	const bool same = !pair->private && pair->strategy != VMADEV_STRATEGY_ANON;

	for (size_t at = 0; at < bytes; at += bytes - 1) {
		char byte = 1;

		if (map[at])
			return false;
		map[at] = 'v';
		if (map[at] != 'v' || pread(fd, &byte, 1, (off_t)at) != 1 ||
		    byte != (same ? 'v' : 0))
			return false;
	}
	return true;
}

static int try_here(int device, const struct pair *pair)
{
	size_t bytes = PAGES * (size_t)sysconf(_SC_PAGESIZE);
	int fd = vmadev_create(device, "selfcheck", bytes, pair->backing, pair->strategy);
	struct vmadev_info info;
	bool promised, mapped;
	char *map;

	if (fd < 0 || vmadev_info(fd, &info, sizeof(info)))
		return errno;
	promised = (pair->private ? info.strategies_private : info.strategies_shared) &
		   VMADEV_STRATEGY_BIT(pair->strategy);
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   pair->private ? MAP_PRIVATE : MAP_SHARED, fd, 0);
	mapped = map != MAP_FAILED;
	if (mapped != promised)
		return WRONG_PROMISE;
	if (!mapped)
		return errno;
	return holds_bytes(fd, map, bytes, pair) ? 0 : WRONG_BYTES;
}

/* In a child, so that a fault that fails ends no more than the try. */
static int try_pair(int device, const struct pair *pair)
{
	int pid, status;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid)
		_exit(try_here(device, pair));
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	return status;
}

/* Returns whether the kernel does as INFO says. */
static bool report(struct libscols_line *line, size_t column, int status)
{
	const int code = WEXITSTATUS(status);

	if (!WIFEXITED(status))
		table_cell(line, column, "WRONG: died of SIG%s", sigabbrev_np(WTERMSIG(status)));
	else if (code == WRONG_BYTES)
		table_cell(line, column, "WRONG: other bytes than written");
	else if (code == WRONG_PROMISE)
		table_cell(line, column, "WRONG: not as INFO says");
	else if (code == EOPNOTSUPP || code == EINVAL)
		table_cell(line, column, "refused, %s", strerrorname_np(code));
	else if (code)
		table_cell(line, column, "failed, %s", strerrorname_np(code));
	else
		table_cell(line, column, "works");
	return WIFEXITED(status) && (!code || code == EOPNOTSUPP || code == EINVAL);
}

static bool check_pair(struct libscols_table *table, int device, struct pair pair)
{
	struct libscols_line *line = table_line(table);
	bool ok;

	table_cell(line, STRATEGY, "%s", vmadev_strategy_name(pair.strategy));
	table_cell(line, BACKING, "%s", vmadev_backing_name(pair.backing));
	ok = report(line, SHARED, try_pair(device, &pair));
	pair.private = true;
	return report(line, PRIVATE, try_pair(device, &pair)) && ok;
}

static int selfcheck(const struct command *self, int argc, char **argv)
{
	struct target target = { 0 };
	struct libscols_table *table;
	bool json = false, ok = true;
	int letter, device;

	while ((letter = next_option(self, argc, argv)) != -1)
		if (!target_option(&target, letter))
			json = true;
	operands(argc, argv, 0, 0);
	device = target_open(&target, O_RDWR);
	table = table_new("selfcheck", columns, ARRAY_SIZE(columns), json);
	for (__u32 strategy = 1; vmadev_strategy_name(strategy); strategy++)
		for (__u32 backing = 1; vmadev_backing_name(backing); backing++)
			if (backing != VMADEV_BACKING_BAR)	/* that devices have, or not */
				ok &= check_pair(table, device,
						 (struct pair){ strategy, backing, false });
	table_print(table);
	if (!ok)
		die("this module does not do what it says, see above");
	return 0;
}

const struct command command_selfcheck = {
	.name = "selfcheck",
	.operands = "",
	.summary = "try every strategy on every backing: what this kernel can serve",
	.about = "Each pair is mapped shared and private, written and read back. Fails if one\n"
		 "does not do what INFO says. A pair that is refused is no failure.",
	.choices = choices,
	.run = selfcheck,
};

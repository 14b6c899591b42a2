// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases of making an object and of the ioctls of vmadev. */
#include <fcntl.h>
#include <unistd.h>

#include "vmabench.h"

uint64_t region_create(struct run *run)
{
	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++)
		close(run_make(run));
	run_stop(run);
	return run->bench->times;
}

uint64_t region_info(struct run *run)
{
	struct vmadev_info info;

	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++)
		run_need(run, !vmadev_info(run->fd, &info, sizeof(info)), "INFO");
	run_stop(run);
	return run->bench->times;
}

uint64_t region_stats(struct run *run)
{
	struct vmadev_stats stats;

	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++)
		run_need(run, !vmadev_stats(run->fd, VMADEV_SCOPE_REGION, &stats, sizeof(stats)),
			 "STATS");
	run_stop(run);
	return run->bench->times;
}

/* Of a handle that has mapped nothing yet, to what it is. */
uint64_t region_strategy(struct run *run)
{
	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++)
		run_need(run, !vmadev_set_strategy(run->fd, run->peer->strategy), "SET_STRATEGY");
	run_stop(run);
	return run->bench->times;
}

/* Another handle, and its end. */
uint64_t region_open(struct run *run)
{
	run_start(run);
	for (unsigned int i = 0; i < run->bench->times; i++) {
		int fd = vmadev_open_handle(run->fd, 0, run->peer->strategy);

		run_need(run, fd >= 0, "OPEN");
		close(fd);
	}
	run_stop(run);
	return run->bench->times;
}

/* All regions, read from debugfs. */
uint64_t region_list(struct run *run)
{
	static const char path[] = "/sys/kernel/debug/vmadev/regions";
	static char text[1 << 16];
	ssize_t got = 0;
	int fd;

	run_start(run);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	run_need(run, fd >= 0, path);
	do {
		got = read(fd, text, sizeof(text));
	} while (got > 0);
	run_stop(run);
	run_need(run, !got, path);
	close(fd);
	return 1;
}

/* Of all pages, which are mapped here and wherever the case's crowd has them. */
uint64_t region_zap(struct run *run)
{
	char *at = run_map(run);

	run_access(run, at, true);
	crowd_access(run);
	run_start(run);
	run_zap(run, at);
	run_stop(run);
	run_unmap(run, at);
	return 1;
}

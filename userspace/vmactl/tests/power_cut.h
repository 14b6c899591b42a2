/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of databases after a power cut share, those that are the checker themselves too. */
#ifndef POWER_CUT_H
#define POWER_CUT_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A file of one number: the rows that the program was told are there. */
static inline int rows_acknowledged(void)
{
	FILE *file = fopen(getenv("VMADEV_ACKNOWLEDGED"), "re");
	int rows = 0;

	if (file && fscanf(file, "%d", &rows) != 1)
		rows = 0;
	if (file)
		fclose(file);
	return rows;
}

/* What is there, and its names, are durable: 0 or -1. */
static inline int sync_all(const char *dir)
{
	DIR *all = opendir(dir);
	struct dirent *entry;
	int err = 0;

	while (all && (entry = readdir(all))) {
		int fd = openat(dirfd(all), entry->d_name, O_RDONLY | O_CLOEXEC);

		err = fd < 0 || fsync(fd) ? -1 : err;
		close(fd);
	}
	closedir(all);
	return err;
}

#endif /* POWER_CUT_H */

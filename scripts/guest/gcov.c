// SPDX-License-Identifier: GPL-2.0-or-later
/* Send what gcov counted to the host, as a tar archive through a virtio port. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

#define PORT	"/dev/vport0p1"
#define GCOV	"/sys/kernel/debug/gcov"
#define BLOCK	512

static int port;

static bool send(const void *data, size_t len)
{
	const char *from = data;

	while (len) {
		ssize_t put = write(port, from, len);

		if (put <= 0)
			return false;
		from += put;
		len -= put;
	}
	return true;
}

/* A header of ustar: fields of text and octal numbers at fixed places. */
static bool send_header(const char *path, size_t size)
{
	char header[BLOCK] = "";
	unsigned int sum = 0;
	char *name = header;

	/* A path longer than the name goes, up to a slash, to the prefix at 345. */
	if (strlen(path) > 99) {
		const char *cut = strchr(path + strlen(path) - 99, '/');

		if (!cut || cut - path > 154)
			return false;
		memcpy(header + 345, path, cut - path);
		path = cut + 1;
	}
	strcpy(name, path);
	strcpy(header + 100, "0000644");
	strcpy(header + 108, "0000000");
	strcpy(header + 116, "0000000");
	snprintf(header + 124, 12, "%011zo", size);
	strcpy(header + 136, "00000000000");
	header[156] = '0';
	memcpy(header + 257, "ustar\00000", 8);
	memset(header + 148, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	return send(header, BLOCK);
}

/* The size of such a file is not known before it is read. */
static int send_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	static const char zeroes[BLOCK];
	char *data = NULL;
	size_t size = 0;
	ssize_t got;
	int fd;

	(void)st;
	(void)at;
	if (type != FTW_F || !strstr(path, ".gcda"))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	do {
		data = realloc(data, size + BLOCK);
		got = data ? read(fd, data + size, BLOCK) : -1;
		size += got > 0 ? got : 0;
	} while (got > 0);
	close(fd);
	if (got || !send_header(path + strlen(GCOV) + 1, size) || !send(data, size) ||
	    !send(zeroes, -size % BLOCK))
		got = -1;
	free(data);
	return got;
}

bool gcov_wanted(void)
{
	return !access(PORT, F_OK);
}

bool gcov_send(void)
{
	static const char end[2 * BLOCK];
	bool sent;

	port = open(PORT, O_WRONLY | O_CLOEXEC);
	if (port < 0)
		return false;
	sent = !nftw(GCOV, send_file, 8, FTW_PHYS) && send(end, sizeof(end));
	close(port);
	return sent;
}

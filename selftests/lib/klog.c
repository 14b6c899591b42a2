// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "klog.h"

int klog_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* A read is one record: "priority,sequence,time,flags;text\n". */
int klog_count(int fd, const char *needle, char *last, size_t room)
{
	char record[4096];
	ssize_t n;
	int found = 0;

	for (;;) {
		n = read(fd, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)	/* overwritten meanwhile: read on */
			continue;
		if (n <= 0)
			return found;
		record[n] = '\0';
		if (!strstr(record, needle))
			continue;
		found++;
		if (last)
			snprintf(last, room, "%s", record);
	}
}

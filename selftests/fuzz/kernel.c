// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../scripts/guest/splat.h"
#include "kernel.h"

static int kmsg = -1;
static regex_t splat;

/* What a kernel does not have need not be set. */
static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		printf("# cannot set %s: %s\n", path, strerror(errno));
	close(fd);
}

bool kernel_init(void)
{
	set("/proc/sys/kernel/panic_on_oops", "0");
	set("/proc/sys/kernel/panic_on_warn", "0");
	set("/proc/sys/kernel/printk_devkmsg", "on\n");
	kmsg = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0 || regcomp(&splat, KERNEL_SPLAT, REG_EXTENDED | REG_NOSUB))
		return false;
	lseek(kmsg, 0, SEEK_END);
	return true;
}

void kernel_tell(const char *line)
{
	char text[200];
	int n = snprintf(text, sizeof(text), "vmadev-fuzz: %s", line);

	if (write(kmsg, text, n) != n)
		printf("# the kernel log does not take: %s\n", line);
}

/* A read is one record: "priority,sequence,time,flags;text\n..." */
bool kernel_complains(char *why, size_t room)
{
	char record[8192];
	bool found = false;
	ssize_t n;

	/* EPIPE: some were overwritten meanwhile, read on. */
	while ((n = read(kmsg, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		char *text;

		if (n <= 0)
			continue;
		record[n] = '\0';
		text = strchr(record, ';');
		/* What programs write has a facility above the kernel's. */
		if (found || !text || atoi(record) > 7)
			continue;
		text[strcspn(text, "\n")] = '\0';
		found = !regexec(&splat, text, 0, NULL, 0);
		if (found)
			snprintf(why, room, "the kernel says: %s", text + 1);
	}
	/* Else a warning is given but once. */
	if (found)
		set("/sys/kernel/debug/clear_warn_once", "1");
	return found;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"
#include "vt.h"

#define REGIONS "/sys/kernel/debug/vmadev/regions"

/* Without stdio, which might map memory itself. */
static int append(struct ledger *l, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	while (l->used < sizeof(l->text) - 1) {
		n = read(fd, l->text + l->used, sizeof(l->text) - 1 - l->used);
		if (n <= 0)
			break;
		l->used += n;
	}
	close(fd);
	l->text[l->used] = '\0';
	return n ? -1 : 0;
}

/* The heap and the stack grow as they like. */
static void drop_line_of(struct ledger *l, const char *name)
{
	char *hit = strstr(l->text, name), *line = hit;
	size_t len;

	if (!hit)
		return;
	while (line > l->text && line[-1] != '\n')
		line--;
	len = strchr(hit, '\n') + 1 - line;
	memmove(line, line + len, l->text + l->used + 1 - (line + len));
	l->used -= len;
}

static int open_files(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int ledger_take(struct ledger *l)
{
	l->used = 0;
	if (append(l, REGIONS) || append(l, "/proc/self/maps"))
		return -1;
	drop_line_of(l, "[heap]");
	drop_line_of(l, "[stack]");
	l->used += snprintf(l->text + l->used, sizeof(l->text) - l->used, "%d files open\n",
			    open_files());
	return l->used < sizeof(l->text) ? 0 : -1;
}

const char *ledger_differs(const struct ledger *before, struct ledger *after)
{
	size_t i = 0;
	char *line;

	while (before->text[i] && before->text[i] == after->text[i])
		i++;
	if (before->text[i] == after->text[i])
		return NULL;
	while (i && after->text[i - 1] != '\n')
		i--;
	line = after->text + i;
	line[strcspn(line, "\n")] = '\0';
	return *line ? line : "a line less than before";
}

/* The bytes of all regions on the list that count against the cap. */
static int bytes_taken(unsigned long long *taken)
{
	unsigned long long bytes;
	char line[512], backing[16];
	FILE *f = fopen(REGIONS, "re");

	*taken = 0;
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*u %*s %15s %llu", backing, &bytes) == 2 &&
		    strcmp(backing, "none"))
			*taken += strcmp(backing, "media") ? bytes : 2 * bytes;
	fclose(f);
	return 0;
}

static int cap(unsigned long long *bytes)
{
	FILE *f = fopen("/sys/module/vmadev/parameters/max_bytes", "re");
	int read;

	if (!f)
		return -1;
	read = fscanf(f, "%llu", bytes);
	fclose(f);
	return read == 1 ? 0 : -1;
}

/* Page cache takes its memory at the touch: a region of any size is cheap. */
int ledger_room(void)
{
	unsigned long long max, taken;
	int all, more;

	if (cap(&max) || bytes_taken(&taken) || max < taken)
		return -1;
	more = vt_create(VMADEV_BACKING_SHMEM, 0, max - taken + vt_page(), "more");
	if (more >= 0 || errno != ENOSPC)
		return -1;
	all = vt_create(VMADEV_BACKING_SHMEM, 0, max - taken, "all");
	if (all < 0)
		return -1;
	close(all);
	return 0;
}

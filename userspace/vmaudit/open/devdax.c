// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "open.h"

static size_t attribute(const struct stat *st, const char *name)
{
	char path[96], line[32];

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/%s", major(st->st_rdev),
		 minor(st->st_rdev), name);
	return read_line(line, sizeof(line), path) ? strtoull(line, NULL, 0) : 0;
}

/* It is mapped from a multiple of its alignment to another one. */
static const char *open_devdax(struct subject *subject, char *const *options)
{
	const char *node = option_value(options, "node"), *why;
	char path[64] = "/dev/dax0.0";
	struct stat st;

	if (node)
		snprintf(path, sizeof(path), "%s", node);
	else
		first_path(path, sizeof(path), "/dev/dax*");
	why = open_node(subject, path, "device_dax and memory that is set apart for it");
	if (why)
		return why;
	if (fstat(subject->fd, &st))
		return failed("fstat");
	subject->length = attribute(&st, "size");
	if (!subject->length)
		return "no memory of device_dax, or none is left of it";
	subject->traits |= TRAIT_SIZED;
	return NULL;
}

const struct opener opener_devdax = {
	.name = "devdax",
	.about = "memory set apart for one program, /dev/daxN.M",
	.options = "node=/dev/daxN.M",
	.open = open_devdax,
};

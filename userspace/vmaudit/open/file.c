// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "open.h"

/* In a folder of any file system; the file has no name any more. */
static const char *open_file(struct subject *subject, char *const *options)
{
	const char *folder = option_value(options, "in");
	int length = snprintf(subject->node, sizeof(subject->node), "%s/vmaudit-XXXXXX",
			      folder && *folder ? folder : "/tmp");

	if (length >= (int)sizeof(subject->node))
		return "the path of its folder is too long";
	subject->fd = mkostemp(subject->node, O_CLOEXEC);
	if (subject->fd < 0)
		return failed(subject->node);
	subject->reader = open(subject->node, O_RDONLY | O_CLOEXEC);
	unlink(subject->node);
	subject->node[0] = '\0';
	if (ftruncate(subject->fd, (off_t)subject->length))
		return failed("ftruncate");
	subject->traits |= TRAIT_SIZED;
	return NULL;
}

const struct opener opener_file = {
	.name = "file",
	.about = "a file of the file system that a folder is in",
	.options = "in=FOLDER",
	.open = open_file,
};

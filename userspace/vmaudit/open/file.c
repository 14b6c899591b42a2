// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include "open.h"

/* In a folder of any file system; the file has no name any more. */
static const char *open_file(struct subject *subject, char *const *options)
{
	const char *folder = option_value(options, "in");

	if (!folder || !*folder)
		folder = "/tmp";
	subject->fd = scratch_file(folder, 0);
	if (subject->fd < 0)
		return failed(folder);
	subject->reader = open_again(subject->fd, O_RDONLY);
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

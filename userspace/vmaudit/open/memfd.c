// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "open.h"

static const char *open_memfd(struct subject *subject, char *const *options)
{
	unsigned int flags = MFD_CLOEXEC;
	char path[64];

	if (option_value(options, "huge"))
		flags |= MFD_HUGETLB;
	subject->fd = memfd_create("vmaudit", flags);
	if (subject->fd < 0)
		return failed("memfd_create");
	if (ftruncate(subject->fd, (off_t)subject->length))
		return failed("ftruncate");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", subject->fd);
	subject->reader = open(path, O_RDONLY | O_CLOEXEC);
	subject->traits |= TRAIT_SIZED;
	return NULL;
}

const struct opener opener_memfd = {
	.name = "memfd",
	.about = "memory behind a descriptor, memfd_create(2)",
	.options = "huge",
	.open = open_memfd,
};

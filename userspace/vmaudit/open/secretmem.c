// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "open.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

static const char *open_secretmem(struct subject *subject, char *const *options)
{
	(void)options;
	subject->fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	if (subject->fd < 0)
		return failed("memfd_secret, which before 6.5 wants secretmem.enable=1");
	if (ftruncate(subject->fd, (off_t)subject->length))
		return failed("ftruncate");
	subject->traits |= TRAIT_SIZED;
	return NULL;
}

const struct opener opener_secretmem = {
	.name = "secretmem",
	.about = "memory that the kernel itself cannot see, memfd_secret(2)",
	.open = open_secretmem,
};

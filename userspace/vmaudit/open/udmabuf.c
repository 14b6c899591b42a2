// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "open.h"

static const char *open_udmabuf(struct subject *subject, char *const *options)
{
	static const char path[] = "/dev/udmabuf";
	int device = open(path, O_RDWR | O_CLOEXEC);
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = subject->length };
	int memory;

	(void)options;
	if (device < 0)
		return no_node(path, "udmabuf");
	memory = memfd_create("vmaudit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory < 0 || ftruncate(memory, (off_t)subject->length) ||
	    fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK))
		return failed("a memfd that does not shrink");
	create.memfd = (__u32)memory;
	subject->fd = ioctl(device, UDMABUF_CREATE, &create);
	if (subject->fd < 0)
		return failed("UDMABUF_CREATE");
	subject->traits |= TRAIT_SIZED;
	return NULL;
}

const struct opener opener_udmabuf = {
	.name = "udmabuf",
	.about = "a dma-buf over the pages of a memfd",
	.open = open_udmabuf,
};

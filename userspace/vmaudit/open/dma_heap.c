// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "open.h"

static const char *open_dma_heap(struct subject *subject, char *const *options)
{
	const char *heap = option_value(options, "heap");
	bool readonly = option_value(options, "readonly");
	struct dma_heap_allocation_data data = {
		.len = subject->length,
		.fd_flags = O_CLOEXEC | (readonly ? O_RDONLY : O_RDWR),
	};
	char path[64];
	int device;

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", heap ? heap : "system");
	device = open(path, O_RDONLY | O_CLOEXEC);
	if (device < 0)
		return no_node(path, "CONFIG_DMABUF_HEAPS_SYSTEM");
	if (ioctl(device, DMA_HEAP_IOCTL_ALLOC, &data))
		return failed("DMA_HEAP_IOCTL_ALLOC");
	close(device);
	subject->fd = (int)data.fd;
	if (readonly)
		only_read(subject, subject->fd);
	subject->traits |= TRAIT_SIZED;
	return NULL;
}

const struct opener opener_dma_heap = {
	.name = "dma-heap",
	.about = "a dma-buf of a heap",
	.options = "heap=NAME,readonly",
	.open = open_dma_heap,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "open.h"

/* How a ring that is mapped begins; the kernel's <linux/trace_mmap.h> came with 6.10. */
struct ring_meta {
	uint32_t meta_page_size;
	uint32_t meta_struct_len;
	uint32_t subbuf_size;
	uint32_t nr_subbufs;
};

static const char *open_trace_ring(struct subject *subject, char *const *options)
{
	static const char path[] = "/sys/kernel/tracing/per_cpu/cpu0/trace_pipe_raw";
	const struct ring_meta *meta;

	(void)options;
	only_read(subject, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	if (subject->fd < 0)
		return no_node(path, "tracefs, mounted there");
	meta = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, subject->fd, 0);
	if (meta == MAP_FAILED)
		return errno == ENODEV ? "its kernel is older than 6.10" : failed("mmap");
	subject->length = whole_pages(meta->meta_page_size +
				      (size_t)meta->nr_subbufs * meta->subbuf_size);
	munmap((void *)(uintptr_t)meta, page_size());
	subject->traits |= TRAIT_SIZED | TRAIT_RING;
	return NULL;
}

const struct opener opener_trace_ring = {
	.name = "trace-ring",
	.about = "what tracefs recorded on the first CPU, trace_pipe_raw",
	.open = open_trace_ring,
};

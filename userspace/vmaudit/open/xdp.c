// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "open.h"

/* Older kernels round the ring up to a power of two of pages, which are all its own. */
static size_t length_of(int fd, size_t least)
{
	size_t rounded = page_size();
	void *at;

	while (rounded < least)
		rounded *= 2;
	at = mmap(NULL, rounded, PROT_READ, MAP_SHARED, fd, XDP_PGOFF_RX_RING);
	if (at == MAP_FAILED)
		return least;
	munmap(at, rounded);
	return rounded;
}

/* The ring to receive into, of a socket that is not bound: nothing arrives. */
static const char *open_xdp(struct subject *subject, char *const *options)
{
	struct xdp_mmap_offsets offsets;
	socklen_t room = sizeof(offsets);
	int descriptors = 256;

	(void)options;
	while (2 * (size_t)descriptors * sizeof(struct xdp_desc) < subject->length)
		descriptors *= 2;
	subject->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (subject->fd < 0)
		return failed("socket(AF_XDP), which wants CAP_NET_RAW and CONFIG_XDP_SOCKETS");
	if (setsockopt(subject->fd, SOL_XDP, XDP_RX_RING, &descriptors, sizeof(descriptors)))
		return failed("XDP_RX_RING");
	if (getsockopt(subject->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &room))
		return failed("XDP_MMAP_OFFSETS");
	subject->offset = XDP_PGOFF_RX_RING;
	subject->length = length_of(subject->fd,
				    whole_pages(offsets.rx.desc +
						(size_t)descriptors * sizeof(struct xdp_desc)));
	subject->traits |= TRAIT_SIZED | TRAIT_OTHERS;
	return NULL;
}

const struct opener opener_xdp = {
	.name = "xdp",
	.about = "the ring that an AF_XDP socket receives into",
	.open = open_xdp,
};

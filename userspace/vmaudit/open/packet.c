// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "open.h"

#define FRAME 2048

/* The socket is of no protocol, so nothing is received and the ring stays as it is. */
static const char *open_packet(struct subject *subject, char *const *options)
{
	struct tpacket_req ring = {
		.tp_block_size = (unsigned int)page_size(),
		.tp_block_nr = (unsigned int)(subject->length / page_size()),
		.tp_frame_size = FRAME,
		.tp_frame_nr = (unsigned int)(subject->length / FRAME),
	};

	(void)options;
	subject->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (subject->fd < 0)
		return failed("socket(AF_PACKET), which wants CAP_NET_RAW and af_packet");
	if (setsockopt(subject->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)))
		return failed("PACKET_RX_RING");
	subject->traits |= TRAIT_SIZED | TRAIT_EXACT;
	return NULL;
}

const struct opener opener_packet = {
	.name = "packet",
	.about = "the ring that a packet(7) socket receives into",
	.open = open_packet,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "probe.h"

/* A ring of one entry, by bare system calls. */
struct ring {
	int fd;
	struct io_uring_params params;
	char *words;
	struct io_uring_sqe *entry;
};

static void open_ring(struct audit *audit, struct ring *ring)
{
	struct io_uring_params *p = &ring->params;
	size_t submitted, completed;

	memset(ring, 0, sizeof(*ring));
	ring->fd = (int)syscall(SYS_io_uring_setup, 1, p);
	if (ring->fd < 0)
		not_asked(audit, "io_uring_setup: %s", strerror(errno));
	submitted = p->sq_off.array + p->sq_entries * sizeof(__u32);
	completed = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	ring->words = mmap(NULL, submitted > completed ? submitted : completed,
			   PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->entry = mmap(NULL, sizeof(*ring->entry), PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			   IORING_OFF_SQES);
	if (ring->words == MAP_FAILED || ring->entry == MAP_FAILED)
		not_asked(audit, "its rings: %s", strerror(errno));
}

/* What the one entry came to: a count, or -1 and errno. */
static ssize_t carry(struct ring *ring, int opcode, int fd, char *buffer, size_t length)
{
	const struct io_uring_params *p = &ring->params;
	struct io_uring_cqe *completed = (void *)(ring->words + p->cq_off.cqes);
	__u32 *tail = (void *)(ring->words + p->sq_off.tail);
	__u32 *head = (void *)(ring->words + p->cq_off.head);
	__u32 *mask = (void *)(ring->words + p->cq_off.ring_mask);
	int result;

	*ring->entry = (struct io_uring_sqe) {
		.opcode = (__u8)opcode,
		.fd = fd,
		.addr = (uintptr_t)buffer,
		.len = (__u32)length,
		.off = (__u64)-1,
	};
	((__u32 *)(ring->words + p->sq_off.array))[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -1;
	result = completed[*head & *mask].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	errno = result < 0 ? -result : 0;
	return result < 0 ? -1 : result;
}

static void run(struct audit *audit)
{
	struct sample sample = take_sample(audit, map_subject(audit));
	struct iovec buffer = { sample.at, sample.length };
	char bytes[sample.length];
	struct ring ring;
	int ends[2];
	ssize_t n;

	open_ring(audit, &ring);
	if (pipe(ends))
		not_asked(audit, "pipe: %s", strerror(errno));
	step(audit, "IORING_REGISTER_BUFFERS");
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &buffer, 1))
		refused(audit, "IORING_REGISTER_BUFFERS");
	step(audit, "IORING_OP_WRITE_FIXED");
	n = carry(&ring, IORING_OP_WRITE_FIXED, ends[1], sample.at, sample.length);
	if (n > 0)
		n = read(ends[0], bytes, (size_t)n);
	if (n != (ssize_t)sample.length || memcmp(bytes, sample.now, sample.length) ||
	    !(audit->subject->prot & PROT_WRITE))
		sample_was_read(audit, &sample, bytes, n, "a write from a registered buffer");
	vt_pattern(bytes, sample.length, 7);
	n = write(ends[1], bytes, sample.length);
	step(audit, "IORING_OP_READ_FIXED");
	if (n == (ssize_t)sample.length)
		n = carry(&ring, IORING_OP_READ_FIXED, ends[0], sample.at, sample.length);
	sample_was_written(audit, &sample, bytes, n, "to and from a registered buffer");
}

const struct probe probe_io_uring_fixed = {
	.name = "io-uring-fixed",
	.asks = "can it be a registered buffer of io_uring, and does that carry its bytes?",
	.rule = "a registered buffer is the mapping's own pages, or is refused",
	.change = "let get_user_pages find the object's own pages; set VM_IO or VM_PFNMAP where "
		  "there are none",
	.why = "registered buffers are pinned for long: what moves or frees its pages must know. "
	       "A shared mapping of a file with page_mkwrite is EFAULT, before 6.3 EOPNOTSUPP",
	.needs = NEEDS_MEMORY,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* io_uring's fixed buffers in each mapping, by bare system calls */
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "mapping.h"

/* A ring of one entry. */
struct ring {
	int fd;
	struct io_uring_params p;
	char *rings;
	struct io_uring_sqe *sqe;
};

static int ring_open(struct ring *r)
{
	size_t sq, cq;

	memset(r, 0, sizeof(*r));
	r->fd = syscall(SYS_io_uring_setup, 1, &r->p);
	if (r->fd < 0)
		return -1;
	sq = r->p.sq_off.array + r->p.sq_entries * sizeof(__u32);
	cq = r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe);
	r->rings = mmap(NULL, sq > cq ? sq : cq, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
			IORING_OFF_SQ_RING);
	r->sqe = mmap(NULL, sizeof(*r->sqe), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		      IORING_OFF_SQES);
	return r->rings == MAP_FAILED || r->sqe == MAP_FAILED ? -1 : 0;
}

static __u32 *ring_word(struct ring *r, __u32 offset)
{
	return (__u32 *)(r->rings + offset);
}

/* Let the ring read from or write to @fd, and say what came of it. */
static int ring_do(struct ring *r, int opcode, int fd, void *buffer, size_t bytes)
{
	__u32 *tail = ring_word(r, r->p.sq_off.tail), *head = ring_word(r, r->p.cq_off.head);
	struct io_uring_cqe *cqes = (void *)(r->rings + r->p.cq_off.cqes);
	int result;

	*r->sqe = (struct io_uring_sqe) {
		.opcode = opcode,
		.fd = fd,
		.addr = (uintptr_t)buffer,
		.len = bytes,
		.off = -1,	/* a pipe has no offset */
	};
	ring_word(r, r->p.sq_off.array)[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -errno;
	result = cqes[*head & *ring_word(r, r->p.cq_off.ring_mask)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

/*
 * Before 6.3 a buffer in a file's mapping was refused, unless in tmpfs. Since 6.5 it is
 * where stores to it are to be noticed.
 */
static int registered(const mapping_kind *k)
{
	bool noticed = k->strategy == VMADEV_STRATEGY_FILEMAP && is_shared(k);

	if (is_pfnmap(k) || (noticed && vt_kernel_at_least(6, 5)))
		return EFAULT;
	if (!vt_kernel_at_least(6, 3) && !is_shmem(k))
		return EOPNOTSUPP;
	return 0;
}

/*
 *	|AAAAAAA|	registered
 *	|AAAAAAA| -> pipe, by IORING_OP_WRITE_FIXED
 *	|BBBBBBB| <- pipe, by IORING_OP_READ_FIXED
 */
TEST_F(mapping, fixed_buffers_carry_the_bytes_where_they_may_be_registered)
{
	char *map = map_filled(self, variant), bytes[self->bytes];
	struct iovec buffer = { map, self->bytes };
	int ends[2], error;
	struct ring ring;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, ring_open(&ring));
	error = syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &buffer, 1) ?
		errno : 0;
	ASSERT_EQ(registered(variant), error);
	if (error)
		return;
	ASSERT_EQ((int)self->bytes,
		  ring_do(&ring, IORING_OP_WRITE_FIXED, ends[1], map, self->bytes));
	ASSERT_EQ((ssize_t)self->bytes, read(ends[0], bytes, self->bytes));
	EXPECT_TRUE(pages_are_filled(self, bytes, 0, NPAGES));

	vt_pattern(bytes, self->bytes, 200);
	ASSERT_EQ((ssize_t)self->bytes, write(ends[1], bytes, self->bytes));
	ASSERT_EQ((int)self->bytes,
		  ring_do(&ring, IORING_OP_READ_FIXED, ends[0], map, self->bytes));
	EXPECT_TRUE(vt_is_pattern(map, self->bytes, 200));
	ASSERT_EQ((ssize_t)self->bytes, pread(self->fd, bytes, self->bytes, 0));
	if (is_anon(variant)) {
		EXPECT_TRUE(vt_is_zero(bytes, self->bytes));
	} else if (is_shared(variant)) {
		EXPECT_TRUE(vt_is_pattern(bytes, self->bytes, 200));
	} else {
		EXPECT_TRUE(pages_are_filled(self, bytes, 0, NPAGES));
	}
}

/* A buffer stays registered when its mapping and its region are gone. */
TEST_F(mapping, fixed_buffers_outlive_the_region)
{
	char *map = map_filled(self, variant), bytes[self->bytes];
	struct iovec buffer = { map, self->bytes };
	struct ring ring;
	int ends[2];

	ASSERT_NE(MAP_FAILED, map);
	if (registered(variant))
		return;
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, ring_open(&ring));
	ASSERT_EQ(0, syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &buffer, 1));
	ASSERT_EQ(0, munmap(map, self->bytes));
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	ASSERT_EQ((int)self->bytes,
		  ring_do(&ring, IORING_OP_WRITE_FIXED, ends[1], map, self->bytes));
	ASSERT_EQ((ssize_t)self->bytes, read(ends[0], bytes, self->bytes));
	EXPECT_TRUE(pages_are_filled(self, bytes, 0, NPAGES));
}

TEST_HARNESS_MAIN

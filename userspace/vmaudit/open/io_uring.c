// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/io_uring.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "open.h"

#define MOST_ENTRIES 32768

/* So many that their array is the length that is wanted, or the next one smaller. */
static unsigned int entries_of(size_t length)
{
	size_t entries = page_size() / sizeof(struct io_uring_sqe);

	while (entries < MOST_ENTRIES && 2 * entries * sizeof(struct io_uring_sqe) <= length)
		entries *= 2;
	return (unsigned int)entries;
}

static const char *open_io_uring(struct subject *subject, char *const *options)
{
	const char *part = option_value(options, "part");
	struct io_uring_params params = { 0 };

	if (!part)
		part = "sqes";
	subject->fd = (int)syscall(SYS_io_uring_setup, entries_of(subject->length), &params);
	if (subject->fd < 0)
		return failed("io_uring_setup; /proc/sys/kernel/io_uring_disabled");
	subject->traits |= TRAIT_OTHERS;
	if (!strcmp(part, "sqes")) {
		/* The kernel does not look at them before it is told to. */
		subject->offset = IORING_OFF_SQES;
		subject->length = whole_pages(params.sq_entries * sizeof(struct io_uring_sqe));
		subject->traits |= TRAIT_SIZED;
	} else if (!strcmp(part, "sq")) {
		subject->offset = IORING_OFF_SQ_RING;
		subject->length = whole_pages(params.sq_off.array +
					      params.sq_entries * sizeof(__u32));
		subject->traits |= TRAIT_RING;
	} else if (!strcmp(part, "cq")) {
		subject->offset = IORING_OFF_CQ_RING;
		subject->length = whole_pages(params.cq_off.cqes +
					      params.cq_entries * sizeof(struct io_uring_cqe));
		subject->traits |= TRAIT_RING;
	} else {
		return "part is sqes, sq or cq";
	}
	return NULL;
}

const struct opener opener_io_uring = {
	.name = "io-uring",
	.about = "an array or a ring of io_uring_setup(2)",
	.options = "part=sqes|sq|cq",
	.open = open_io_uring,
};

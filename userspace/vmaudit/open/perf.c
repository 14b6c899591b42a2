// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "open.h"

/* A page for the kernel's word, and a power of two of them for records. */
static size_t ring_length(size_t length)
{
	size_t pages = 1;

	while (1 + 2 * pages <= length / page_size())
		pages *= 2;
	return (1 + pages) * page_size();
}

static const char *open_perf(struct subject *subject, char *const *options)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	(void)options;
	subject->fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (subject->fd < 0)
		return failed("perf_event_open");
	subject->length = ring_length(subject->length);
	subject->traits |= TRAIT_SIZED | TRAIT_EXACT | TRAIT_RING;
	return NULL;
}

const struct opener opener_perf = {
	.name = "perf",
	.about = "a ring of records, perf_event_open(2)",
	.open = open_perf,
};

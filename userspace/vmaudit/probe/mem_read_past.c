// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>

#include "probe.h"

#define INSIDE	64	/* bytes before the end */
#define PAST	64

/* Behind the first page nothing is mapped, but in the object more is there. */
static void run(struct audit *audit)
{
	char *at = map_subject(audit), *end, got[INSIDE + PAST];
	size_t unit = unit_of(audit, at, 2);
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		not_asked(audit, "/proc/self/mem: %s", strerror(errno));
	must_read(audit, at, "the mapping");
	end = at + unit;
	if (munmap(end, audit->subject->length - unit))
		not_asked(audit, "all but the first page cannot be unmapped: %s", strerror(errno));
	step(audit, "a read of /proc/PID/mem across the mapping's end");
	n = pread(fd, got, sizeof(got), (off_t)(uintptr_t)(end - INSIDE));
	if (n < 0)
		refused(audit, "/proc/PID/mem");
	if (n > INSIDE)
		defect(audit, "/proc/PID/mem read %zd bytes from %d before the mapping's end", n,
		       INSIDE);
	works(audit, "/proc/PID/mem read %zd bytes, and then the mapping ends", n);
}

const struct probe probe_mem_read_past = {
	.name = "mem-read-past-end",
	.asks = "does who reads it from outside stop where the mapping ends?",
	.rule = "a mapping shows what was mapped; what lies behind in the object was not",
	.change = "have ->access take no more than up to vm_end",
	.why = "the kernel hands ->access all that was asked for, and believes what it returns",
	.needs = NEEDS_MEMORY | NEEDS_TWO | NEEDS_PARTS,
	.run = run,
};

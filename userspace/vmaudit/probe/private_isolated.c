// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	int fd = subject->reader >= 0 ? subject->reader : subject->fd;
	char *object, *copy;
	int before, now;

	object = map_as(subject, fd, PROT_READ, MAP_SHARED);
	if (object == MAP_FAILED)
		not_asked(audit, "a shared mapping to look at: %s", strerror(errno));
	step(audit, "mmap with MAP_PRIVATE");
	copy = map_as(subject, fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	if (copy == MAP_FAILED)
		refused(audit, "MAP_PRIVATE");
	before = must_read(audit, object, "the shared mapping");
	must_write(audit, copy, other_byte(before), "the private mapping");
	now = must_read(audit, object, "the shared mapping");
	if (now != before)
		defect(audit, "a byte written to a private mapping changed the object's from %#x "
		       "to %#x", before, now);
	if (vt_read(copy) != other_byte(before))
		defect(audit, "a byte written to a private mapping is not there");
	works(audit, "what is written stays private");
}

const struct probe probe_private_isolated = {
	.name = "private-isolated",
	.asks = "does a write to a private mapping stay out of the object?",
	.rule = "MAP_PRIVATE writes to a copy, or is refused",
	.change = "refuse what is_cow_mapping() in ->mmap if the pages cannot be copied on write",
	.why = "a mapping whose page protection a driver made itself writes through",
	.needs = NEEDS_FD | NEEDS_MEMORY | NEEDS_TWICE,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

/* What read(2) gives can be compared with what is mapped; else it is another thing. */
static bool is_comparable(struct audit *audit, char *at)
{
	const struct subject *subject = audit->subject;

	return subject->fd >= 0 && subject->traits & TRAIT_SIZED &&
	       (subject->flags & MAP_TYPE) == MAP_SHARED && is_seen_elsewhere(audit, at);
}

static void run_msync(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	struct sample sample = take_sample(audit, map_subject(audit));
	char got[sizeof(long)];
	ssize_t n;

	step(audit, "msync");
	if (msync(sample.at, subject->length, (int)audit->probe->value))
		refused(audit, "msync");
	if (must_read(audit, sample.at, "it, after msync") != (unsigned char)sample.now[0])
		defect(audit, "msync: success, and the mapping lost what was written");
	if (!is_comparable(audit, sample.at))
		note(audit, "success; nothing else tells what became of the bytes");
	step(audit, "read(2) of the descriptor");
	n = pread(subject->fd, got, sizeof(got), subject->offset);
	if (n != sizeof(got))
		note(audit, "success; the descriptor cannot be read: %s",
		     n < 0 ? strerror(errno) : "its end");
	if (memcmp(got, sample.now, sizeof(got)))
		defect(audit, "msync: success, and read(2) gives %#x, not %#x",
		       (unsigned char)got[0], (unsigned char)sample.now[0]);
	works(audit, "success, and read(2) gives what was written to the mapping");
}

static void run_write_read(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	struct sample sample = take_sample(audit, map_subject(audit));
	char got[sizeof(long)], given[sizeof(long)];
	ssize_t n;

	if (!is_comparable(audit, sample.at))
		not_applicable(audit, "each mapping of it is memory of its own");
	step(audit, "read(2) of the descriptor");
	n = pread(subject->fd, got, sizeof(got), subject->offset);
	if (n < 0)
		refused(audit, "read(2) of the descriptor");
	if (n != sizeof(got))
		note(audit, "read(2) gives %zd bytes where pages are mapped", n);
	if (memcmp(got, sample.now, sizeof(got)))
		defect(audit, "read(2) gives %#x, and the mapping holds %#x", (unsigned char)got[0],
		       (unsigned char)sample.now[0]);
	for (size_t i = 0; i < sizeof(given); i++)
		given[i] = (char)other_byte(got[i]);
	step(audit, "write(2) to the descriptor");
	n = pwrite(subject->fd, given, sizeof(given), subject->offset);
	if (n < 0)
		refused(audit, "read(2) gives the mapping's bytes; write(2)");
	if (n != sizeof(given))
		note(audit, "read(2) gives the mapping's bytes; write(2) took %zd of %zu", n,
		     sizeof(given));
	if (memcmp(sample.at, given, sizeof(given)))
		defect(audit, "write(2) wrote %#x, and the mapping holds %#x",
		       (unsigned char)given[0], (unsigned char)sample.at[0]);
	works(audit, "read(2) gives what was written to the mapping, and the reverse");
}

#define MSYNC(name_, flags, promise) {							\
	.name = name_,									\
	.asks = "does msync with " #flags " " promise "?",				\
	.rule = "what was written to a shared mapping is the object's",			\
	.change = "give the file one address_space, whose pages are mapped, read and "	\
		  "written, and which ->fsync writes back",				\
	.why = "msync on a file without ->fsync is EINVAL: programs take that for an error",	\
	.needs = NEEDS_WRITE | NEEDS_MEMORY,						\
	.value = (flags),								\
	.run = run_msync,								\
}

const struct probe probe_msync_async = MSYNC("msync-async", MS_ASYNC, "keep what was written");
const struct probe probe_msync_sync = MSYNC("msync-sync", MS_SYNC, "write it to the object");
const struct probe probe_msync_invalidate =
	MSYNC("msync-invalidate", MS_INVALIDATE, "keep what was written");

const struct probe probe_write_through_read = {
	.name = "write-through-read",
	.asks = "do read(2) and write(2) of the descriptor see what the mapping does?",
	.rule = "what is read and written at an offset is what is mapped there",
	.change = "let ->read_iter and ->write_iter copy from and to the pages that are mapped",
	.why = "a copy beside the mapped pages is right once, and stale afterwards",
	.needs = NEEDS_SHARED | NEEDS_WRITE | NEEDS_FD | NEEDS_SIZED | NEEDS_MEMORY | NEEDS_TWICE,
	.run = run_write_read,
};

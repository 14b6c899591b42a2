// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/syscall.h>

#include "probe.h"

/* What is there may be the object again: then more of the offset than its low bits was not read. */
static bool is_the_object(struct audit *audit, const char *at)
{
	struct sample sample;

	if (!(audit->subject->prot & PROT_WRITE))
		return false;
	sample = take_sample(audit, map_subject(audit));
	return !memcmp(at, sample.now, sample.length < page_size() ? sample.length : page_size());
}

/* Offsets that, or whose ends, in bytes or in pages, are again a small number; of 32 bits, too. */
static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	const off_t far[] = {
		(off_t)(INT64_MAX & ~((uint64_t)page_size() - 1)),
		(off_t)((uint64_t)INT64_MAX + 1 - subject->length),
		(off_t)((UINT64_C(1) << 44) - subject->length),
		(off_t)((UINT64_C(1) << 32) * page_size() - page_size()),
		(off_t)((UINT64_C(1) << 32) * page_size()),
		(off_t)(UINT64_C(1) << 32),
	};
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(far); i++) {
		struct subject wrapped = *subject;
		char *at;

		wrapped.offset = far[i];
		step(audit, "mmap at offset %#llx", (unsigned long long)far[i]);
		at = map_as(&wrapped, wrapped.fd, wrapped.prot, wrapped.flags);
		if (at == MAP_FAILED) {
			error = errno;
			continue;
		}
		step(audit, "a read at offset %#llx", (unsigned long long)far[i]);
		if (vt_read(at) >= 0 && is_the_object(audit, at))
			risk(audit, "at offset %#llx it is mapped from its start",
			     (unsigned long long)far[i]);
		if (vt_read(at) >= 0)
			past_the_end(audit, at);
		munmap(at, wrapped.length);
	}
	if (!error)
		late(audit, SIGBUS, "mapped at offsets that wrap, but it cannot be read there");
	errno = error;
	refused(audit, "offsets that wrap");
}

const struct probe probe_offset_overflow = {
	.name = "offset-overflow",
	.asks = "mapped from an offset so large that sums of it wrap: is there a page?",
	.rule = "offset + length is computed without overflow, and is within the object",
	.change = "compare vm_pgoff with the size first, then vma_pages(vma) with what is left",
	.why = "CVE-2013-2596 (fbmem) and CVE-2018-8781 (udl): an offset plus a length wrapped",
	.needs = NEEDS_SIZED | NEEDS_FD | NEEDS_MEMORY | NEEDS_ALONE,
	.run = run,
};

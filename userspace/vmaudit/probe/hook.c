// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "probe.h"

static const char *const words[] = {
	[HOOK_REVOKE] = "revoke", [HOOK_RESIZE] = "resize", [HOOK_FREE] = "free",
};

/* What a page may be after it: gone; what it was. Never anything else. */
static bool may_be(long hook, size_t page, size_t pages, int byte, int mark)
{
	if (hook == HOOK_REVOKE)
		return byte < 0;
	if (hook == HOOK_RESIZE && page < pages / 2)
		return byte == mark;
	return byte < 0 || byte == mark;
}

/* On an object of its own, so that the other probes have theirs. */
static void run(struct audit *audit)
{
	struct subject fresh = *audit->subject;
	long hook = audit->probe->value;
	size_t page = page_size(), pages, gone = 0;
	const char *why;
	char *at;

	step(audit, "opening another");
	why = exec_fresh(&fresh);
	if (why)
		not_asked(audit, "another cannot be opened: %s", why);
	at = map_as(&fresh, fresh.fd, fresh.prot, fresh.flags);
	if (at == MAP_FAILED)
		not_asked(audit, "mmap of another: %s", strerror(errno));
	pages = fresh.length / page;
	for (size_t i = 0; i < pages; i++)
		must_write(audit, at + i * page, (int)(i % 251) + 1, "another");
	step(audit, "its opener, asked to %s it", words[hook]);
	why = exec_hook(words[hook]);
	if (why)
		not_asked(audit, "its opener, asked to %s it: %s", words[hook], why);
	for (size_t i = 0; i < pages; i++) {
		int byte = vt_read(at + i * page), mark = (int)(i % 251) + 1;

		gone += byte < 0;
		if (may_be(hook, i, pages, byte, mark))
			continue;
		if (byte < 0)
			defect(audit, "page %zu of %zu is gone", i, pages);
		defect(audit, "page %zu of %zu can be read, and begins with %#x; %#x was there", i,
		       pages, (unsigned int)byte, (unsigned int)mark);
	}
	works(audit, "%zu of %zu pages are gone, the others hold what they held", gone, pages);
}

#define HOOK(name_, hook, question, right) {					\
	.name = name_,								\
	.asks = question,							\
	.rule = right,								\
	.change = "hold pages while they are mapped, or unmap_mapping_range() them first",	\
	.why = "memory that is given away while a PTE reaches it is somebody else's next",	\
	.needs = NEEDS_HOOK | NEEDS_SHARED | NEEDS_WRITE | NEEDS_MEMORY,	\
	.value = (hook),							\
	.run = run,								\
}

const struct probe probe_hook_revoke = HOOK("hook-revoke", HOOK_REVOKE,
	"when its opener revokes it, is it gone?", "no access reaches what was revoked");
const struct probe probe_hook_resize = HOOK("hook-resize", HOOK_RESIZE,
	"when its opener makes it half as long, is only the other half gone?",
	"what is left holds what it held, what is cut off is gone or does, too");
const struct probe probe_hook_free = HOOK("hook-free", HOOK_FREE,
	"when its opener frees it, is what is mapped still its own?",
	"a mapping shows its object's bytes or SIGBUS, never another's");

// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/prctl.h>
#include <sys/resource.h>

#include "probe.h"

enum { NOBODY = 65534 };

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	const struct rlimit none = { 0, 0 };
	char *at;

	if (setrlimit(RLIMIT_MEMLOCK, &none))
		not_asked(audit, "setrlimit: %s", strerror(errno));
	if (!geteuid() && setresuid(NOBODY, NOBODY, NOBODY))
		not_asked(audit, "setresuid: %s", strerror(errno));
	prctl(PR_SET_DUMPABLE, 1);	/* else /proc/self is root's */
	step(audit, "mmap of a user who may lock nothing");
	at = map_as(subject, subject->fd, subject->prot, subject->flags);
	if (at == MAP_FAILED)
		refused(audit, "who may lock nothing cannot map it: it counts as locked");
	step(audit, "mlock of a user who may lock nothing");
	if (!mlock(at, subject->length) && vt_has_flag(at, "lo"))
		risk(audit, "who may lock nothing has locked it");
	munmap(at, subject->length);
	at = map_as(subject, subject->fd, subject->prot, subject->flags | MAP_LOCKED);
	if (at != MAP_FAILED && vt_has_flag(at, "lo"))
		risk(audit, "who may lock nothing has locked it by MAP_LOCKED");
	works(audit, "who may lock nothing can map it, and neither mlock nor MAP_LOCKED locks it");
}

const struct probe probe_limit_memlock = {
	.name = "limit-memlock",
	.asks = "does RLIMIT_MEMLOCK hold, and does the driver count to it?",
	.why = "pinned memory that counts to no limit is taken from all others",
	.run = run,
};

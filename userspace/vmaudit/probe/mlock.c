// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif

/* That the call succeeds says nothing: a special mapping is passed over. */
static void run(struct audit *audit)
{
	const unsigned int flags = (unsigned int)audit->probe->value;
	size_t length = audit->subject->length;
	char *at = map_subject(audit), all[256];
	long faults;

	step(audit, "%s", audit->probe->name);
	if (mlock2(at, length, flags))
		refused(audit, "%s", audit->probe->name);
	step(audit, "an access to each page");
	/* A file may want to hear of the first write to each of its pages. */
	faults = faults_of(at, length, flags == MLOCK_ONFAULT && audit->subject->prot & PROT_WRITE);
	if (vt_smaps_flags(at, all, sizeof(all)))
		note(audit, "success, and %ld faults afterwards; there is no smaps to tell more",
		     faults);
	if (!vt_has_flag(at, "lo"))
		silent(audit, "success, and nothing is locked: no 'lo' in VmFlags; %ld faults "
		       "afterwards", faults);
	if (flags == MLOCK_ONFAULT)
		works(audit, "'lo' is in VmFlags, %ld kB are locked after %ld faults",
		      vt_smaps_kb(at, "Locked"), faults);
	if (faults)
		silent(audit, "'lo' is in VmFlags, but an access to each page faulted %ld times",
		       faults);
	works(audit, "'lo' is in VmFlags, %ld kB are locked, and no access faults",
	      vt_smaps_kb(at, "Locked"));
}

#define MLOCK(word, flags, question) {						\
	.name = word,								\
	.asks = question,							\
	.why = "real-time programs rely on it; what VM_IO, VM_PFNMAP, VM_MIXEDMAP or "	\
	       "VM_DONTEXPAND marks is not locked, though mlock returns 0",	\
	.needs = NEEDS_MEMORY,							\
	.value = (flags),							\
	.run = run,								\
}

const struct probe probe_mlock = MLOCK("mlock", 0, "does mlock lock it?");
const struct probe probe_mlock_onfault = MLOCK("mlock-onfault", MLOCK_ONFAULT,
	"does mlock2 lock what is faulted in?");

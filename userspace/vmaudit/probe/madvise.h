/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the probes of madvise share. */
#ifndef VMAUDIT_PROBE_MADVISE_H
#define VMAUDIT_PROBE_MADVISE_H

#include <newer.h>

#include "probe.h"

/* A probe of the advice; what a file says after that is its own. */
#define MADVISE(word, advice, question)							\
	.name = "madvise-" word,							\
	.asks = question,								\
	.rule = "advice never changes what a mapping shows, but where it says so",	\
	.change = "serve a fault of any page of the VMA, also of one that was mapped before; "	\
		  "find the page by vmf->pgoff",						\
	.value = (advice)

#endif

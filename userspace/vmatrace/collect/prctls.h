/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What prctl is asked here, of <linux/prctl.h>; older headers do not have all of it. */
#ifndef VMATRACE_PRCTLS_H
#define VMATRACE_PRCTLS_H

#include <sys/prctl.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#define PR_GET_MEMORY_MERGE 68
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that matter, as a seccomp filter. */
#ifndef VMATRACE_COLLECT_FILTER_H
#define VMATRACE_COLLECT_FILTER_H

#include <linux/filter.h>

/*
 * calls_filter - SECCOMP_RET_* for what changes VMAs, or copies, replaces or ends an address
 * space; all else is allowed
 */
const struct sock_fprog *calls_filter(__u32 action);

#endif

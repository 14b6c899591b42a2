/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of code that a program has made itself: /tmp/perf-PID.map. */
#ifndef VMATRACE_JIT_H
#define VMATRACE_JIT_H

#include <linux/types.h>
#include <sys/types.h>

/* jit_name - NULL: the process tells none of this address */
const char *jit_name(pid_t pid, __u64 address);

#endif

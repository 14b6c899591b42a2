/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module's tracepoints, in a tracing instance of our own. */
#ifndef VMACTL_TRACEFS_H
#define VMACTL_TRACEFS_H

#include <stdbool.h>

/* All die with a line that says what to do. The instance goes at exit. */
void trace_make_instance(void);
void trace_follow(int pid);
__attribute((__format__(__printf__, 1, 2))) void trace_filter(const char *format, ...);
void trace_enable(const char *event);

/* Descriptor to poll and read, without blocking. */
int trace_pipe(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module's tracepoints, in a tracing instance of our own. */
#ifndef VMACTL_TRACEFS_H
#define VMACTL_TRACEFS_H

#include <event-parse.h>

/* All die with a line that says what to do. The instance goes at exit. */
void trace_make_instance(void);
void trace_follow(int pid);
__attribute((__format__(__printf__, 1, 2))) void trace_filter(const char *format, ...);
void trace_enable(const char *event);

/* Takes all there is now, of each CPU in order. */
void trace_read(int (*take)(struct tep_event *format, struct tep_record *record, int cpu,
			    void *data), void *data);
/* How many events were overwritten before they were read, ever. */
unsigned long long trace_lost(void);

#endif

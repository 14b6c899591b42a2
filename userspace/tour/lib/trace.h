/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module's tracepoints, in a trace buffer of our own. */
#ifndef TOUR_TRACE_H
#define TOUR_TRACE_H

#include <stdbool.h>

/* Begin to record; false, with the reason left out at the end, if it cannot be. */
bool trace_start(const char *part);
/* Print what this process caused since the last call; how many events were there? */
int trace_print(void);
void trace_stop(void);

#endif

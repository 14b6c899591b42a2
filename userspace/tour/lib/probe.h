/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Touch an address and live to tell. */
#ifndef TOUR_PROBE_H
#define TOUR_PROBE_H

#include <stdbool.h>

/* 0, or the signal that the touch was answered with (SIGSEGV, SIGBUS). */
int probe_read(const void *address);
int probe_write(void *address, char value);
/* "works", "SIGSEGV", "SIGBUS" */
const char *probe_text(int signal);
/* Page faults of this process so far: without and with I/O, together. */
long faults_now(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel log, from a moment on */
#ifndef KLOG_H
#define KLOG_H

#include <stddef.h>

/* A descriptor of /dev/kmsg that has nothing to read yet, or -1. */
int klog_open(void);

/*
 * Read what came since: how many records contain @needle. The last of them goes
 * to @last, if that is not NULL.
 */
int klog_count(int fd, const char *needle, char *last, size_t room);

#endif /* KLOG_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of a run, and what it is told in case it dies of it. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Watch its log, and have it live on after an oops or a warning, as far as it
 * can. False: there is no log.
 */
bool kernel_init(void);
/* Write a line into its log, which it prints when it dies. */
void kernel_tell(const char *line);
/* Did it complain since the last call? Of what, into @why. */
bool kernel_complains(char *why, size_t room);

#endif /* KERNEL_H */

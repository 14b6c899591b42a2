/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of processes, which can hold any byte but 0. */
#ifndef VMACTL_PROCESS_H
#define VMACTL_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

/* "<...>" if nobody knows any more. */
void process_name(int pid, char *name, size_t room);
/* What was looked up before is no news: processes change their names. */
void process_names_age(void);

/*
 * In UTF-8 on one line: what is not, or would not show, becomes \n, \t, \\ or
 * \xHH. With @json only what is not UTF-8: JSON has its own way for the rest.
 */
void process_escape(const char *name, bool json, char *text, size_t room);

#endif

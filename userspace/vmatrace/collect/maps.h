/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel tells of a process's VMAs. */
#ifndef VMATRACE_MAPS_H
#define VMATRACE_MAPS_H

#include <stdio.h>
#include <sys/types.h>

#include "../model/vma.h"

/**
 * maps_parse - add the VMAs of a maps or smaps file to an address space
 * @mm:   anon_vmas are unknown afterwards where smaps shows no page of one, and of
 *	  writable VMAs only; of two VMAs of one inode it is taken that they have the
 *	  same struct file
 *
 * Return: whether it was understood.
 */
bool maps_parse(FILE *file, struct mm *mm);

/* maps_read - from /proc/PID/smaps, where the flags are, or from the quicker maps */
bool maps_read(pid_t pid, struct mm *mm, bool flags);

/* rules_probe - of this kernel: by its release, and by what it does */
void rules_probe(struct rules *rules);

#endif

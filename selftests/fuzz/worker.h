/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a worker share. */
#ifndef WORKER_H
#define WORKER_H

#include "team.h"

/* The result of a call, or -errno. */
long or_errno(long ret);
/* A new descriptor becomes number @slot, in place of what is there. */
long install(unsigned int slot, int fd);

/* worker_mount.c */
long mount_op(struct desk *desk);
/* Is there a place to mount at? */
bool mount_prepare(void);
/* Nothing is mounted there any more, unless somebody has it, if not @lazily. */
bool mount_end(bool lazily);

#endif /* WORKER_H */

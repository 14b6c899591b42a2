/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /dev/vmadev for the tour: each call works or ends the program with a reason. */
#ifndef TOUR_DEVICE_H
#define TOUR_DEVICE_H

#include <stddef.h>
#include "vmadev.h"

/* A descriptor; or -1, and @part is left out with the reason. */
int device_open(const char *part);
/* A new region; a new handle on it. 0 asks for the default. */
int device_create(int device, const char *name, size_t bytes, enum vmadev_backing_id backing,
		  unsigned int strategy);
int device_create_flags(int device, const char *name, size_t bytes, enum vmadev_backing_id backing,
			unsigned int strategy, __u32 flags);
int device_handle(int fd, unsigned int strategy);
struct vmadev_stats device_stats(int fd);
/* How many faults of a handle were served. */
__u64 device_faults(int fd);
/* Of a region of media, a bit a page: what is not durable; what a crash leaves that keeps @kept. */
__u64 device_unsynced(int fd);
int device_crash(int fd, __u64 kept, unsigned int pages);
const char *strategy_text(unsigned int strategy);

#endif

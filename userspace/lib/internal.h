/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the library's files share and do not export. */
#ifndef LIBVMADEV_INTERNAL_H
#define LIBVMADEV_INTERNAL_H

#include <stdbool.h>

#include "libvmadev.h"

#define __printf(format, first) __attribute((__format__(__printf__, format, first)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/**
 * vmadev_fail - note for vmadev_error() that a call failed with errno
 * @call:   the public function
 * @format: of the argument that failed, for the message; NULL: none
 *
 * Returns -1. Keeps errno.
 */
__printf(2, 3) int vmadev_fail(const char *call, const char *format, ...);

/* Words for messages: "default" for 0, "unknown" where there is none. */
const char *vmadev_strategy_word(__u32 strategy);
const char *vmadev_backing_word(__u32 backing);

#endif

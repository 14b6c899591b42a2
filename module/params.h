/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_PARAMS_H
#define VMADEV_PARAMS_H

#include <linux/types.h>

int vmadev_parse_bytes(const char *name, const char *text, u64 *bytes);
int vmadev_parse_mode(const char *text, umode_t *mode);

#endif /* VMADEV_PARAMS_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_INJECT_MATCH_H
#define VMADEV_INJECT_MATCH_H

#include <linux/types.h>

#include "vmadev.h"

int vmadev_rule_check(const struct vmadev_rule *rule);
bool vmadev_rule_covers(const struct vmadev_rule *rule, u64 pos, u64 bytes);
bool vmadev_rule_draw(struct vmadev_rule *rule, u64 *random);
u32 vmadev_rule_bit(const struct vmadev_rule *rule, unsigned int i, u32 bits);

#endif /* VMADEV_INJECT_MATCH_H */

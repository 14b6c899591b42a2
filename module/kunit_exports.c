// SPDX-License-Identifier: GPL-2.0
/*
 * On kernels that have KUnit: what vmadev_kunit.ko calls in vmadev.ko. Nothing
 * else is exported, ever.
 */
#include <linux/export.h>

#include "inject_match.h"
#include "params.h"
#include "strategy.h"
#include "vma.h"

#define KUNIT_CALLS EXPORT_SYMBOL_GPL

KUNIT_CALLS(vmadev_backing_by_id);
KUNIT_CALLS(vmadev_backing_by_name);
KUNIT_CALLS(vmadev_counters_sum);
KUNIT_CALLS(vmadev_parse_bytes);
KUNIT_CALLS(vmadev_parse_mode);
KUNIT_CALLS(vmadev_plan);
KUNIT_CALLS(vmadev_region_abilities);
KUNIT_CALLS(vmadev_region_name_ok);
KUNIT_CALLS(vmadev_rule_bit);
KUNIT_CALLS(vmadev_rule_check);
KUNIT_CALLS(vmadev_rule_covers);
KUNIT_CALLS(vmadev_rule_draw);
KUNIT_CALLS(vmadev_strategy_bitmap);
KUNIT_CALLS(vmadev_strategy_by_name);
KUNIT_CALLS(vmadev_strategy_for);

// SPDX-License-Identifier: GPL-2.0-or-later
/* The layout of the interface, asserted when 32-bit and 64-bit callers are built. */
#include <stddef.h>
#include <vmadev.h>

#define ASSERT_SIZE(type, bytes) \
	_Static_assert(sizeof(struct vmadev_##type) == (bytes), "size of vmadev_" #type)
#define ASSERT_AT(type, member, offset) \
	_Static_assert(offsetof(struct vmadev_##type, member) == (offset), #type "." #member)

ASSERT_SIZE(info, 136);
ASSERT_AT(info, strategy, 4);
ASSERT_AT(info, region, 8);
ASSERT_AT(info, bytes, 16);
ASSERT_AT(info, run_bytes, 24);
ASSERT_AT(info, backing, 32);
ASSERT_AT(info, page_size, 36);
ASSERT_AT(info, strategies_shared, 40);
ASSERT_AT(info, strategies_private, 44);
ASSERT_AT(info, strategies_known, 48);
ASSERT_AT(info, abilities, 52);
ASSERT_AT(info, name, 56);
ASSERT_AT(info, orders, 120);
ASSERT_AT(info, cache, 128);
ASSERT_AT(info, reserved, 132);

ASSERT_SIZE(set_strategy, 8);
ASSERT_AT(set_strategy, strategy, 4);

ASSERT_SIZE(stats, 80);
ASSERT_AT(stats, scope, 4);
ASSERT_AT(stats, observed, 8);
ASSERT_AT(stats, mmaps, 16);
ASSERT_AT(stats, faults_read, 24);
ASSERT_AT(stats, faults_write, 32);
ASSERT_AT(stats, faults_cow, 40);
ASSERT_AT(stats, faults_failed, 48);
ASSERT_AT(stats, pages, 56);
ASSERT_AT(stats, zaps, 64);
ASSERT_AT(stats, vmas, 72);

ASSERT_SIZE(create, 96);
ASSERT_AT(create, flags, 4);
ASSERT_AT(create, bytes, 8);
ASSERT_AT(create, backing, 16);
ASSERT_AT(create, strategy, 20);
ASSERT_AT(create, node, 24);
ASSERT_AT(create, reserved, 28);
ASSERT_AT(create, name, 32);

ASSERT_SIZE(open, 16);
ASSERT_AT(open, access, 4);
ASSERT_AT(open, strategy, 8);
ASSERT_AT(open, reserved, 12);

ASSERT_SIZE(open_by_name, 80);
ASSERT_AT(open_by_name, access, 4);
ASSERT_AT(open_by_name, strategy, 8);
ASSERT_AT(open_by_name, reserved, 12);
ASSERT_AT(open_by_name, name, 16);

ASSERT_SIZE(rule, 104);
ASSERT_AT(rule, offset, 0);
ASSERT_AT(rule, length, 8);
ASSERT_AT(rule, accesses, 16);
ASSERT_AT(rule, flags, 20);
ASSERT_AT(rule, whose, 24);
ASSERT_AT(rule, id, 28);
ASSERT_AT(rule, nth, 32);
ASSERT_AT(rule, interval, 40);
ASSERT_AT(rule, times, 48);
ASSERT_AT(rule, odds, 56);
ASSERT_AT(rule, chances, 60);
ASSERT_AT(rule, seed, 64);
ASSERT_AT(rule, value, 72);
ASSERT_AT(rule, action, 80);
ASSERT_AT(rule, reserved, 84);
ASSERT_AT(rule, seen, 88);
ASSERT_AT(rule, hits, 96);

ASSERT_SIZE(inject, 24);
ASSERT_AT(inject, flags, 4);
ASSERT_AT(inject, rules, 8);
ASSERT_AT(inject, nr, 16);
ASSERT_AT(inject, rule_size, 20);

ASSERT_SIZE(rules, 24);
ASSERT_AT(rules, flags, 4);
ASSERT_AT(rules, rules, 8);
ASSERT_AT(rules, nr, 16);
ASSERT_AT(rules, rule_size, 20);

ASSERT_SIZE(zap, 24);
ASSERT_AT(zap, flags, 4);
ASSERT_AT(zap, offset, 8);
ASSERT_AT(zap, length, 16);

ASSERT_SIZE(seals, 8);
ASSERT_AT(seals, seals, 4);

ASSERT_SIZE(revoke, 16);
ASSERT_AT(revoke, how, 4);
ASSERT_AT(revoke, pinned, 8);

ASSERT_SIZE(restore, 8);
ASSERT_AT(restore, flags, 4);

ASSERT_SIZE(crash, 112);
ASSERT_AT(crash, mode, 4);
ASSERT_AT(crash, flags, 8);
ASSERT_AT(crash, tear, 12);
ASSERT_AT(crash, seed, 16);
ASSERT_AT(crash, list, 24);
ASSERT_AT(crash, nr_pages, 32);
ASSERT_AT(crash, name, 40);
ASSERT_AT(crash, region, 104);

ASSERT_SIZE(writeback, 32);
ASSERT_AT(writeback, mode, 4);
ASSERT_AT(writeback, seed, 8);
ASSERT_AT(writeback, list, 16);
ASSERT_AT(writeback, nr_pages, 24);

ASSERT_SIZE(unsynced, 40);
ASSERT_AT(unsynced, flags, 4);
ASSERT_AT(unsynced, offset, 8);
ASSERT_AT(unsynced, length, 16);
ASSERT_AT(unsynced, bitmap, 24);
ASSERT_AT(unsynced, pages, 32);

ASSERT_SIZE(unsynced_name, 296);
ASSERT_AT(unsynced_name, flags, 4);
ASSERT_AT(unsynced_name, durable, 8);
ASSERT_AT(unsynced_name, live, 16);
ASSERT_AT(unsynced_name, bytes, 24);
ASSERT_AT(unsynced_name, change, 32);
ASSERT_AT(unsynced_name, name, 40);

ASSERT_SIZE(export, 32);
ASSERT_AT(export, access, 4);
ASSERT_AT(export, strategy, 8);
ASSERT_AT(export, reserved, 12);
ASSERT_AT(export, offset, 16);
ASSERT_AT(export, length, 24);

ASSERT_SIZE(dirty, 48);
ASSERT_AT(dirty, flags, 4);
ASSERT_AT(dirty, offset, 8);
ASSERT_AT(dirty, length, 16);
ASSERT_AT(dirty, bitmap, 24);
ASSERT_AT(dirty, unit, 32);
ASSERT_AT(dirty, dirty, 40);

ASSERT_SIZE(snapshot, 104);
ASSERT_AT(snapshot, flags, 4);
ASSERT_AT(snapshot, strategy, 8);
ASSERT_AT(snapshot, reserved, 12);
ASSERT_AT(snapshot, name, 16);
ASSERT_AT(snapshot, stopped_pages, 80);
ASSERT_AT(snapshot, stopped_ns, 88);
ASSERT_AT(snapshot, pinned, 96);

// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of cases. Rows of one name up to the last "-" differ in their axis alone. */
#include "vmabench.h"

#define SHARED	(PEER_VMADEV | PEER_MEMFD | PEER_TMPFS | PEER_HUGETLB | PEER_ZERO | PEER_UDMABUF)
#define MEMORY	(SHARED | PEER_ANON)
#define MAPPED	(MEMORY | PEER_POPULATE | PEER_MEMFD_POPULATE)
#define FILES	(PEER_VMADEV | PEER_MEMFD | PEER_TMPFS)
#define OBJECTS	(FILES | PEER_HUGETLB | PEER_UDMABUF)
#define MESSAGE	(PEER_VMADEV | PEER_MEMFD | PEER_STREAM)

#define MAP(label, size, n, ...) \
	{ .name = "map-" label, .unit = "call", .peers = MAPPED, .run = map_unmap, \
	  .bytes = size, .times = n, .axis = "bytes", .at = size, __VA_ARGS__ }
#define CREATE(label, size, n, ...) \
	{ .name = "create-" label, .unit = "call", .peers = OBJECTS, .run = region_create, \
	  .bytes = size, .times = n, .unmade = true, .axis = "bytes", .at = size, __VA_ARGS__ }
#define FAULT(label, who, how, size, ...) \
	{ .name = "fault-" label, .unit = "page", .peers = who, .run = how, .bytes = size, \
	  __VA_ARGS__ }
#define COPY(label, how, size, n) \
	{ .name = label, .unit = "call", .peers = FILES, .run = how, .bytes = size, .times = n, \
	  .axis = "bytes", .at = size }
#define MSYNC(label, distance) \
	{ .name = "msync-" label, .unit = "call", .peers = FILES, .run = copy_msync, \
	  .bytes = MIB(16), .times = 4, .step = distance, .axis = "dirty pages", \
	  .at = 4096 / (distance) }
#define DIRTY(label, size, ...) \
	{ .name = "dirty-" label, .unit = "call", .peers = PEER_VMADEV | PEER_MEMFD, \
	  .run = dirty_ask, .bytes = size, .unmade = true, .axis = "bytes", .at = size, \
	  __VA_ARGS__ }
#define MESSAGES(label, size, room, n) \
	{ .name = "message-" label, .unit = "message", .peers = MESSAGE, .run = message_pass, \
	  .bytes = room, .step = size, .times = n, .axis = "bytes", .at = size }
#define OF_PAGES(label, what, count, how, n) \
	{ .name = what "-" label, .unit = "call", .peers = MEMORY, .run = how, \
	  .bytes = KIB(4 * (count)), .times = n, .axis = "pages", .at = count }
#define PAGES(what, how, n) \
	OF_PAGES("256", what, 256, how, n), OF_PAGES("4096", what, 4096, how, n), \
	OF_PAGES("16384", what, 16384, how, n)
#define IOCTL(label, how, n) \
	{ .name = "ioctl-" label, .unit = "call", .peers = PEER_VMADEV, .run = how, \
	  .bytes = KIB(64), .times = n }
#define VMAS(label, count) \
	{ .name = "vmas-" label, .unit = "call", .peers = FILES, .run = map_use, \
	  .bytes = KIB(64), .times = 64, .axis = "VMAs", .at = count, .prepare = crowd_vmas }
#define REGIONS(label, count) \
	{ .name = "regions-" label, .unit = "call", .peers = PEER_VMADEV | PEER_MEMFD, \
	  .run = region_create, .bytes = KIB(4), .times = 128, .axis = "regions", .at = count, \
	  .prepare = crowd_regions }
#define LIST(label, count) \
	{ .name = "list-" label, .unit = "call", .peers = PEER_VMADEV, .run = region_list, \
	  .bytes = KIB(4), .axis = "regions", .at = count, .prepare = crowd_regions }
#define CROWD(label, count, who) \
	{ .name = #who "-" label, .unit = "call", .peers = PEER_VMADEV, .run = region_zap, \
	  .bytes = MIB(1), .axis = #who, .at = count, .prepare = crowd_##who, \
	  .finish = crowd_leave }

const struct bench_case cases[] = {
	MAP("4K", KIB(4), 4096),
	MAP("1M", MIB(1), 64),
	MAP("64M", MIB(64), 2),
	MAP("1G", GIB(1), 1, .is_long = true),
	{ .name = "touch-64M", .unit = "call", .peers = SHARED | PEER_ANON, .run = map_use,
	  .bytes = MIB(64), .times = 2, .step = 512 },

	FAULT("write", MEMORY, fault_present, MIB(16), .write = true),
	FAULT("write-sparse", MEMORY, fault_present, MIB(64), .write = true, .step = 16),
	FAULT("write-random", MEMORY, fault_present, MIB(16), .write = true, .random = true),
	FAULT("read", MEMORY, fault_present, MIB(16)),
	FAULT("read-sparse", MEMORY, fault_present, MIB(64), .step = 16),
	FAULT("read-random", MEMORY, fault_present, MIB(16), .random = true),
	FAULT("zapped", SHARED, fault_zapped, MIB(16)),
	FAULT("cow", MEMORY, fault_cow, MIB(16)),
	FAULT("traced", PEER_VMADEV, fault_present, MIB(16), .write = true,
	      .prepare = fault_trace, .finish = fault_untrace),
	FAULT("locks", FILES, fault_locks, MIB(2), .counted = "acquisitions"),
	FAULT("fresh-write", MEMORY, fault_fresh, MIB(16), .write = true, .unmade = true),
	FAULT("fresh-read", MEMORY, fault_fresh, MIB(16), .unmade = true),

	PAGES("fork", map_fork, 4),
	PAGES("mprotect", map_mprotect, 1),
	PAGES("mremap", map_mremap, 1),
	{ .name = "munmap-one", .unit = "call", .peers = MEMORY, .run = map_munmap_one,
	  .bytes = MIB(4) },
	{ .name = "page-tables", .unit = "GiB", .peers = MEMORY, .run = map_tables,
	  .bytes = MIB(256), .step = 512, .is_long = true, .counted = "bytes" },

	COPY("read-64", copy_read, 64, 1024),
	COPY("read-4K", copy_read, KIB(4), 1024),
	COPY("read-64K", copy_read, KIB(64), 128),
	COPY("read-1M", copy_read, MIB(1), 16),
	COPY("read-64M", copy_read, MIB(64), 1),
	COPY("write-64", copy_write, 64, 1024),
	COPY("write-4K", copy_write, KIB(4), 1024),
	COPY("write-64K", copy_write, KIB(64), 128),
	COPY("write-1M", copy_write, MIB(1), 16),
	COPY("write-64M", copy_write, MIB(64), 1),
	COPY("splice-64K", copy_splice, KIB(64), 128),
	COPY("vmsplice-64K", copy_vmsplice, KIB(64), 128),
	MSYNC("1", 4096),
	MSYNC("64", 64),
	MSYNC("4096", 1),

	DIRTY("64M", MIB(64), .is_long = true),
	DIRTY("1G", GIB(1), .is_long = true),

	CREATE("4K", KIB(4), 256),
	CREATE("1M", MIB(1), 16),
	CREATE("64M", MIB(64), 1),
	CREATE("1G", GIB(1), 1, .is_long = true),

	IOCTL("info", region_info, 1024),
	IOCTL("stats", region_stats, 1024),
	IOCTL("open", region_open, 256),
	IOCTL("strategy", region_strategy, 1024),
	IOCTL("zap", region_zap, 1),

	MESSAGES("64", 64, KIB(4), 256),
	MESSAGES("4K", KIB(4), KIB(4), 256),
	MESSAGES("64K", KIB(64), KIB(64), 64),
	MESSAGES("1M", MIB(1), MIB(1), 8),

	VMAS("1", 1),
	VMAS("1000", 1000),
	VMAS("60000", 60000),
	REGIONS("1", 1),
	REGIONS("100", 100),
	REGIONS("10000", 10000),
	LIST("1", 1),
	LIST("100", 100),
	LIST("10000", 10000),
	CROWD("1", 1, processes),
	CROWD("8", 8, processes),
	CROWD("64", 64, processes),
	CROWD("1", 1, mappings),
	CROWD("64", 64, mappings),
	CROWD("1024", 1024, mappings),
};

const size_t case_count = ARRAY_SIZE(cases);

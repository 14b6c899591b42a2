// SPDX-License-Identifier: GPL-2.0-or-later
/* The questions: a file each in probe/, a row each here, in the order in which they are asked. */
#include "vmaudit.h"

#define PROBES(_)				\
	_(zeroed)				\
	_(length_past)				\
	_(offset_past)				\
	_(offset_overflow)			\
	_(mprotect_upgrade)			\
	_(private_isolated)			\
	_(exec)					\
	_(fork)					\
	_(munmap_first)				\
	_(munmap_middle)			\
	_(munmap_last)				\
	_(mem_write_reader)			\
	_(ptrace_write_reader)			\
	_(mem_read)				\
	_(ptrace_peek)				\
	_(process_vm_readv)			\
	_(process_vm_writev)			\
	_(vmsplice)				\
	_(o_direct_read)			\
	_(o_direct_write)			\
	_(io_uring_fixed)			\
	_(kvm_slot)				\
	_(core_dump)				\
	_(uffd_missing)				\
	_(uffd_wp)				\
	_(uffd_wp_async)			\
	_(uffd_minor)				\
	_(guard)				\
	_(pagemap)				\
	_(pagemap_scan)				\
	_(soft_dirty)				\
	_(smaps_flags)				\
	_(smaps_writable_reader)		\
	_(maps_offset)				\
	_(read_fault)				\
	_(write_fault)				\
	_(signal_past_end)			\
	_(private_fork)				\
	_(private_cow_offset)			\
	_(msync_async)				\
	_(msync_sync)				\
	_(msync_invalidate)			\
	_(write_through_read)			\
	_(mseal)				\
	_(numa_policy)				\
	_(move_pages)				\
	_(thp)					\
	_(mincore)				\
	_(futex_private)			\
	_(futex_shared)

#define DECLARE(name) extern const struct probe probe_##name;
#define ROW(name) &probe_##name,

PROBES(DECLARE)

const struct probe *const probes[] = { PROBES(ROW) };
const size_t probe_count = ARRAY_SIZE(probes);

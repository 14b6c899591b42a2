// SPDX-License-Identifier: GPL-2.0-or-later
/* The questions: a file each in probe/, a row each here, in the order in which they are asked. */
#include "vmaudit.h"

#define PROBES(_)				\
	_(read_fault)			\
	_(write_fault)			\
	_(zeroed)			\
	_(length_past)			\
	_(offset_past)			\
	_(offset_overflow)		\
	_(signal_past_end)		\
	_(mprotect_upgrade)		\
	_(mem_write_reader)		\
	_(ptrace_write_reader)		\
	_(smaps_writable_reader)	\
	_(private_isolated)		\
	_(private_fork)			\
	_(private_cow_offset)		\
	_(exec)				\
	_(fork)				\
	_(munmap_first)			\
	_(munmap_middle)		\
	_(munmap_last)			\
	_(mprotect_middle)		\
	_(mremap_grow)			\
	_(mremap_shrink)		\
	_(mremap_move)			\
	_(mremap_dontunmap)		\
	_(mremap_old_size_0)		\
	_(mremap_two_vmas)		\
	_(map_fixed_over)		\
	_(map_fixed_refused)		\
	_(remap_file_pages)		\
	_(remap_file_pages_past)	\
	_(fork_unmap)			\
	_(close_mapped)			\
	_(pass_descriptor)		\
	_(reopen)			\
	_(exec_over)			\
	_(madvise_normal)		\
	_(madvise_random)		\
	_(madvise_sequential)		\
	_(madvise_willneed)		\
	_(madvise_dontneed)		\
	_(madvise_free)			\
	_(madvise_remove)		\
	_(madvise_dontfork)		\
	_(madvise_dofork)		\
	_(madvise_wipeonfork)		\
	_(madvise_keeponfork)		\
	_(madvise_mergeable)		\
	_(madvise_unmergeable)		\
	_(madvise_hugepage)		\
	_(madvise_nohugepage)		\
	_(madvise_collapse)		\
	_(madvise_dontdump)		\
	_(madvise_dodump)		\
	_(madvise_cold)			\
	_(madvise_pageout)		\
	_(madvise_populate_read)	\
	_(madvise_populate_write)	\
	_(madvise_guard_install)	\
	_(madvise_guard_remove)		\
	_(madvise_hwpoison)		\
	_(map_populate)			\
	_(mlock)			\
	_(mlock_onfault)		\
	_(limit_memlock)		\
	_(limit_map_count)		\
	_(neighbours_merge)		\
	_(vma_name)			\
	_(accounting)			\
	_(mem_read)			\
	_(mem_read_past)		\
	_(ptrace_peek)			\
	_(process_vm_readv)		\
	_(process_vm_writev)		\
	_(vmsplice)			\
	_(o_direct_read)		\
	_(o_direct_write)		\
	_(io_uring_fixed)		\
	_(kvm_slot)			\
	_(core_dump)			\
	_(uffd_missing)			\
	_(uffd_wp)			\
	_(uffd_wp_async)		\
	_(uffd_minor)			\
	_(pagemap)			\
	_(pagemap_scan)			\
	_(soft_dirty)			\
	_(smaps_flags)			\
	_(maps_offset)			\
	_(msync_async)			\
	_(msync_sync)			\
	_(msync_invalidate)		\
	_(write_through_read)		\
	_(mseal)			\
	_(numa_policy)			\
	_(move_pages)			\
	_(thp)				\
	_(mincore)			\
	_(futex_private)		\
	_(futex_shared)			\
	_(threads)			\
	_(leak)				\
	_(leak_fork)			\
	_(hook_revoke)			\
	_(hook_resize)			\
	_(hook_free)

#define DECLARE(name) extern const struct probe probe_##name;
#define ROW(name) &probe_##name,

PROBES(DECLARE)

const struct probe *const probes[] = { PROBES(ROW) };
const size_t probe_count = ARRAY_SIZE(probes);

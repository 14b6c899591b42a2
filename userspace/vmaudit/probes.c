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
	_(uffd_minor)

#define DECLARE(name) extern const struct probe probe_##name;
#define ROW(name) &probe_##name,

PROBES(DECLARE)

const struct probe *const probes[] = { PROBES(ROW) };
const size_t probe_count = ARRAY_SIZE(probes);

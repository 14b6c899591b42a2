/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process as the kernel shows it: its VMAs, limits, memory and descriptors. */
#ifndef VMATRACE_TARGET_H
#define VMATRACE_TARGET_H

#include <sys/types.h>

#include "../model/vma.h"

/**
 * struct target - an open view on one address space
 * @pid:  a process that has it
 * @maps: /proc/PID/maps, for PROCMAP_QUERY; -1: to be opened; @pagemap: as well
 */
struct target {
	pid_t pid;
	int maps, pagemap;
};

void target_init(struct target *target, pid_t pid);
void target_close(struct target *target);

/* target_hold - look at the address space that it has now, even if it gets another */
void target_hold(struct target *target);
/* target_gone - nobody has that any more */
bool target_gone(struct target *target);

/* target_has_query - does this kernel have PROCMAP_QUERY (6.11)? */
bool target_has_query(void);
/* target_forbid_query - read maps as older kernels have to; for tests */
void target_forbid_query(void);

/* target_window - what is mapped in [start, end), or more; false: it is gone */
bool target_window(struct target *target, struct mm *mm, __u64 start, __u64 end);
/* target_flags - the flags of one VMA, from smaps; 0: it is not there */
__u64 target_flags(struct target *target, __u64 address);
/* target_faulted - has a private VMA pages of its own? By pagemap. */
bool target_faulted(struct target *target, const struct vma *vma);

/* target_number - the number that a file holds; @otherwise if it holds none */
__u64 target_number(const char *path, __u64 otherwise);
void target_limits(struct target *target, struct limits *limits);
/* target_layout - where heap and stack began, what its personality makes of rights, and KSM */
void target_layout(struct target *target, struct mm *mm);
/* target_string - a string of its memory; false: it cannot be read */
bool target_string(pid_t pid, __u64 address, char *room, size_t size);
bool target_memory(pid_t pid, __u64 address, void *room, size_t size);
/* target_segment - the size of a segment that a process may attach; 0: nobody says */
__u64 target_segment(pid_t pid, int number);
/* target_uffd - a number for a userfaultfd, whichever descriptors it has */
__u32 target_uffd(pid_t pid, int fd);
/* target_is_itself - does a pidfd of its name the process itself? */
bool target_is_itself(pid_t pid, int fd);
/* target_writable - is one of its descriptors open for writing? */
bool target_writable(pid_t pid, int fd);

#endif

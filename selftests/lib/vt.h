/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probes that the selftests share. A call that fails returns -1 and leaves
 * errno, unless it says otherwise.
 */
#ifndef VT_H
#define VT_H

#include <stdbool.h>
#include <stddef.h>

#include "vmadev.h"

/* device.c: /dev/vmadev and its ioctls */
struct vt_mode {
	const char *name;
	__u32 strategy;
	__u32 backing;
};

int vt_open(int oflags);
/* Through a descriptor of /dev/vmadev of its own. @name may be NULL. */
int vt_create(__u32 backing, __u32 strategy, size_t bytes, const char *name);
int vt_create_flags(__u32 backing, __u32 strategy, size_t bytes, const char *name, __u32 flags);
int vt_create_raw(int fd, struct vmadev_create *c);
int vt_reopen(int fd, __u32 access, __u32 strategy);
int vt_open_by_name(int fd, const char *name, __u32 access, __u32 strategy);
int vt_info(int fd, struct vmadev_info *i);
int vt_stats(int fd, __u32 scope, struct vmadev_stats *s);
int vt_set_strategy(int fd, __u32 strategy);
int vt_zap(int fd, __u64 off, __u64 len);
int vt_add_seals(int fd, __u32 seals);
int vt_get_seals(int fd);
/* @pinned may be NULL */
int vt_revoke(int fd, __u32 how, __u64 *pinned);
int vt_restore(int fd);
/* The rules of a region become this one, or none. */
int vt_inject(int fd, struct vmadev_rule rule);
int vt_inject_more(int fd, struct vmadev_rule rule);
int vt_inject_clear(int fd);
/* Rule @i as it is now. */
int vt_rule(int fd, unsigned int i, struct vmadev_rule *rule);
/* Can regions be exported on this kernel, as a new one says? */
bool vt_has_export(void);
int vt_export(int fd, __u32 access, __u32 strategy, __u64 off, __u64 len);
/* How many units are dirty, of which @words tells; 0 for the rest is to the end, of pages. */
long vt_dirty_get(int fd, __u32 flags, __u64 off, __u64 len, __u64 unit, __u64 *words);
/* ... were, of those in @words */
long vt_dirty_clear(int fd, __u64 off, __u64 len, __u64 unit, const __u64 *words);
int vt_snapshot(int fd, struct vmadev_snapshot *snapshot);
/* Can this region and kernel serve @strategy? 1, 0, or -1. */
int vt_serves(int fd, __u32 strategy, bool private);

/* media.c: @value is a seed, or with VMADEV_KEEP_LIST how many bits @words has */
/* How many pages are not durable, and which if @bitmap is given; @len 0: to the end. */
long vt_unsynced(int fd, __u64 off, __u64 len, __u64 *bitmap);
int vt_crash_fork(int fd, __u32 mode, __u64 value, const __u64 *words);
/* The same, of a list, with flags. */
int vt_crash_fork_as(int fd, __u64 bits, const __u64 *words, __u32 flags);
/* Of a directory: of the file of that region, both copies. */
int vt_crash_fork_of(int fd, __u64 region);
/* Of a directory: the next name that is not durable; -1. */
int vt_next_name(int fd, struct vmadev_unsynced_name *name);
int vt_crash_revert(int fd, __u32 mode, __u64 value, const __u64 *words, __u32 flags);
int vt_writeback(int fd, __u32 mode, __u64 value, const __u64 *words);

/* room.c: how much a CREATE may ask for now, to the page */
__u64 vt_room(int dev);

/* module.c: 0 or -errno */
int vt_load(const char *params);
int vt_unload(void);
/* The module NAME.ko of the same folder. */
int vt_load_beside(const char *name);
int vt_unload_beside(const char *name);

/* bytes.c: memory and its contents */
size_t vt_page(void);
int vt_kernel_at_least(int major, int minor);

/* Has the kernel entries of PFNs that are larger than a page? */
bool vt_has_huge(void);
size_t vt_huge_bytes(void);	/* of an entry of a PMD; 0: there are none */
/* Bytes that depend on @seed and on their place; never all zero. */
void vt_pattern(void *p, size_t n, unsigned int seed);
bool vt_is_pattern(const void *p, size_t n, unsigned int seed);
bool vt_is_zero(const void *p, size_t n);
size_t vt_longest_hex(const char *text);

/* maps.c: what /proc/self says about an address */
struct vt_vma {
	unsigned long start;
	unsigned long end;
	unsigned long offset;	/* in bytes; wraps where a long is 32 bits */
	char perms[5];
	unsigned int major, minor;	/* the device of its file */
	unsigned long inode;
	char name[256];
};

int vt_vma_at(const void *addr, struct vt_vma *v);
/* How many VMAs overlap [addr, addr + len). */
int vt_vmas_in(const void *addr, size_t len);
/* The VmFlags of smaps, as "rd wr sh ". */
int vt_smaps_flags(const void *addr, char *buf, size_t n);
bool vt_has_flag(const void *addr, const char *two);
/* The kB of a line of smaps ("Rss", "Locked", ...), or -1. */
long vt_smaps_kb(const void *addr, const char *key);
/* The entry of /proc/self/pagemap, or all ones. */
__u64 vt_pagemap(const void *addr);
/* Is there an entry for the page? It may be touched to see; @fd: of the region. */
bool vt_is_mapped(int fd, const void *addr);

/* touch.c: one byte, and survive the signal; from any thread */
int vt_read(const volatile void *p);		/* 0-255, -SIGBUS, -SIGSEGV */
int vt_write(volatile void *p, int byte);	/* 0, -SIGBUS, -SIGSEGV */

/* trace.c: the module's tracepoints */
/* Clear the buffer and record @event; NULL: all of the module's. */
int vt_trace_start(const char *event);
/* Stop and return the buffer's text, to be freed; or NULL. */
char *vt_trace_stop(void);
/* Record at all? vt_trace_start() says yes. */
int vt_trace_on(bool on);
/* Write to a file of @event, named without its "vmadev_" ("filter", "trigger"); NULL: of all. */
int vt_trace_set(const char *event, const char *file, const char *text);
/* How many lines contain @needle. */
int vt_trace_count(const char *text, const char *needle);

/* pci.c: a device's name, as 0000:00:04.0, is what it goes by */
#define VT_PCI_NAME 16

/* The @nth (from 0) device of that kind, told by what lspci(8) calls it: "1af4:1110". */
bool vt_pci_find(const char *kind, int nth, char name[VT_PCI_NAME]);
/* Give it to the module, whoever has it now, or take it away: 0 or -1. */
int vt_pci_bind(const char *name);
int vt_pci_unbind(const char *name);
/* ... for good: it binds to what it would by itself. */
void vt_pci_release(const char *name);
bool vt_pci_is_bound(const char *name);
/* A word into a file of its folder in sysfs, or into any. */
int vt_pci_write(const char *name, const char *file, const char *word);
int vt_write_word(const char *path, const char *word);
/* Where BAR @nr lies in physical memory, and how long it is. */
bool vt_pci_bar(const char *name, int nr, __u64 *start, __u64 *bytes);

/* memory.c: a line of /proc/meminfo, or -1 */
long vt_meminfo_kb(const char *key);
/* Also what CPUs have at hand is free; /proc/meminfo counts it as used. */
long vt_used_kb(void);

/* child.c */
/* Run @fn in a forked child: its exit status (0-255), or -signal. */
int vt_in_child(int (*fn)(void *arg), void *arg);

#endif /* VT_H */

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvmadev: regions of /dev/vmadev, made, mapped and passed on.
 *
 * Everything is a plain file descriptor: poll, fstat, read, write, mmap and
 * close work on it as on any other. The library holds no state but the last
 * error of each thread.
 *
 * Every function sets errno when it fails, and vmadev_error() then says which
 * call it was and why, in one line. Bytes and offsets are in bytes. Where a
 * strategy, a backing or an access is asked for, 0 means the default. All
 * functions are thread-safe. Descriptors are close-on-exec.
 */
#ifndef LIBVMADEV_H
#define LIBVMADEV_H

#include <stddef.h>
#include <stdint.h>

#include <vmadev.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LIBVMADEV_VERSION "0.1"

#define VMADEV_DEVICE "/dev/vmadev"

/* What vmadev_counter() gives for a counter that the module cannot see. */
#define VMADEV_NOT_OBSERVED UINT64_MAX

/**
 * vmadev_open - open the device: a handle on its default region
 * @path:   the device node; NULL: VMADEV_DEVICE
 * @oflags: O_RDONLY or O_RDWR, as for open(2); what makes or changes a region
 *	    needs O_RDWR
 *
 * Returns the descriptor, or -1.
 * Errors: those of open(2); ENOTTY, @path is no vmadev device.
 */
int vmadev_open(const char *path, int oflags);

/**
 * vmadev_create - make a region
 * @fd:	      a descriptor of the device that is open for writing
 * @name:     of the region, shown in /proc/PID/maps, at most
 *	      VMADEV_NAME_MAX - 1 bytes; NULL or "": "region-ID"
 * @bytes:    its size: a multiple of the page size, not 0
 * @backing:  enum vmadev_backing_id, or 0
 * @strategy: of the new handle, enum vmadev_strategy_id, or 0
 *
 * Returns a new handle, open for reading and writing, or -1. The region lives
 * until the last handle and the last mapping are gone.
 * Errors: EBADF, ENAMETOOLONG, EINVAL, ENOSPC, ENOMEM, EOPNOTSUPP, EMFILE,
 * ENFILE; see struct vmadev_create.
 */
int vmadev_create(int fd, const char *name, __u64 bytes, __u32 backing,
		  __u32 strategy);

/**
 * vmadev_create_on_node - the same, with all pages from one NUMA node
 * @fd:	      as of vmadev_create()
 * @name:     the same
 * @bytes:    the same
 * @backing:  the same
 * @strategy: the same
 * @node:     its number
 *
 * Backings pages and contig.
 */
int vmadev_create_on_node(int fd, const char *name, __u64 bytes, __u32 backing,
			  __u32 strategy, int node);

/**
 * vmadev_create_sealable - the same as vmadev_create(), of a region that can be sealed
 * @fd:	      as of vmadev_create()
 * @name:     the same
 * @bytes:    the same
 * @backing:  the same
 * @strategy: the same
 *
 * By vmadev_add_seals(). Without it nobody ever can.
 */
int vmadev_create_sealable(int fd, const char *name, __u64 bytes, __u32 backing,
			   __u32 strategy);

/**
 * vmadev_create_flags - the same as vmadev_create(), of a region that can more
 * @fd:	      as of vmadev_create()
 * @name:     the same
 * @bytes:    the same
 * @backing:  the same
 * @strategy: the same
 * @flags:    VMADEV_CREATE_ALLOW_SEALING, VMADEV_CREATE_REOPEN, VMADEV_CREATE_LOG_DIRTY,
 *	      VMADEV_CREATE_WC, VMADEV_CREATE_UC
 *
 * Errors: EOPNOTSUPP also, @flags do not go together, with @backing or with this machine; see
 * struct vmadev_create.
 */
int vmadev_create_flags(int fd, const char *name, __u64 bytes, __u32 backing,
			__u32 strategy, __u32 flags);

/**
 * vmadev_open_handle - another handle on the region of a descriptor
 * @fd:	      any handle of the region
 * @access:   enum vmadev_access; 0: as @fd
 * @strategy: enum vmadev_strategy_id; 0: the default of the backing
 *
 * Returns the new handle, or -1.
 * Errors: EACCES, @access is more than @fd has; EOPNOTSUPP, the region or the
 * kernel cannot serve @strategy; EINVAL, ENOMEM, EMFILE, ENFILE.
 */
int vmadev_open_handle(int fd, __u32 access, __u32 strategy);

/**
 * vmadev_open_by_name - a handle on memory of a PCI device that is bound to the module
 * @fd:	      by vmadev_open()
 * @name:     of the device and its BAR, as "0000:00:04.0.bar2"
 * @access:   enum vmadev_access; 0: as @fd
 * @strategy: enum vmadev_strategy_id; 0: pfn
 *
 * Returns the handle, or -1. Each access by read(2) and write(2) is of the width that is asked
 * for. When the device goes, mappings raise SIGBUS, and calls fail with ENODEV.
 * Errors: ENOENT, there is none; EPERM, no CAP_SYS_RAWIO, or @fd is of another region than the
 * device's default one; EACCES, EOPNOTSUPP, ENOMEM, EMFILE, ENFILE, as vmadev_open_handle();
 * ENAMETOOLONG, EINVAL, ENOTTY; see struct vmadev_open_by_name.
 */
int vmadev_open_by_name(int fd, const char *name, __u32 access, __u32 strategy);

/**
 * vmadev_info - what a descriptor is
 * @fd:	  a handle
 * @info: is filled in
 * @size: sizeof(*info)
 *
 * Returns 0, or -1.
 * Errors: ENOTTY, @fd is not of vmadev; EBADF.
 */
int vmadev_info(int fd, struct vmadev_info *info, size_t size);

/**
 * vmadev_stats - the counters of a handle or of its region
 * @fd:	   a handle
 * @scope: enum vmadev_scope; 0: of the handle
 * @stats: is filled in
 * @size:  sizeof(*stats)
 *
 * Returns 0, or -1. A counter whose bit in stats->observed is clear cannot be
 * seen by the module: that is not the same as 0.
 * Errors: ENOTTY, EBADF, EINVAL.
 */
int vmadev_stats(int fd, __u32 scope, struct vmadev_stats *stats, size_t size);

/**
 * vmadev_set_strategy - choose how a handle maps, before its first mapping
 * @fd:	      a handle
 * @strategy: enum vmadev_strategy_id; 0: the default of the backing
 *
 * Returns 0, or -1.
 * Errors: EBUSY, the handle has mapped already; EOPNOTSUPP, the region or the
 * kernel cannot serve @strategy; EINVAL, ENOTTY, EBADF.
 */
int vmadev_set_strategy(int fd, __u32 strategy);

/**
 * vmadev_map - map a part of a region with a strategy
 * @address:  as for mmap(2)
 * @length:   in bytes; ends with the region at the latest
 * @prot:     PROT_*; PROT_EXEC is refused
 * @flags:    MAP_SHARED or MAP_PRIVATE, and more, as for mmap(2)
 * @fd:	      a handle
 * @offset:   into the region, a multiple of the page size
 * @strategy: enum vmadev_strategy_id; 0: the one that the handle has
 *
 * The arguments are those of mmap(2), and the strategy.
 *
 * Returns the address, or MAP_FAILED. Unmap with munmap(2). The mapping
 * outlives the handle. Sets the handle's strategy where it differs, also if the
 * mapping then fails.
 * Errors: EBUSY, the handle has mapped with another strategy (take another
 * handle); EOPNOTSUPP, as vmadev_set_strategy(); EINVAL, the range is not
 * inside the region or not aligned, or remap or pfn with MAP_PRIVATE; EACCES,
 * a read-only handle with PROT_WRITE and MAP_SHARED; EPERM, PROT_EXEC; others
 * of mmap(2).
 */
void *vmadev_map(void *address, size_t length, int prot, int flags, int fd, __u64 offset,
		 __u32 strategy);

/**
 * vmadev_zap - drop the page-table entries of a range in every process
 * @fd:	    a handle that is open for writing
 * @offset: into the region, a multiple of the page size
 * @length: a multiple of the page size, not 0
 *
 * Returns 0, or -1. The bytes stay; the next access to a page faults.
 * Errors: EBADF, EINVAL, EOPNOTSUPP, ENOTTY; see struct vmadev_zap.
 */
int vmadev_zap(int fd, __u64 offset, __u64 length);

/**
 * vmadev_resize - make a region longer or shorter, as ftruncate(2) does
 * @fd:    a handle that is open for writing, by vmadev_create() or
 *	   vmadev_open_handle()
 * @bytes: its new size: a multiple of the page size, or 0
 *
 * Returns 0, or -1. What is cut off is gone from every mapping, where an access is
 * SIGBUS then; what is new is zeros.
 * Errors: EPERM, the default region; EOPNOTSUPP, the backing is contig; EINVAL,
 * ENOSPC, EFBIG, ENOMEM, ENOTTY; see <vmadev.h>.
 */
int vmadev_resize(int fd, __u64 bytes);

/**
 * vmadev_punch - make bytes zeros and give their memory back, as fallocate(2) does
 * @fd:	    a handle that is open for writing, by vmadev_create() or
 *	    vmadev_open_handle()
 * @offset: into the region
 * @length: not 0; what is past the end is left out
 *
 * Returns 0, or -1. Private copies stay, and so does what is pinned, with who
 * pinned it. Of backing contig the memory stays.
 * Errors: EBADF, EINVAL, EFBIG, ENOMEM, EIO, ENOTTY; EOPNOTSUPP or ENODEV, the
 * default region; see <vmadev.h>.
 */
int vmadev_punch(int fd, __u64 offset, __u64 length);

/**
 * vmadev_add_seals - forbid for ever what a region could, as F_ADD_SEALS of fcntl(2) does
 * @fd:    a handle that is open for writing, of a region by vmadev_create_sealable()
 * @seals: VMADEV_SEAL_*
 *
 * Returns 0, or -1.
 * Errors: EPERM, @fd is not open for writing, or no seal can be added; EBUSY, there is a
 * mapping that can be written through, or a page is pinned; EINVAL, ENOTTY; see struct
 * vmadev_seals.
 */
int vmadev_add_seals(int fd, __u32 seals);

/**
 * vmadev_get_seals - the seals of a region
 * @fd:    a handle
 * @seals: is set to VMADEV_SEAL_*
 *
 * Returns 0, or -1.
 * Errors: ENOTTY, EBADF.
 */
int vmadev_get_seals(int fd, __u32 *seals);

/**
 * vmadev_rule_parse - a rule of faults by script, from its text
 * @text: "RANGE: ACCESS [WHOSE] [WHICH] ACTION", as vmadev_rule_parse(3) tells:
 *	  "page 4: read nth=3 sigbus", "0-1M: write(2) probability=1% errno=EIO"
 * @rule: is filled in; untouched by a text that is refused
 * @size: sizeof(*rule)
 *
 * Returns 0, or -1. vmadev_error() names the word that is not understood, and
 * what was expected instead.
 * Errors: EINVAL.
 */
int vmadev_rule_parse(const char *text, struct vmadev_rule *rule, size_t size);

/**
 * vmadev_rule_format - a rule as text, which vmadev_rule_parse() reads
 * @rule: as vmadev_rules() gives it
 * @text: gets it, cut to its room
 * @room: of @text, in bytes, the closing NUL included
 *
 * Returns how long the whole text is. Never fails; errno stays.
 */
int vmadev_rule_format(const struct vmadev_rule *rule, char *text, size_t room);

/**
 * vmadev_inject - give a region its rules
 * @fd:	   a handle that is open for writing
 * @flags: 0: instead of those there are; VMADEV_INJECT_APPEND: after them;
 *	   VMADEV_INJECT_CLEAR: none, and @count is 0
 * @rules: by vmadev_rule_parse(), say
 * @count: how many
 * @size:  sizeof(*rules)
 *
 * Returns 0, or -1: then the rules there are stay. They are in force when the
 * call returns, for mappings that there are as well.
 * Errors: EBADF, EINVAL, EPERM, ESRCH, EOPNOTSUPP, ENOSPC, ENOMEM, ENOTTY; see
 * struct vmadev_inject.
 */
int vmadev_inject(int fd, __u32 flags, const struct vmadev_rule *rules, unsigned int count,
		  size_t size);

/**
 * vmadev_rules - the rules of a region, and how often they have hit
 * @fd:	   a handle
 * @rules: are filled in
 * @room:  how many there is room for; VMADEV_RULES_MAX is enough
 * @size:  sizeof(*rules)
 *
 * Returns how many there are, also beyond @room, or -1.
 * Errors: ENOTTY, EBADF, EINVAL, ENOMEM.
 */
int vmadev_rules(int fd, struct vmadev_rule *rules, unsigned int room, size_t size);

/**
 * vmadev_revoke - take the memory of a region away, from all who map it
 * @fd:	    a handle that is open for writing
 * @how:    enum vmadev_revoke_how: what mappings show then; 0: an access is SIGBUS
 * @pinned: is set to the bytes that others have still; may be NULL
 *
 * Returns 0, or -1. What asks for bytes is ENODEV then, until vmadev_restore().
 * Errors: EBADF, EPERM, ENODEV, EOPNOTSUPP, EINVAL, ENOMEM, ENOTTY; see struct
 * vmadev_revoke.
 */
int vmadev_revoke(int fd, __u32 how, __u64 *pinned);

/**
 * vmadev_restore - give a revoked region new memory, zeroed
 * @fd: a handle that is open for writing
 *
 * Returns 0, or -1. Handles and mappings are as before.
 * Errors: EBADF, EINVAL, EPERM, ENOSPC, ENOMEM, ENOTTY; see struct vmadev_restore.
 */
int vmadev_restore(int fd);

/**
 * vmadev_unsynced - which pages of a region of media are not durable?
 * @fd:	    a handle
 * @offset: into the region, a multiple of the page size
 * @length: a multiple of the page size; 0: up to the end
 * @bitmap: a bit for each page from @offset on: bit i % 64 of word i / 64 is page i;
 *	    NULL: they are counted only
 *
 * Returns how many, or -1.
 * Errors: EOPNOTSUPP, the backing is not media; EINVAL, ENOMEM, ENOTTY.
 */
long long vmadev_unsynced(int fd, __u64 offset, __u64 length, __u64 *bitmap);

/**
 * vmadev_writeback - make pages durable, as a kernel may at any time
 * @fd:	      a handle that is open for writing
 * @mode:     enum vmadev_keep_mode: which of those that are not; 0: all
 * @seed:     of those that are random
 * @list:     with VMADEV_KEEP_LIST the bits of those, as of vmadev_unsynced(); else NULL
 * @nr_pages: how many bits; else 0
 *
 * Returns 0, or -1.
 * Errors: EBADF, EOPNOTSUPP, EINVAL, ENOMEM, ENOTTY; see struct vmadev_writeback.
 */
int vmadev_writeback(int fd, __u32 mode, __u64 seed, const __u64 *list, __u64 nr_pages);

/**
 * vmadev_crash_fork - what a power cut would leave of a region, as a new region
 * @fd:	   a handle that is open for reading and writing
 * @crash: which pages are kept of those that are not durable, and the new name; the
 *	   member size is filled in
 * @size:  sizeof(*crash)
 *
 * Returns a handle on the new region, or -1. The region itself goes on.
 * Errors: EBADF, EOPNOTSUPP, EINVAL, ENOSPC, ENOMEM, EMFILE, ENFILE, ENOTTY; see struct
 * vmadev_crash.
 */
int vmadev_crash_fork(int fd, struct vmadev_crash *crash, size_t size);

/**
 * vmadev_crash_revert - the same in place: the region is what a power cut leaves
 * @fd:	   a handle that is open for writing
 * @crash: as of vmadev_crash_fork(), without a name
 * @size:  sizeof(*crash)
 *
 * Returns 0, or -1. Mappings show it, or with VMADEV_CRASH_SIGBUS end.
 * Errors: EBADF, EOPNOTSUPP, EINVAL, ENOMEM, ENOTTY.
 */
int vmadev_crash_revert(int fd, struct vmadev_crash *crash, size_t size);

/**
 * vmadev_next_name - which names of a directory are not durable?
 * @fd:	  a directory on a mount of media
 * @name: with the name of the one before, or "", and flags 0; gets the next one
 * @size: sizeof(*name)
 *
 * Returns 1, 0 if there are no more, or -1. Of such directories vmadev_crash_revert() takes
 * changes of names back, and vmadev_crash_fork() is of the file of a name, as struct
 * vmadev_crash says.
 * Errors: EINVAL, ENOTTY.
 */
int vmadev_next_name(int fd, struct vmadev_unsynced_name *name, size_t size);

/**
 * vmadev_export - a dma-buf of a range of a region, for drivers that import such
 * @fd:	      a handle that is open for writing
 * @access:   enum vmadev_access; 0: as @fd
 * @strategy: of the buffer's mappings, enum vmadev_strategy_id, or 0
 * @offset:   into the region, a multiple of the page size
 * @length:   a multiple of the page size, not 0
 *
 * Returns its descriptor, or -1. As long as there is the buffer, the region keeps
 * the pages of the range: what would take one away is EBUSY; but vmadev_revoke()
 * ends the buffer.
 * Errors: EBADF, EACCES, EPERM, ENODEV, EINVAL, EIO, ENOMEM, EMFILE, ENFILE, ENOTTY;
 * EOPNOTSUPP, the backing is shmem, media or none, it cannot serve @strategy, or the
 * kernel has no dma-bufs; see struct vmadev_export.
 */
int vmadev_export(int fd, __u32 access, __u32 strategy, __u64 offset, __u64 length);

/**
 * vmadev_dirty_get - which pages have been written to?
 * @fd:	    a handle of a region made with VMADEV_CREATE_LOG_DIRTY, open for writing
 * @flags:  VMADEV_DIRTY_NO_CLEAR: they stay in the log, and @fd may be one that reads; or 0
 * @offset: into the region, a multiple of @unit
 * @length: a multiple of the page size; 0: up to the end
 * @unit:   bytes that a bit stands for, a power of two; 0: a page
 * @bitmap: bits of dirty units are set: bit i % 64 of word i / 64 is unit i from @offset on;
 *	    others are left as they are. NULL: they are counted only.
 *
 * Since they were last taken out of the log, which this does. Who copies what it tells of
 * afterwards, until there is nothing more, has the same bytes.
 *
 * Returns how many units, or -1.
 * Errors: EBADF, EOPNOTSUPP, ENODEV, EINVAL, EFAULT, EINTR, ENOMEM, ENOTTY; see struct
 * vmadev_dirty. Nothing is lost then.
 */
long long vmadev_dirty_get(int fd, __u32 flags, __u64 offset, __u64 length, __u64 unit,
			   __u64 *bitmap);

/**
 * vmadev_dirty_clear - take pages out of the log
 * @fd:	    as of vmadev_dirty_get(), open for writing
 * @offset: the same
 * @length: the same
 * @unit:   the same
 * @bitmap: which units
 *
 * After vmadev_dirty_get() with VMADEV_DIRTY_NO_CLEAR, before they are copied.
 *
 * Returns how many of them were dirty, or -1.
 * Errors: as of vmadev_dirty_get().
 */
long long vmadev_dirty_clear(int fd, __u64 offset, __u64 length, __u64 unit,
			     const __u64 *bitmap);

/**
 * vmadev_snapshot - a region's bytes of one moment, as a new region
 * @fd:	      a handle of a region made with VMADEV_CREATE_LOG_DIRTY, open for reading and
 *	      writing
 * @name:     of the new region; NULL: made from its id
 * @snapshot: flags and strategy of the new region; gets how long writers had to wait. Members
 *	      size and name are filled in.
 * @size:     sizeof(*snapshot)
 *
 * Returns a handle on the new region, or -1. Programs go on, and the log is as it was.
 * Errors: EBADF, EOPNOTSUPP, ENODEV, EINVAL, ENAMETOOLONG, EIO, EINTR, ENOSPC, EDQUOT,
 * ENOMEM, EMFILE, ENFILE, ENOTTY; see struct vmadev_snapshot.
 */
int vmadev_snapshot(int fd, const char *name, struct vmadev_snapshot *snapshot, size_t size);

/**
 * vmadev_send - hand a region to who reads the other end of a socket
 * @socket: connected, AF_UNIX
 * @fd:	    the handle; the receiver gets the same one, with its access mode
 *	    and strategy, and keeps it whatever happens to @fd
 *
 * Returns 0, or -1. Raises no SIGPIPE.
 * Errors: ENOTTY, @fd is not of vmadev; those of sendmsg(2).
 */
int vmadev_send(int socket, int fd);

/**
 * vmadev_receive - take a region that vmadev_send() sent
 * @socket: connected, AF_UNIX
 *
 * Returns the handle, or -1. Waits if the socket does. Whatever the socket adds
 * to a message (SO_PASSCRED, SO_PASSSEC, SO_PASSPIDFD) is passed over, and no
 * descriptor beside the handle stays open.
 * Errors: ECONNRESET, the peer closed the socket without sending; EPROTO, what
 * came is not one vmadev descriptor; those of recvmsg(2).
 */
int vmadev_receive(int socket);

/**
 * vmadev_error - the last failure of a libvmadev function in this thread
 *
 * Returns one line without a newline: the function, its argument where that
 * helps, the error, and what to do. "" if nothing failed yet. It stays valid
 * and unchanged until the next failure in this thread. Keeps errno.
 */
const char *vmadev_error(void);

/**
 * vmadev_strategy_name - the word for an enum vmadev_strategy_id
 * @strategy: the number
 *
 * Returns NULL if there is none. The values that have one are 1, 2, ... up to
 * the first that has none. Never fails otherwise; errno stays.
 */
const char *vmadev_strategy_name(__u32 strategy);

/**
 * vmadev_strategy_by_name - the enum vmadev_strategy_id for a word
 * @name: the word
 *
 * Returns 0 with errno EINVAL if it is none; vmadev_error() then lists them.
 */
__u32 vmadev_strategy_by_name(const char *name);

/**
 * vmadev_strategy_backing - a backing that a strategy can map
 * @strategy: enum vmadev_strategy_id
 *
 * Returns an enum vmadev_backing_id; 0 if @strategy is unknown. errno stays.
 */
__u32 vmadev_strategy_backing(__u32 strategy);

/**
 * vmadev_backing_name - the word for an enum vmadev_backing_id
 * @backing: the number
 *
 * As vmadev_strategy_name().
 */
const char *vmadev_backing_name(__u32 backing);

/**
 * vmadev_backing_by_name - the enum vmadev_backing_id for a word
 * @name: the word
 *
 * As vmadev_strategy_by_name().
 */
__u32 vmadev_backing_by_name(const char *name);

/**
 * vmadev_ability_name - the word for one bit VMADEV_CAN_*
 * @ability: the bit
 *
 * Returns NULL if there is none. errno stays.
 */
const char *vmadev_ability_name(__u32 ability);

/**
 * vmadev_cache_name - the word for an enum vmadev_cache
 * @cache: the number
 *
 * As vmadev_strategy_name().
 */
const char *vmadev_cache_name(__u32 cache);

/**
 * vmadev_seal_name - the word for one bit VMADEV_SEAL_*
 * @seal: the bit
 *
 * As vmadev_ability_name().
 */
const char *vmadev_seal_name(__u32 seal);

/**
 * vmadev_revoke_name - the word for an enum vmadev_revoke_how
 * @how: the number
 *
 * As vmadev_strategy_name().
 */
const char *vmadev_revoke_name(__u32 how);

/**
 * vmadev_counter - one counter of struct vmadev_stats, by its place in it
 * @stats: from vmadev_stats()
 * @index: 0, 1, ...
 * @value: is set to the counter's value, or to VMADEV_NOT_OBSERVED
 *
 * Returns the counter's name, or NULL (and @value untouched) if there is no
 * such counter. errno stays.
 */
const char *vmadev_counter(const struct vmadev_stats *stats, unsigned int index,
			   __u64 *value);

#ifdef __cplusplus
}
#endif

#endif /* LIBVMADEV_H */

/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vmadev: memory mapping by a Linux device. The interface of /dev/vmadev.
 *
 * Words
 *   region    a backing object: bytes, a size, an id, a name, a lifetime by
 *             reference (the last descriptor or mapping that goes frees it).
 *   backing   where a region's bytes are.
 *   handle    one open file of a region; it carries one strategy.
 *   strategy  how a mapping of a handle gets its page-table entries.
 *
 * Rules of every ioctl here
 *   - The argument points to a struct whose first member, @size, is
 *     sizeof(the struct) as the caller compiled it, in bytes. A newer kernel
 *     takes an older, shorter struct (what is missing is 0); an older kernel
 *     takes a newer, longer one if what it does not know is 0 (else E2BIG).
 *   - All members are fixed-width and the layout is the same for 32-bit
 *     callers. All byte counts and offsets are in bytes.
 *   - Enum values start at 1; 0 asks for the default.
 *   - Errors of every ioctl, beside those named with it:
 *	EFAULT	   the pointer is bad
 *	EINVAL	   @size is shorter than the first version of the struct; an
 *		   unknown flag; an unknown enum value; a reserved member not 0
 *	E2BIG	   @size is longer than this kernel's struct and the rest is not 0
 *	ENOTTY	   the command is unknown
 *     A call that fails has changed nothing.
 *
 * Descriptors that CREATE and OPEN make are files of the region's size
 *   - They are open with O_LARGEFILE: offsets past 2 GiB work for all callers.
 *   - What a memfd does for ftruncate(2), fallocate(2), madvise(MADV_REMOVE) and
 *     lseek(2) they do too, as far as &vmadev_info.abilities says, if they are open
 *     for writing (else EINVAL from ftruncate, EBADF from fallocate). Offsets and
 *     lengths of these are in bytes. They are done one at a time for each region.
 *
 *     ftruncate    the new size is a multiple of the page size, or 0. What is
 *		    gone is out of every mapping, private copies of it too; there
 *		    an access is SIGBUS. What is new is zeros; of backing pages its
 *		    memory is taken now, and charged to the caller.
 *	EINVAL	    no multiple of the page size
 *	EBUSY	    a dma-buf shares what would be cut off
 *	EPERM	    the region is the default region, or VMADEV_SEAL_SHRINK, _GROW
 *	EOPNOTSUPP  the backing is contig, which stays contiguous, or bar
 *	ENOSPC	    the regions together would pass the module's max_bytes
 *	EDQUOT	    those of who made it, its max_user_bytes
 *	EFBIG	    RLIMIT_FSIZE, and SIGXFSZ
 *	ENOMEM	    no memory, the memory cgroup's limit is reached, or RLIMIT_MEMLOCK (memlock)
 *
 *     fallocate    mode 0: there is memory for the range then, whatever was punched;
 *		    past the end the region grows, as by ftruncate. FALLOC_FL_ZERO_RANGE:
 *		    the same, and the range is zeros. FALLOC_FL_PUNCH_HOLE (with
 *		    FALLOC_FL_KEEP_SIZE): the part of it that is inside is zeros, and the
 *		    memory of whole pages goes back to the kernel, except of contig. Private
 *		    copies stay. What is pinned (O_DIRECT, io_uring) stays with who pinned
 *		    it, and is no longer the region's. An access gets new memory, charged to
 *		    who makes it; if there is none it is SIGBUS, of read(2) and write(2)
 *		    ENOMEM.
 *	ENOSPC	    past the end of what cannot grow (the default region, contig) or
 *		    shall not (FALLOC_FL_KEEP_SIZE); max_bytes
 *	EOPNOTSUPP  another mode; of the default region any but 0; of bar any
 *	EPERM	    VMADEV_SEAL_GROW; zeros: VMADEV_SEAL_WRITE, _FUTURE_WRITE
 *	EIO	    a page of the range is poisoned
 *	EBUSY	    memory of the range would go back that a dma-buf shares
 *	EINVAL, EFBIG, EDQUOT, ENOMEM  as from ftruncate
 *
 *     lseek	    SEEK_DATA and SEEK_HOLE, with VMADEV_CAN_HOLES; without it all of
 *		    the region is data.
 *
 *     Pages that a dma-buf of VMADEV_IOC_EXPORT shares stay the region's while there is the
 *     buffer: what would take one of them away is EBUSY, and nothing is done then.
 *
 *     Mappings of none are memory of their own: none of it changes them. The device's
 *     node is not asked: the kernel says EINVAL (ftruncate) and ENODEV of a character
 *     device.
 *
 * [in] is read by the kernel, [out] is written by it.
 */
#ifndef _UAPI_VMADEV_H
#define _UAPI_VMADEV_H

#include <linux/const.h>
#include <linux/ioctl.h>
#include <linux/types.h>

/* Numbers from '|' 0x80-0x9F, as _IO: @size carries the version. */
#define VMADEV_IOC_MAGIC	'|'
#define VMADEV_IOC_INFO		_IO(VMADEV_IOC_MAGIC, 0x80)
#define VMADEV_IOC_SET_STRATEGY	_IO(VMADEV_IOC_MAGIC, 0x81)
#define VMADEV_IOC_STATS	_IO(VMADEV_IOC_MAGIC, 0x82)
#define VMADEV_IOC_CREATE	_IO(VMADEV_IOC_MAGIC, 0x83)
#define VMADEV_IOC_OPEN		_IO(VMADEV_IOC_MAGIC, 0x84)
#define VMADEV_IOC_ZAP		_IO(VMADEV_IOC_MAGIC, 0x85)
#define VMADEV_IOC_ADD_SEALS	_IO(VMADEV_IOC_MAGIC, 0x86)
#define VMADEV_IOC_GET_SEALS	_IO(VMADEV_IOC_MAGIC, 0x87)
#define VMADEV_IOC_REVOKE	_IO(VMADEV_IOC_MAGIC, 0x88)
#define VMADEV_IOC_RESTORE	_IO(VMADEV_IOC_MAGIC, 0x89)
#define VMADEV_IOC_INJECT	_IO(VMADEV_IOC_MAGIC, 0x8A)
#define VMADEV_IOC_RULES	_IO(VMADEV_IOC_MAGIC, 0x8B)
#define VMADEV_IOC_CRASH_FORK	_IO(VMADEV_IOC_MAGIC, 0x8C)
#define VMADEV_IOC_CRASH_REVERT	_IO(VMADEV_IOC_MAGIC, 0x8D)
#define VMADEV_IOC_WRITEBACK	_IO(VMADEV_IOC_MAGIC, 0x8E)
#define VMADEV_IOC_UNSYNCED	_IO(VMADEV_IOC_MAGIC, 0x8F)
#define VMADEV_IOC_EXPORT	_IO(VMADEV_IOC_MAGIC, 0x93)
#define VMADEV_IOC_DIRTY_GET	_IO(VMADEV_IOC_MAGIC, 0x90)
#define VMADEV_IOC_DIRTY_CLEAR	_IO(VMADEV_IOC_MAGIC, 0x91)
#define VMADEV_IOC_SNAPSHOT	_IO(VMADEV_IOC_MAGIC, 0x92)
#define VMADEV_IOC_OPEN_BY_NAME	_IO(VMADEV_IOC_MAGIC, 0x95)
#define VMADEV_IOC_NAMES	_IO(VMADEV_IOC_MAGIC, 0x96)

/* Room for a region's name, the closing NUL included. */
#define VMADEV_NAME_MAX		64

/**
 * enum vmadev_backing_id - where a region's bytes are
 * @VMADEV_BACKING_PAGES:  any pages, allocated one by one; charged to the
 *			   creator's memory cgroup. The default of CREATE.
 * @VMADEV_BACKING_CONTIG: physically contiguous pages: one range where the
 *			   kernel can give one, else the largest it gives
 *			   (&vmadev_info.run_bytes). Not charged.
 * @VMADEV_BACKING_SHMEM:  the page cache of a tmpfs file; charged to who
 *			   faults a page in first. A mapping is tmpfs's own: it
 *			   keeps the bytes, but neither the region nor its
 *			   room under max_bytes, once the descriptors are gone.
 * @VMADEV_BACKING_NONE:   no bytes: reads give zeros, writes vanish, as
 *			   /dev/zero, but bounded by the size.
 * @VMADEV_BACKING_MEDIA:  two copies, as of a file on a disk: live bytes, which are
 *			   page cache of the region's own, and durable bytes, which a
 *			   crash leaves. msync(MS_SYNC), fsync, fdatasync and a write
 *			   with O_DSYNC or RWF_DSYNC make bytes durable, and
 *			   VMADEV_IOC_WRITEBACK; nothing else does, but of a mount with
 *			   option writeback the kernel by itself, sync(2) and syncfs(2).
 *			   Sizes and holes are durable at once. Both copies count against
 *			   max_bytes; each page is charged to who first needs it. O_DIRECT
 *			   is EINVAL.
 * @VMADEV_BACKING_BAR:	   memory of a PCI device, of one of its BARs, see &struct
 *			   vmadev_open_by_name. CREATE makes none: EOPNOTSUPP.
 */
enum vmadev_backing_id {
	VMADEV_BACKING_PAGES	= 1,
	VMADEV_BACKING_CONTIG	= 2,
	VMADEV_BACKING_SHMEM	= 3,
	VMADEV_BACKING_NONE	= 4,
	VMADEV_BACKING_MEDIA	= 5,
	VMADEV_BACKING_BAR	= 6,
};

/**
 * enum vmadev_strategy_id - how a mapping gets its page-table entries
 * @VMADEV_STRATEGY_REMAP:  all at mmap, by remap_pfn_range. Backings contig, bar.
 * @VMADEV_STRATEGY_PFN:    at the fault, with neighbours, as PFNs.
 *			    Backings pages, contig, bar. The default of bar.
 * @VMADEV_STRATEGY_PAGE:   at the fault, which returns a refcounted page.
 *			    Backings pages, contig. Their default.
 * @VMADEV_STRATEGY_INSERT: all at mmap, by vm_insert_pages. Backings pages,
 *			    contig.
 * @VMADEV_STRATEGY_CACHE:  the page cache's own faults. Backing shmem.
 * @VMADEV_STRATEGY_ANON:   as /dev/zero: anonymous memory if private, a new
 *			    tmpfs object for each mapping if shared. Backing none.
 * @VMADEV_STRATEGY_HUGE:   at the fault, as PFNs, by an entry of a PMD where
 *			    memory, offset and address are aligned for it, else as
 *			    pfn. Backings contig, bar, since Linux 6.12, where the
 *			    machine has such entries.
 * @VMADEV_STRATEGY_FILEMAP: the page cache's own faults, as of a file system, and a
 *			    fault at the first store to a page since it was durable.
 *			    Backing media.
 *
 * remap, pfn and huge refuse MAP_PRIVATE with EINVAL.
 */
enum vmadev_strategy_id {
	VMADEV_STRATEGY_REMAP	= 1,
	VMADEV_STRATEGY_PFN	= 2,
	VMADEV_STRATEGY_PAGE	= 3,
	VMADEV_STRATEGY_INSERT	= 4,
	VMADEV_STRATEGY_CACHE	= 5,
	VMADEV_STRATEGY_ANON	= 6,
	VMADEV_STRATEGY_HUGE	= 7,
	VMADEV_STRATEGY_FILEMAP	= 8,
};

/* What can be done to a region: &vmadev_info.abilities */
#define VMADEV_CAN_RESIZE	_BITUL(0)	/* ftruncate; fallocate past the end */
#define VMADEV_CAN_PUNCH	_BITUL(1)	/* fallocate that makes zeros; MADV_REMOVE */
#define VMADEV_CAN_HOLES	_BITUL(2)	/* ... gives memory back, and lseek tells */
#define VMADEV_CAN_SEAL		_BITUL(3)	/* ADD_SEALS: there may be more */
#define VMADEV_CAN_REVOKE	_BITUL(4)	/* REVOKE, RESTORE */
#define VMADEV_CAN_INJECT	_BITUL(5)	/* INJECT: rules on faults */
#define VMADEV_CAN_CRASH	_BITUL(6)	/* CRASH_FORK, CRASH_REVERT, WRITEBACK, UNSYNCED */
#define VMADEV_CAN_EXPORT	_BITUL(7)	/* VMADEV_IOC_EXPORT */
#define VMADEV_CAN_DIRTY	_BITUL(8)	/* DIRTY_*, SNAPSHOT: it was made so */

/**
 * enum vmadev_cache - what the CPU keeps of a region's memory, in every mapping of it
 * @VMADEV_CACHE_WB: all of it, as of any memory
 * @VMADEV_CACHE_UC: nothing: each load and store is one of the device
 * @VMADEV_CACHE_WC: stores, until there are some to be made together; where the machine
 *		     has no such thing it is as UC
 */
enum vmadev_cache {
	VMADEV_CACHE_WB	= 1,
	VMADEV_CACHE_UC	= 2,
	VMADEV_CACHE_WC	= 3,
};

/* The bit of a strategy in the bitmaps of struct vmadev_info. */
#define VMADEV_STRATEGY_BIT(id)	(1u << (id))

/**
 * struct vmadev_info - VMADEV_IOC_INFO: what this descriptor is
 * @size:      [in] see above
 * @strategy:  [out] of this handle, enum vmadev_strategy_id
 * @region:    [out] the region's id; fstat's st_ino on a created descriptor (its
 *	       low 32 bits on 32-bit kernels whose inode numbers have no more)
 * @bytes:     [out] the region's size now
 * @run_bytes: [out] the shortest distance between two breaks in physical
 *	       contiguity; @bytes if there is none, 0 if the backing makes no
 *	       promise (pages, shmem, none)
 * @backing:   [out] enum vmadev_backing_id
 * @page_size: [out] of the kernel
 * @strategies_shared: [out] bitmap of strategies that this region and kernel
 *	       can serve with MAP_SHARED: all that it can serve
 * @strategies_private: [out] the same with MAP_PRIVATE: some of these
 * @strategies_known: [out] bitmap of strategies that the module knows
 * @abilities: [out] bitmap VMADEV_CAN_*: what is refused is EOPNOTSUPP, or as said
 *	       there; of the default region VMADEV_CAN_INJECT, _CRASH and _EXPORT at most
 * @name:      [out] the region's name, NUL-terminated
 * @orders:    [out] bitmap: bit N is set if one page-table entry of this kernel can
 *	       map 2^N pages somewhere in the region, by strategy huge. Bit 0 is
 *	       always set, but for backing none; it alone where nothing is huge.
 * @cache:     [out] enum vmadev_cache
 * @reserved:  [out] 0
 */
struct vmadev_info {
	__u32 size;
	__u32 strategy;
	__u64 region;
	__u64 bytes;
	__u64 run_bytes;
	__u32 backing;
	__u32 page_size;
	__u32 strategies_shared;
	__u32 strategies_private;
	__u32 strategies_known;
	__u32 abilities;
	char  name[VMADEV_NAME_MAX];
	__u64 orders;
	__u32 cache;
	__u32 reserved;
};

/**
 * struct vmadev_set_strategy - VMADEV_IOC_SET_STRATEGY: choose how this handle maps
 * @size:     [in] see above
 * @strategy: [in] enum vmadev_strategy_id; 0: the default of the backing
 *
 * The first mmap of a handle that passes the module's checks fixes its
 * strategy for good.
 *
 * Errors: EBUSY, the strategy is fixed already (even if it is the same);
 * EOPNOTSUPP, this region or kernel cannot serve it (see
 * &vmadev_info.strategies_shared).
 */
struct vmadev_set_strategy {
	__u32 size;
	__u32 strategy;
};

/**
 * enum vmadev_scope - whose counters
 * @VMADEV_SCOPE_HANDLE: of this descriptor. The default.
 * @VMADEV_SCOPE_REGION: of all descriptors of the region, closed ones too
 */
enum vmadev_scope {
	VMADEV_SCOPE_HANDLE	= 1,
	VMADEV_SCOPE_REGION	= 2,
};

/* Bits of &vmadev_stats.observed, one a counter. */
#define VMADEV_STAT_MMAPS		_BITULL(0)
#define VMADEV_STAT_FAULTS_READ		_BITULL(1)
#define VMADEV_STAT_FAULTS_WRITE	_BITULL(2)
#define VMADEV_STAT_FAULTS_COW		_BITULL(3)
#define VMADEV_STAT_FAULTS_FAILED	_BITULL(4)
#define VMADEV_STAT_PAGES		_BITULL(5)
#define VMADEV_STAT_ZAPS		_BITULL(6)
#define VMADEV_STAT_VMAS		_BITULL(7)

/**
 * struct vmadev_stats - VMADEV_IOC_STATS: counters
 * @size:	   [in] see above
 * @scope:	   [in] enum vmadev_scope
 * @observed:	   [out] bitmap VMADEV_STAT_*: the counters that the module can
 *		   see. A counter whose bit is clear is not observable (the
 *		   kernel's own vm_ops serve cache and anon) and is 0 here.
 * @mmaps:	   [out] mmap calls that passed the module's checks
 * @faults_read:   [out] faults for reading that were served
 * @faults_write:  [out] faults for writing to a shared mapping, served
 * @faults_cow:	   [out] faults for writing to a private mapping, served
 * @faults_failed: [out] faults answered with an error (SIGBUS)
 * @pages:	   [out] page-table entries made at mmap and by faults; pfn
 *		   counts a fault's neighbours too, page only the page asked for,
 *		   although the kernel may map the rest of its folio with it
 * @zaps:	   [out] VMADEV_IOC_ZAP calls
 * @vmas:	   [out] VMAs that map it now, in all processes
 *
 * A 32-bit kernel counts modulo 2^32 on each CPU, all but @vmas.
 */
struct vmadev_stats {
	__u32 size;
	__u32 scope;
	__u64 observed;
	__u64 mmaps;
	__u64 faults_read;
	__u64 faults_write;
	__u64 faults_cow;
	__u64 faults_failed;
	__u64 pages;
	__u64 zaps;
	__u64 vmas;
};

/* Flags of struct vmadev_create. */
#define VMADEV_CREATE_NODE		_BITUL(0)	/* @node counts */
#define VMADEV_CREATE_ALLOW_SEALING	_BITUL(1)	/* or it is VMADEV_SEAL_SEALed */
#define VMADEV_CREATE_REOPEN		_BITUL(2)	/* /proc/PID/fd/N can be opened */
#define VMADEV_CREATE_WC		_BITUL(3)	/* VMADEV_CACHE_WC, */
#define VMADEV_CREATE_UC		_BITUL(4)	/* VMADEV_CACHE_UC, see below */
#define VMADEV_CREATE_LOG_DIRTY		_BITUL(5)	/* see struct vmadev_dirty */

/**
 * struct vmadev_create - VMADEV_IOC_CREATE: make a region
 * @size:     [in] see above
 * @flags:    [in] VMADEV_CREATE_*
 * @bytes:    [in] the region's size: a multiple of the page size, not 0
 * @backing:  [in] enum vmadev_backing_id; 0: pages
 * @strategy: [in] of the new handle, enum vmadev_strategy_id; 0: the default
 *	      of the backing
 * @node:     [in] with VMADEV_CREATE_NODE the NUMA node that all pages come
 *	      from; without the flag it must be 0. Backings pages, contig.
 * @reserved: [in] 0
 * @name:     [in] NUL-terminated, printable ASCII without space, slash and
 *	      backslash; empty: "region-ID". /proc/PID/maps shows it as
 *	      "/vmadev:NAME (deleted)". Names need not be unique.
 *
 * With VMADEV_CREATE_REOPEN each descriptor of the region can be opened again by its
 * name in /proc, as a memfd can: by the user who made the region, and root, with no more
 * access than that descriptor has (else EACCES; O_TRUNC is writing). The new one has the
 * default strategy of the backing. ENXIO: without the flag; or the region has gone.
 *
 * With VMADEV_CREATE_WC or VMADEV_CREATE_UC the region's memory has that cache attribute in
 * every mapping, the kernel's own too, as memory has that a device reads past the CPU's
 * caches: backings pages and contig, on amd64 with PAT. Strategies that map PFNs serve it
 * (remap, pfn, huge; the default is pfn), so nobody pins its pages. Like the default region
 * it keeps its size and its memory until it goes: ftruncate(2), REVOKE and ADD_SEALS are EPERM,
 * fallocate(2) of any mode but 0 EOPNOTSUPP, and so is EXPORT. VMADEV_CREATE_ALLOW_SEALING
 * and VMADEV_CREATE_LOG_DIRTY do not go with it.
 *
 * Returns a new descriptor, close-on-exec, open for reading and writing. The
 * memory is zeroed. Needs a descriptor open for writing.
 *
 * Errors: EBADF, this descriptor is not open for writing; EINVAL, @bytes or
 * @name is not as above, or there is no such node; ENOSPC, the regions
 * together would pass the module's max_bytes; EDQUOT, those of the caller's
 * user would pass max_user_bytes, and no CAP_SYS_RESOURCE; ENOMEM, no
 * memory, the memory cgroup's limit is reached, or RLIMIT_MEMLOCK by what
 * cannot be swapped (module parameter memlock; no CAP_IPC_LOCK);
 * EOPNOTSUPP, the backing, strategy, node and flags do not go together, or
 * this machine has no such cache attribute; EMFILE, ENFILE.
 */
struct vmadev_create {
	__u32 size;
	__u32 flags;
	__u64 bytes;
	__u32 backing;
	__u32 strategy;
	__s32 node;
	__u32 reserved;
	char  name[VMADEV_NAME_MAX];
};

/**
 * enum vmadev_access - what a new handle may do
 * @VMADEV_ACCESS_READ:	      as O_RDONLY
 * @VMADEV_ACCESS_READ_WRITE: as O_RDWR
 */
enum vmadev_access {
	VMADEV_ACCESS_READ	 = 1,
	VMADEV_ACCESS_READ_WRITE = 2,
};

/**
 * struct vmadev_open - VMADEV_IOC_OPEN: another handle on this region
 * @size:     [in] see above
 * @access:   [in] enum vmadev_access; 0: as this descriptor, be that reading,
 *	      writing, both or neither (access mode 3 of open(2): ioctls alone)
 * @strategy: [in] enum vmadev_strategy_id; 0: the default of the backing
 * @reserved: [in] 0
 *
 * Returns a new descriptor, close-on-exec.
 *
 * Errors: EACCES, @access is more than this descriptor has; EOPNOTSUPP, this
 * region or kernel cannot serve @strategy, or it is a file of a mounted vmadev, which its
 * path opens; ENOMEM, EMFILE, ENFILE.
 */
struct vmadev_open {
	__u32 size;
	__u32 access;
	__u32 strategy;
	__u32 reserved;
};

/**
 * struct vmadev_open_by_name - VMADEV_IOC_OPEN_BY_NAME: a handle on memory of a PCI device
 * @size:     [in] see above
 * @access:   [in] enum vmadev_access; 0: as this descriptor
 * @strategy: [in] enum vmadev_strategy_id; 0: the default of the backing
 * @reserved: [in] 0
 * @name:     [in] NUL-terminated: the device and its BAR, as "0000:00:04.0.bar2"
 *
 * The module is a driver, to which a device is bound by driver_override or new_id of sysfs, and
 * none by itself. Then each of its memory BARs that is whole pages is a region, of backing
 * bar, until the device is unbound, removed or unplugged. Others are left out. 64-bit kernels
 * with PCI, of little-endian machines.
 *
 * All mappings of it have the cache attribute that INFO tells: VMADEV_CACHE_UC, or where the
 * module parameter write_combine was set when the device was bound, and the BAR is
 * prefetchable, VMADEV_CACHE_WC. MAP_PRIVATE is EINVAL. What pins pages (O_DIRECT,
 * io_uring) is EFAULT.
 *
 * A read(2) or write(2) of 1, 2, 4 or 8 bytes, at a multiple of that, is one access of the
 * device of that width, and so is one of ptrace or /proc/PID/mem; a longer one is by the
 * widest accesses that are aligned, in order. Bytes that were read are read, also if the
 * caller's buffer then turns out to be no memory.
 *
 * What is for memory alone is EOPNOTSUPP: ftruncate(2), fallocate(2), REVOKE, EXPORT, DIRTY_GET,
 * SNAPSHOT, rules on faults; and it has VMADEV_SEAL_SEAL. ZAP and all else is as of others.
 *
 * When the device goes, nobody is asked, and the region is as one that was revoked (SIGBUS),
 * for good: an access through a mapping is SIGBUS; read(2), write(2) and mmap(2) are ENODEV.
 *
 * Returns a new descriptor, close-on-exec. This descriptor has to be the node's, of open(2):
 * of other regions it gives nothing but themselves. Other regions are not found by name.
 *
 * Errors: EPERM, it is not, or the caller has no CAP_SYS_RAWIO, or the kernel is locked down;
 * ENOENT, there is no such BAR; EACCES, @access is more than this descriptor has; EOPNOTSUPP,
 * this region or kernel cannot serve @strategy; ENOMEM, EMFILE, ENFILE.
 */
struct vmadev_open_by_name {
	__u32 size;
	__u32 access;
	__u32 strategy;
	__u32 reserved;
	char  name[VMADEV_NAME_MAX];
};

/**
 * struct vmadev_zap - VMADEV_IOC_ZAP: drop the page-table entries of a range
 * @size:   [in] see above
 * @flags:  [in] 0
 * @offset: [in] into the region, a multiple of the page size
 * @length: [in] a multiple of the page size, not 0
 *
 * In every process that maps the range. The bytes stay; the next access to a
 * page faults and maps it again. Private copies stay mapped. Needs a
 * descriptor open for writing.
 *
 * Errors: EBADF, this descriptor is not open for writing; EINVAL, the range
 * is not aligned, empty, or not inside the region; EOPNOTSUPP, the backing is
 * none.
 */
struct vmadev_zap {
	__u32 size;
	__u32 flags;
	__u64 offset;
	__u64 length;
};

/*
 * Seals: the values, rules and errnos of F_ADD_SEALS, see fcntl(2). One that is set is never
 * taken back, and binds everybody.
 *   VMADEV_SEAL_SEAL	       no seal can be added any more
 *   VMADEV_SEAL_SHRINK	       the size never becomes less: EPERM
 *   VMADEV_SEAL_GROW	       nor more: EPERM
 *   VMADEV_SEAL_WRITE	       no byte ever changes: write(2), fallocate(2) that makes zeros,
 *			       and mmap(2) that is shared and writable are EPERM. A shared
 *			       mapping without PROT_WRITE works, also before Linux 6.7, and
 *			       can never be made writable (mprotect: EACCES). What is private
 *			       is as before.
 *   VMADEV_SEAL_FUTURE_WRITE  the same, but for mappings that there are: these can be
 *			       written through, split, moved and inherited.
 */
#define VMADEV_SEAL_SEAL		_BITUL(0)
#define VMADEV_SEAL_SHRINK		_BITUL(1)
#define VMADEV_SEAL_GROW		_BITUL(2)
#define VMADEV_SEAL_WRITE		_BITUL(3)
#define VMADEV_SEAL_FUTURE_WRITE	_BITUL(4)

/**
 * struct vmadev_seals - VMADEV_IOC_ADD_SEALS and VMADEV_IOC_GET_SEALS
 * @size:  [in] see above
 * @seals: VMADEV_SEAL_*; ADD_SEALS: [in] those to add; GET_SEALS: [out] those that
 *	   there are
 *
 * A region has only VMADEV_SEAL_SEAL, for ever, unless it was made with
 * VMADEV_CREATE_ALLOW_SEALING. Seals are of the region: its size and bytes, by whatever
 * descriptor.
 *
 * VMADEV_SEAL_WRITE is refused while there is a mapping that is shared and writable, or can
 * be made so (one of a descriptor open for writing, made before); while an mmap of such a
 * one is under way; and while anybody else has a page, be it to read: who pinned it
 * (O_DIRECT, io_uring, vmsplice), a copy under way, memory failure. For these it waits, some
 * 150 ms at most. The mappings of backing none are memory of their own, and none of this is
 * about them.
 *
 * Errors of ADD_SEALS: EPERM, this descriptor is not open for writing, or the region is
 * sealed by VMADEV_SEAL_SEAL; EBUSY, see above; ENODEV, it is revoked; EINVAL, an unknown
 * seal (of memfd's there is no F_SEAL_EXEC: nothing here is executable).
 */
struct vmadev_seals {
	__u32 size;
	__u32 seals;
};

/* A region has so many rules at most. */
#define VMADEV_RULES_MAX	64

/* What a rule is on: &vmadev_rule.accesses. The first three are faults, the others calls. */
#define VMADEV_ON_READ		_BITUL(0)	/* a load through a mapping */
#define VMADEV_ON_WRITE		_BITUL(1)	/* a store through a mapping */
#define VMADEV_ON_KERNEL	_BITUL(2)	/* either, by the kernel: see below */
#define VMADEV_ON_MMAP		_BITUL(3)	/* mmap(2) */
#define VMADEV_ON_SYNC		_BITUL(4)	/* msync(2), fsync(2), and writes with O_DSYNC */
#define VMADEV_ON_READ_CALL	_BITUL(5)	/* read(2) and its kin, out of the region */
#define VMADEV_ON_WRITE_CALL	_BITUL(6)	/* write(2) and its kin, into the region */
#define VMADEV_ON_FAULTS	(VMADEV_ON_READ | VMADEV_ON_WRITE | VMADEV_ON_KERNEL)
#define VMADEV_ON_CALLS		(VMADEV_ON_MMAP | VMADEV_ON_SYNC | VMADEV_ON_READ_CALL | \
				 VMADEV_ON_WRITE_CALL)

/* &vmadev_rule.flags */
#define VMADEV_RULE_REARM	_BITUL(0)	/* take the pages away again, see below */
#define VMADEV_RULE_HELD	_BITUL(1)	/* a delay with the fault's lock, or mmap's, held */

/**
 * enum vmadev_whose - whose accesses a rule is on
 * @VMADEV_WHOSE_ANY: everybody's. The default.
 * @VMADEV_WHOSE_PID: of a process: calls that it makes; accesses through its mappings,
 *		      whoever makes them (ptrace, a vfork child)
 * @VMADEV_WHOSE_TID: of a thread: what it does itself
 * @VMADEV_WHOSE_UID: of an effective user: calls by it; accesses through mappings of a
 *		      process that runs as it
 */
enum vmadev_whose {
	VMADEV_WHOSE_ANY	= 1,
	VMADEV_WHOSE_PID	= 2,
	VMADEV_WHOSE_TID	= 3,
	VMADEV_WHOSE_UID	= 4,
};

/**
 * enum vmadev_action - what comes of it
 * @VMADEV_ACTION_SIGBUS:  SIGBUS, BUS_ADRERR; of the kernel's accesses EFAULT
 * @VMADEV_ACTION_MCEERR:  SIGBUS, BUS_MCEERR_AR, as of poisoned memory, which the machine
 *			   logs. CAP_SYS_ADMIN. EOPNOTSUPP where the machine has no such
 *			   thing.
 * @VMADEV_ACTION_DELAY:   wait for &vmadev_rule.value microseconds first, up to
 *			   VMADEV_DELAY_MAX. A fault's lock is let go meanwhile: nobody
 *			   else waits, nor does a kill. Where the kernel cannot let go of
 *			   it (few accesses of its own) there is no delay.
 * @VMADEV_ACTION_RETRY:   make the access fault &vmadev_rule.value times more, up to
 *			   VMADEV_RETRIES_MAX, before it is served
 * @VMADEV_ACTION_OOM:	   there is no memory for it. Of a program's own access no signal
 *			   comes: it is made again, hence @times, up to
 *			   VMADEV_RETRIES_MAX, is a must; the kernel logs it. Of the
 *			   kernel's own it is EFAULT or ENOMEM. CAP_SYS_ADMIN.
 * @VMADEV_ACTION_ERRNO:   the call fails with &vmadev_rule.value: EIO, ENOMEM, ENOSPC or
 *			   EINTR. Calls alone. EIO and ENOSPC of a sync of media are of the
 *			   disk, as file systems have it: the dirty pages of the sync's
 *			   range are clean afterwards and not durable, so the next sync
 *			   does not write them; each other descriptor's next sync fails with
 *			   it too, once. With ENOMEM and EINTR they are dirty as before.
 * @VMADEV_ACTION_SHORT:   the call moves &vmadev_rule.value bytes less, but at least one.
 *			   READ_CALL and WRITE_CALL alone.
 * @VMADEV_ACTION_CORRUPT: flip &vmadev_rule.value bits, up to VMADEV_BITS_MAX, of the
 *			   region's page, before it is mapped. Which ones is told by
 *			   @seed and by how many hits there were. None of a region that
 *			   is sealed against writing.
 *
 * But for ERRNO, SHORT and DELAY they are for faults alone.
 */
enum vmadev_action {
	VMADEV_ACTION_SIGBUS	= 1,
	VMADEV_ACTION_MCEERR	= 2,
	VMADEV_ACTION_DELAY	= 3,
	VMADEV_ACTION_RETRY	= 4,
	VMADEV_ACTION_OOM	= 5,
	VMADEV_ACTION_ERRNO	= 6,
	VMADEV_ACTION_SHORT	= 7,
	VMADEV_ACTION_CORRUPT	= 8,
};

#define VMADEV_DELAY_MAX	10000000	/* microseconds */
#define VMADEV_RETRIES_MAX	1000
#define VMADEV_BITS_MAX		64

/**
 * struct vmadev_rule - something that goes wrong
 * @offset:   [in] of the bytes that the rule is on
 * @length:   [in] how many; 0: to the end, whatever the size. With faults both are
 *	      multiples of the page size. They need not be inside. A call is a match if
 *	      one of its bytes is in the range.
 * @accesses: [in] bitmap VMADEV_ON_*, not 0
 * @flags:    [in] VMADEV_RULE_*
 * @whose:    [in] enum vmadev_whose
 * @id:	      [in] the pid, tid or uid, as the caller sees it; 0 without one
 * @nth:      [in] the first hit is the nth match; alone it is the only one. 0: see @interval
 * @interval: [in] one match in so many is a hit: the first is the @nth, or without one the
 *	      @interval-th; 0: each is
 * @times:    [in] so many hits at most; 0: without end
 * @odds:     [in] a match that would be a hit is one in @odds of @chances cases, drawn by
 *	      @seed; 0 with @chances 0: always
 * @chances:  [in] not less than @odds
 * @seed:     [in] the same seed and the same matches give the same hits
 * @value:    [in] of the action, else 0
 * @action:   [in] enum vmadev_action; there is no default
 * @reserved: [in] 0
 * @seen:     [out] matches
 * @hits:     [out]
 *
 * Only faults can be seen, not every load and store: the first access to a page that has
 * no PTE. Arming a rule takes those of its range away, from every mapping, and a fault
 * maps no neighbour that is in one: so each page of the range shows its first access. With
 * VMADEV_RULE_REARM it is taken away again after each match, some milliseconds later, so
 * that an instruction that needs two such pages comes through; VMADEV_IOC_ZAP does it at
 * once. Eager strategies map what is in a rule's range by faults. A private copy, once it
 * is made, is memory of its own.
 *
 * VMADEV_ON_KERNEL is what no instruction of a program's does: system calls that copy from
 * or to a mapping, get_user_pages (O_DIRECT, io_uring, vmsplice, process_vm_readv, mlock,
 * MAP_POPULATE), ptrace and /proc/PID/mem.
 *
 * Rules are asked in their order; the first hit ends it. A match of a rule is an access in
 * its range, by whom it is for. Of a page that the region does not have, since it is revoked
 * or shorter by now, an access is as without rules.
 */
struct vmadev_rule {
	__u64 offset;
	__u64 length;
	__u32 accesses;
	__u32 flags;
	__u32 whose;
	__u32 id;
	__u64 nth;
	__u64 interval;
	__u64 times;
	__u32 odds;
	__u32 chances;
	__u64 seed;
	__u64 value;
	__u32 action;
	__u32 reserved;
	__u64 seen;
	__u64 hits;
};

/* Flags of struct vmadev_inject; with none the rules replace those there are. */
#define VMADEV_INJECT_APPEND	_BITUL(0)	/* they come after those there are */
#define VMADEV_INJECT_CLEAR	_BITUL(1)	/* there are none then; @nr is 0 */

/**
 * struct vmadev_inject - VMADEV_IOC_INJECT: faults by script
 * @size:      [in] see above
 * @flags:     [in] VMADEV_INJECT_*, one or none
 * @rules:     [in] address of @nr rules, one after the other
 * @nr:	       [in] how many, not 0 without CLEAR
 * @rule_size: [in] sizeof(struct vmadev_rule) as the caller compiled it: each is read as
 *	       the struct of an ioctl is; 0 with CLEAR
 *
 * They are in force for what begins after the call has returned, and end with the region,
 * or by CLEAR. Needs a descriptor open for writing.
 *
 * Errors: EBADF, this descriptor is not open for writing; EINVAL, a member of a rule is
 * not as said there; EPERM, MCEERR and OOM, or any rule of the default region, which is
 * everybody's, without CAP_SYS_ADMIN; ESRCH, there is no such process or thread;
 * EOPNOTSUPP, a rule on faults without VMADEV_CAN_INJECT, which is of backings pages and
 * contig, or MCEERR on this machine; ENOSPC, more than VMADEV_RULES_MAX; ENOMEM; EINTR,
 * killed.
 */
struct vmadev_inject {
	__u32 size;
	__u32 flags;
	__u64 rules;
	__u32 nr;
	__u32 rule_size;
};

/**
 * struct vmadev_rules - VMADEV_IOC_RULES: the rules there are, and their hits
 * @size:      [in] see above
 * @flags:     [in] 0
 * @rules:     [in] address of an array of @nr rules; is filled in
 * @nr:	       [in] room in it; [out] how many there are, even if they had no room
 * @rule_size: [in] as above; what a longer struct has more becomes 0
 *
 * A default is told as what it stands for. The pid of a process that is gone,
 * or that the caller cannot see, is 0.
 */
struct vmadev_rules {
	__u32 size;
	__u32 flags;
	__u64 rules;
	__u32 nr;
	__u32 rule_size;
};

/**
 * enum vmadev_revoke_how - what mappings of a revoked region show
 * @VMADEV_REVOKE_SIGBUS: nothing: an access is SIGBUS. The default.
 * @VMADEV_REVOKE_ZEROS:  zeros
 * @VMADEV_REVOKE_ONES:	  bytes 0xff
 */
enum vmadev_revoke_how {
	VMADEV_REVOKE_SIGBUS	= 1,
	VMADEV_REVOKE_ZEROS	= 2,
	VMADEV_REVOKE_ONES	= 3,
};

/**
 * struct vmadev_revoke - VMADEV_IOC_REVOKE: take a region's memory away
 * @size:   [in] see above
 * @how:    [in] enum vmadev_revoke_how; 0: SIGBUS
 * @pinned: [out] bytes of pages that others have still, and that are free when these let go
 *	    (O_DIRECT, io_uring, vmsplice, a copy under way, a driver that has a dma-buf of
 *	    them); of contig whole folios
 *
 * When it returns no mapping shows a byte of the region any more, private copies neither:
 * they are gone, as the driver's are where a device is taken away from under vfio or DRM.
 * read(2), write(2), mmap(2), fallocate(2), ftruncate(2), SEEK_DATA, SEEK_HOLE and ADD_SEALS
 * are ENODEV, and the memory and its room under max_bytes are free, but for what @pinned
 * tells. Size, name, handles, strategies and mappings stay; mremap(2), mprotect(2), fork(2)
 * and munmap(2) work. Needs a descriptor open for writing.
 *
 * ZEROS and ONES: every page of the region shows one page that is the process's own, as far
 * as its shared mappings go. Where these can be written to, that shows up in all such pages
 * of that process until RESTORE, and nowhere else: not in another process, a child neither,
 * nor in the region. A private mapping gets its own copy of it, which stays.
 *
 * Errors: EBADF, this descriptor is not open for writing; EPERM, the default region, or it
 * has another seal than VMADEV_SEAL_SEAL, which is a promise to those who map it; ENODEV, it is
 * revoked; EOPNOTSUPP, the backing is none, whose mappings are memory of their own, or media or
 * bar, or shmem and not SIGBUS: its mappings are tmpfs's own; ENOMEM; EFAULT also where another
 * thread unmaps this struct meanwhile, and then it may be revoked.
 */
struct vmadev_revoke {
	__u32 size;
	__u32 how;
	__u64 pinned;
};

/**
 * struct vmadev_restore - VMADEV_IOC_RESTORE: give a revoked region memory anew
 * @size:  [in] see above
 * @flags: [in] 0
 *
 * As much as it had, zeroed, for the handles and the mappings that it has: the next access
 * to a page faults and maps it, of strategies that map at once too. The pages are charged to
 * the caller. Needs a descriptor open for writing.
 *
 * Errors: EBADF, this descriptor is not open for writing; EINVAL, it is not revoked; EPERM,
 * the default region; EOPNOTSUPP, it is memory of a device that is gone; ENOSPC, EDQUOT, as from
 * CREATE, counted for who made it; ENOMEM, no memory, of contig none as contiguous as it was, or
 * a limit is reached, as from CREATE.
 */
struct vmadev_restore {
	__u32 size;
	__u32 flags;
};

/**
 * enum vmadev_keep_mode - which of the pages that are not durable
 * @VMADEV_KEEP_NONE:	none of them
 * @VMADEV_KEEP_ALL:	all of them
 * @VMADEV_KEEP_RANDOM: about half of them; the same seed and page, the same answer, on
 *			every kernel and machine
 * @VMADEV_KEEP_LIST:	those whose bit is set in a list; other bits mean nothing
 */
enum vmadev_keep_mode {
	VMADEV_KEEP_NONE	= 1,
	VMADEV_KEEP_ALL		= 2,
	VMADEV_KEEP_RANDOM	= 3,
	VMADEV_KEEP_LIST	= 4,
};

/* Flags of struct vmadev_crash. */
#define VMADEV_CRASH_SIGBUS	_BITUL(0)	/* CRASH_REVERT: mappings end */
#define VMADEV_CRASH_LIVE	_BITUL(1)	/* CRASH_FORK: what is kept is dirty there too */

/**
 * struct vmadev_crash - VMADEV_IOC_CRASH_FORK, VMADEV_IOC_CRASH_REVERT: a power cut
 * @size:     [in] see above
 * @mode:     [in] enum vmadev_keep_mode: of which dirty pages the live bytes are kept;
 *	      0: none. All else is the durable bytes.
 * @flags:    [in] VMADEV_CRASH_*
 * @tear:     [in] 0, 512 or 4096: of a page that is kept, only some sectors of so many
 *	      bytes are, by @seed. No disk that is sold promises less than 512.
 * @seed:     [in] of what is random
 * @list:     [in] with VMADEV_KEEP_LIST a pointer to 64-bit words, else 0: bit i % 64 of
 *	      word i / 64 is page i of the region
 * @nr_pages: [in] bits in @list
 * @name:     [in] CRASH_FORK: of the new region, as of CREATE; else empty
 * @region:   [in] CRASH_FORK of a directory: of which file, see below; else 0
 *
 * A page is dirty from the first store to it (through any mapping, write(2), ptrace,
 * process_vm_writev, a pin) until a sync of it returned 0, or failed by a rule that says
 * EIO or ENOSPC, see &struct vmadev_rule: then it is clean, and what a crash leaves of it
 * are the bytes of before. Of a page that is pinned (O_DIRECT into a mapping) while it is
 * synced the bytes are durable then, and it stays dirty.
 *
 * CRASH_FORK returns a new descriptor, as CREATE does, of a new region, all of it
 * durable; this region and its programs run on. Stores that are made meanwhile may be in
 * or out, page by page; a sync waits until it is done. With VMADEV_CRASH_LIVE the pages
 * that are kept are live and not durable there: with mode VMADEV_KEEP_ALL it is a still
 * picture of both copies, of which each crash can be tried. Needs a descriptor open for
 * reading and writing.
 *
 * CRASH_REVERT does it to this region. Mappings show what is there now, except private
 * copies, which stay. With VMADEV_CRASH_SIGBUS mappings end: each access is SIGBUS, also
 * to private copies, and so is what handles that are open now map later, if mmap is not
 * ESTALE; a handle opened afterwards is as new. Stores that are made meanwhile may be
 * lost. Needs a descriptor open for writing.
 *
 * Directories on a mount of media have both too. CRASH_REVERT takes back, in all of the
 * mount's directories, one after the other, the changes of names that are not durable, see
 * &struct vmadev_unsynced_name, but for those that are kept; these are durable then. It does
 * nothing to bytes: that is done to each file. @list points to the numbers of changes, 64
 * bits each, so many as @nr_pages says, up to 65536; @flags and @tear are 0. Whoever owns
 * the mount's root directory may, and CAP_FOWNER. CRASH_FORK is of the file that a name of
 * this directory is of after a crash, which may have no name now: @region is what NAMES
 * tells of it. Whoever may read and write that file may.
 *
 * Errors: EBADF, this descriptor is not as said; EOPNOTSUPP, the backing is not media;
 * EINVAL, @nr_pages is more than the region has, or @list, @nr_pages or @name is there
 * where it may not be, or @tear with VMADEV_CRASH_LIVE, or the region is empty; EINTR,
 * the caller was killed; ENOMEM, of CRASH_REVERT: some of the pages that were to be kept
 * are durable now; EPERM, of CRASH_REVERT: the bytes are sealed; ENOSPC, EDQUOT, EMFILE, ENFILE,
 * from CRASH_FORK: as from CREATE. Of directories also: EPERM, EACCES, not who may; ENOENT, there
 * is no such @region; EROFS; ENOMEM, of CRASH_REVERT: some of it is done.
 */
struct vmadev_crash {
	__u32 size;
	__u32 mode;
	__u32 flags;
	__u32 tear;
	__u64 seed;
	__u64 list;
	__u64 nr_pages;
	char  name[VMADEV_NAME_MAX];
	__u64 region;
};

/**
 * struct vmadev_writeback - VMADEV_IOC_WRITEBACK: make dirty pages durable now
 * @size:     [in] see above
 * @mode:     [in] enum vmadev_keep_mode: which; 0: all
 * @seed:     [in] as in struct vmadev_crash
 * @list:     [in] the same
 * @nr_pages: [in] the same
 *
 * What a kernel may do at any time. Needs a descriptor open for writing.
 *
 * Errors: EBADF, EOPNOTSUPP, EINVAL, EINTR as of CRASH_REVERT; ENOMEM, not all of them
 * are durable.
 */
struct vmadev_writeback {
	__u32 size;
	__u32 mode;
	__u64 seed;
	__u64 list;
	__u64 nr_pages;
};

/**
 * struct vmadev_unsynced - VMADEV_IOC_UNSYNCED: which pages are not durable?
 * @size:   [in] see above
 * @flags:  [in] 0
 * @offset: [in] into the region, a multiple of the page size
 * @length: [in] a multiple of the page size; 0: up to the end
 * @bitmap: [in] a pointer to 64-bit words, which all are written: bit i % 64 of word
 *	    i / 64 is page i from @offset on; 0: they are counted only
 * @pages:  [out] how many
 *
 * Each page's answer is of a moment during the call.
 *
 * Errors: EINVAL, the range is not aligned or not inside the region; EOPNOTSUPP, the
 * backing is not media; ENOMEM.
 */
struct vmadev_unsynced {
	__u32 size;
	__u32 flags;
	__u64 offset;
	__u64 length;
	__u64 bitmap;
	__u64 pages;
};

/**
 * struct vmadev_unsynced_name - VMADEV_IOC_NAMES: the next name that is not durable
 * @size:    [in] see above
 * @flags:   [in] 0
 * @durable: [out] the region of the file that has this name after a crash; 0: none
 * @live:    [out] of what has it now; 0: nothing
 * @bytes:   [out] as long is the file of @durable
 * @change:  [out] the number of the change, other than 0: names with the same number, in
 *	     whatever directory of the mount, are kept by a crash or not, all of them
 * @name:    [in] "", or the one before; [out] the name
 *
 * Of a directory on a mount of media, in a descriptor that reads it. What a create, link,
 * unlink or rename did is not durable until fsync or fdatasync of the directory returned; of
 * a rename to another directory that of either. That of the file does nothing for its name.
 * A rename is one change: a crash keeps all of it or nothing, together with what else was
 * done to its names. Directories are durable at once, and with one of them whatever was done
 * before to its name, and to the names in it if it is removed. With mount option writeback
 * sync(2) and syncfs(2) make all names of the mount durable; the kernel does not by itself.
 *
 * A file that was removed, and is back after a crash, takes room until that is durable.
 *
 * Errors: ENOENT, there are no more; EINVAL, @name has no end.
 */
struct vmadev_unsynced_name {
	__u32 size;
	__u32 flags;
	__u64 durable;
	__u64 live;
	__u64 bytes;
	__u64 change;
	char  name[256];
};

/**
 * struct vmadev_export - VMADEV_IOC_EXPORT: a dma-buf of a range of this region
 * @size:     [in] see above
 * @access:   [in] enum vmadev_access; 0: as this descriptor
 * @strategy: [in] of the buffer's mappings, enum vmadev_strategy_id; 0: the default
 *	      of the backing
 * @reserved: [in] 0
 * @offset:   [in] into the region, a multiple of the page size
 * @length:   [in] a multiple of the page size, not 0
 *
 * Returns a new descriptor, close-on-exec, of a dma-buf: what drivers import, by
 * PRIME of a graphics driver, V4L2_MEMORY_DMABUF and the like. Its bytes are the
 * region's, no copy. Holes in the range get memory, charged to the caller. Needs a
 * descriptor open for writing, because the range keeps its pages from then on: as
 * long as there is the buffer, an importer or a descriptor of it, ftruncate and
 * fallocate that would take one of them away are EBUSY. The region lives as long.
 *
 * mmap(2) of the buffer, and of what an importer made of it where that asks the
 * exporter, makes a mapping of the region, as of a handle of @strategy: ZAP reaches
 * it, and /proc/PID/maps shows the region's name. It does not reach out of the
 * range, and cannot grow (mremap is EFAULT). DMA_BUF_IOCTL_SYNC does for devices
 * that see memory through no cache, or through a copy, what they need.
 *
 * Who has a buffer has its pages: VMADEV_SEAL_WRITE is EBUSY then. Of a region that
 * is sealed so, or by VMADEV_SEAL_FUTURE_WRITE, there are buffers to read alone.
 *
 * A buffer of VMADEV_ACCESS_READ is read by all: a mapping for writing, and one for a
 * device that may write (PRIME always asks for that), are EACCES, and an address in
 * the kernel is EINVAL.
 *
 * REVOKE ends a buffer, for good: mappings of it show what the region's do, and after
 * RESTORE nothing (SIGBUS), since its bytes are not the region's any more. mmap, and
 * what gives it to a device, are ENODEV; a driver that asks for an address in the kernel
 * gets one of a page of nobody's. A driver that has given it to a device by then, or has an
 * address of it, keeps those pages until it lets go of them; @pinned of REVOKE counts them.
 *
 * Errors: EBADF, this descriptor is not open for writing; EACCES, @access is more
 * than it has, or it does not read; EPERM, to be written, but sealed; ENODEV, the region
 * is revoked; EINVAL, the range is not aligned, empty, or not inside the region;
 * EOPNOTSUPP, the backing is none, or shmem or media (whose pages are page cache, to swap,
 * to write back and to move: udmabuf makes such buffers, of a memfd), it is a file of a
 * mounted vmadev, it cannot serve @strategy, or the kernel has no dma-buf; EFBIG, more
 * than a 32-bit kernel can address; EIO, a page is poisoned; EINTR, killed; ENOMEM, EMFILE,
 * ENFILE.
 */
struct vmadev_export {
	__u32 size;
	__u32 access;
	__u32 strategy;
	__u32 reserved;
	__u64 offset;
	__u64 length;
};

/* Flags of struct vmadev_dirty. */
#define VMADEV_DIRTY_NO_CLEAR	_BITUL(0)	/* DIRTY_GET: they stay in the log */

/**
 * struct vmadev_dirty - VMADEV_IOC_DIRTY_GET, VMADEV_IOC_DIRTY_CLEAR: what was written to?
 * @size:   [in] see above
 * @flags:  [in] VMADEV_DIRTY_*; of DIRTY_CLEAR 0
 * @offset: [in] into the region, a multiple of @unit
 * @length: [in] a multiple of the page size; 0: up to the end
 * @bitmap: [in] a pointer to 64-bit words: bit i % 64 of word i / 64 is unit i from @offset
 *	    on. DIRTY_GET sets bits of dirty units, and leaves the others as they are; 0: they
 *	    are counted only. DIRTY_CLEAR reads which units are meant.
 * @unit:   [in] bytes that a bit stands for: a power of two, not less than the page size,
 *	    which is what 0 stands for. The last unit may be cut.
 * @dirty:  [out] how many units are dirty; of DIRTY_CLEAR, were, of those that are meant
 *
 * A region that was made with VMADEV_CREATE_LOG_DIRTY (backings pages and contig) has a log of
 * pages that have been written to: by a store through any shared mapping, a write(2), ptrace,
 * what the kernel writes for a program (O_DIRECT, process_vm_writev), fallocate(2) that makes
 * zeros. What ftruncate(2) adds is dirty, and all of it after RESTORE. A new region is clean.
 * Stores to private copies are none to the region; a write(2) that fails (EFAULT) may count.
 * It is the region's one log, whoever asks.
 *
 * DIRTY_GET tells of the pages, and takes them out of the log: the next store to each is seen
 * again. Who copies the pages that it told of after it returned, again and again until there
 * are none and nobody writes any more, has the same bytes. With NO_CLEAR they stay until
 * DIRTY_CLEAR; who copies them after that has the same promise.
 *
 * A page that anybody has pinned can be written to without being seen: once it is dirty it is
 * told of by each DIRTY_GET, and once more after it was let go. The same holds while the
 * kernel has it for another reason, such as mlock(2), and of what a dma-buf shares that may
 * be written to, from when it is exported.
 *
 * What it costs: the first store to a page after it was taken is a fault. Mappings are of
 * pages, never of large folios, and strategy huge gives up an entry of a PMD at the first
 * store to it. io_uring does not take such mappings, writable, for fixed buffers (EFAULT).
 *
 * Without NO_CLEAR a descriptor that is open for writing is needed. A bit that could not be
 * told is in the log again.
 *
 * Errors: EBADF, this descriptor is not open for writing; EOPNOTSUPP, the region keeps no
 * log; ENODEV, it is revoked; EINVAL, the range is not aligned or not inside the region, or
 * @unit is not as said, or of DIRTY_CLEAR there is no @bitmap; EINTR, the caller was killed;
 * ENOMEM.
 */
struct vmadev_dirty {
	__u32 size;
	__u32 flags;
	__u64 offset;
	__u64 length;
	__u64 bitmap;
	__u64 unit;
	__u64 dirty;
};

/**
 * struct vmadev_snapshot - VMADEV_IOC_SNAPSHOT: a region's bytes of one moment
 * @size:	   [in] see above
 * @flags:	   [in] of the new region: VMADEV_CREATE_*, but for VMADEV_CREATE_NODE
 * @strategy:	   [in] of the new descriptor; 0: as of this one
 * @reserved:	   [in] 0
 * @name:	   [in] of the new region, as of CREATE
 * @stopped_pages: [out] how many pages were copied while writers waited
 * @stopped_ns:	   [out] for how long they waited at most, in nanoseconds
 * @pinned:	   [out] how many pages could be written to all the same
 *
 * Returns a new descriptor, as CREATE does, of a new region of the same backing, size and NUMA
 * node; what were holes is memory there. It has the bytes that this region, made with
 * VMADEV_CREATE_LOG_DIRTY, had at one moment during the call: if one of two stores is in it, so
 * is whatever was stored before, by whom and through what it may be. A write(2) or a ptrace
 * that is under way may be in it in part, and of pages that somebody has pinned (see
 * &struct vmadev_dirty) the bytes may be of any time during the call.
 *
 * Pages are copied while programs run, then those that were written to meanwhile, until few are
 * left, or no fewer than the time before by half; while these are copied, who wants to write to
 * them waits, and so do all other faults of the module's regions. The log is as if nobody had
 * asked. Readers, and the region's own size, pages and seals, are not changed.
 *
 * Needs a descriptor open for reading and writing.
 *
 * Errors: EBADF, this descriptor is not as said; EOPNOTSUPP, the region keeps no log, or the
 * strategy does not map the new one; ENODEV, it is revoked; EINVAL, @flags, @strategy,
 * @reserved or @name is not as said, or the region is empty; EIO, a page is poisoned; EINTR, the
 * caller was killed; ENOMEM, ENOSPC, EDQUOT, EMFILE, ENFILE: as from CREATE.
 */
struct vmadev_snapshot {
	__u32 size;
	__u32 flags;
	__u32 strategy;
	__u32 reserved;
	char  name[VMADEV_NAME_MAX];
	__u64 stopped_pages;
	__u64 stopped_ns;
	__u64 pinned;
};

#endif /* _UAPI_VMADEV_H */

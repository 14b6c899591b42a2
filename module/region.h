/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_REGION_H
#define VMADEV_REGION_H

#include <linux/bits.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu-rwsem.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "stats.h"
#include "vmadev.h"

struct cred;
struct folio;
struct iov_iter;
struct vmadev_bar;
struct vmadev_injector;
struct vmadev_media;
struct vmadev_region;
struct vmadev_taken;
struct mm_struct;
struct user_struct;

/**
 * struct vmadev_backing - where a region's bytes are: one row of a table
 * @id:		enum vmadev_backing_id
 * @name:	the same, as users write it
 * @strategy:	the strategy of a handle that asks for none
 * @copies:	how often its bytes count against max_bytes, as many as there may be
 * @locked:	they cannot be swapped
 * @observed:	the counters that the module can see, VMADEV_STAT_*
 * @on_node:	its pages can be asked from one NUMA node
 * @named:	its regions are for who knows their names, see vmadev_region_by_name()
 * @a_ops:	of the region's inode, whose page cache has the bytes; NULL: it has none
 * @alloc:	get the memory, zeroed; on error nothing is left allocated.
 *		-ENOMEM, -EINTR. May sleep.
 * @free:	the reverse; pages that others hold live on until these let go
 * @read:	copy from the region at @pos, inside it, as much as @to has room
 *		for; holds no lock while it copies, since @to may be a mapping
 *		of this region. Returns bytes copied; -EFAULT if none could be,
 *		-EIO if the first page is poisoned.
 * @write:	the other way
 * @get_page:	the page at @pgoff, which is inside, with a reference; an empty
 *		one where there was a hole. -EIO if it is poisoned, -ENOMEM.
 * @pfn:	the PFN of the page at @pgoff. @nr is how many pages are wanted,
 *		all of them inside; it becomes the number of pages from @pgoff on
 *		that are physically contiguous, 0 if the first is poisoned. NULL: its
 *		pages are where they are.
 * @pages:	where the pages from @pgoff on are pointed to, which may each be
 *		poisoned, or NULL for a hole: for who looks at each
 * @sync:	fsync of these bytes, both inclusive. NULL: nothing is to be done.
 *		-ENOMEM, -EIO, -EINTR: not all of them are durable.
 * @lose:	the same bytes were written, and the medium said the error: they are not
 *		durable, nor will the next @sync write them. NULL: nothing is to be done.
 * @idle:	the last handle is gone, and the inode is about to go. NULL: so what.
 * @page_array:	the @nr pages from @pgoff on, for kernel functions that want them
 *		as an array; none of them is a hole. -EIO, one is poisoned;
 *		-ENOMEM, there was a hole.
 * @settle:	wait until each fault that has found one of these @nr pages has mapped it or
 *		given it up; under the inode's lock, or vmadev_region_read_lock()
 * @resize:	make it this long. What is gone is out of all mappings, and what
 *		is new is zeros. On error the size is as before. -ENOMEM, -EINTR, -EBUSY.
 *		NULL: its size is fixed.
 * @punch:	make bytes inside zeros; what whole pages of memory can be given back
 *		are. -ENOMEM, -EINTR, -EBUSY. NULL: neither this, nor the next two.
 * @cut:	make bytes past a file's end, of the page that it ends in, zeros in every copy,
 *		and neither newer than another. -ENOMEM, -EIO. NULL: as @punch.
 * @zero:	make bytes inside zeros, and keep or get the memory for them
 * @fill:	get the memory for bytes inside
 * @seek:	SEEK_DATA or SEEK_HOLE from an offset inside. NULL: all of it is data.
 * @pinned:	has anybody a page of it, beside the region and mappings? Under
 *		vmadev_region_write_lock(). NULL: there are no pages.
 * @revoke:	let go of all memory, out of all mappings, private copies too; calls
 *		vmadev_region_gone(). The last argument gets the bytes that others have
 *		still. -EOPNOTSUPP, not in this way; -ENOMEM. NULL: nobody can by asking.
 * @restore:	get memory anew, zeroed; calls vmadev_region_back(). -ENOMEM, -EINTR.
 *
 * Faults, mappings and copies ask for @get_page, @pfn, @pages and @page_array, under
 * vmadev_region_read_lock(). A backing that is page cache or anonymous memory of the
 * kernel's own has none of them, and no @settle. Those from @resize on are called one at a
 * time, under the lock of the region's inode, and never for a region that is fixed.
 */
struct vmadev_backing {
	u32 id;
	const char *name;
	u32 strategy;
	u64 observed;
	unsigned int copies;
	bool locked;
	bool on_node;
	bool named;
	const struct address_space_operations *a_ops;
	int (*alloc)(struct vmadev_region *region, gfp_t gfp, int node);
	void (*free)(struct vmadev_region *region);
	ssize_t (*read)(struct vmadev_region *region, loff_t pos, struct iov_iter *to);
	ssize_t (*write)(struct vmadev_region *region, loff_t pos, struct iov_iter *from);
	struct page *(*get_page)(const struct vmadev_region *region, pgoff_t pgoff);
	unsigned long (*pfn)(const struct vmadev_region *region, pgoff_t pgoff,
			     unsigned long *nr);
	struct page **(*pages)(const struct vmadev_region *region, pgoff_t pgoff);
	struct page **(*page_array)(const struct vmadev_region *region, pgoff_t pgoff,
				    unsigned long nr);
	void (*settle)(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr);
	int (*sync)(struct vmadev_region *region, loff_t start, loff_t end);
	void (*lose)(struct vmadev_region *region, loff_t start, loff_t end, int err);
	void (*idle)(struct vmadev_region *region);
	int (*resize)(struct vmadev_region *region, unsigned long nr_pages);
	int (*punch)(struct vmadev_region *region, loff_t pos, loff_t len);
	int (*cut)(struct vmadev_region *region, loff_t pos, loff_t len);
	int (*zero)(struct vmadev_region *region, loff_t pos, loff_t len);
	int (*fill)(struct vmadev_region *region, loff_t pos, loff_t len);
	loff_t (*seek)(struct vmadev_region *region, loff_t pos, int whence);
	bool (*pinned)(const struct vmadev_region *region);
	int (*revoke)(struct vmadev_region *region, u32 how, u64 *pinned);
	int (*restore)(struct vmadev_region *region);
};

/* What can be counted where the module's own vm_ops serve the faults. */
#define VMADEV_STATS_ALL	GENMASK_ULL(VMADEV_NR_COUNTERS, 0)

extern const struct vmadev_backing vmadev_backing_pages;
extern const struct vmadev_backing vmadev_backing_contig;
extern const struct vmadev_backing vmadev_backing_shmem;
extern const struct vmadev_backing vmadev_backing_none;
extern const struct vmadev_backing vmadev_backing_media;
extern const struct vmadev_backing vmadev_backing_bar;

/**
 * struct vmadev_cap - of what some regions together may have
 * @max:   bytes
 * @bytes: that they have
 */
struct vmadev_cap {
	u64 max;
	atomic64_t bytes;
};

/**
 * struct vmadev_region - a backing object
 * @id:		unique while the module is loaded; its inode's number
 * @name:	shown in /proc/PID/maps, as "vmadev:NAME"
 * @backing:	its row
 * @wants:	what the backings of a strategy have to have, all of it, to serve the region
 * @fixed:	nothing of it is ever taken away: the default region, and memory with a cache
 *		attribute of its own
 * @reopen:	its files can be opened again, by their names in /proc
 * @mounted:	it is a file that has a name: its size is told in bytes, writing makes it
 *		longer, and a mapping may be longer than it is
 * @cache:	enum vmadev_cache, of every mapping of it
 * @cap:	which it counts against too, and which outlives it; NULL: none
 * @nr_pages:	size; written under the inode's lock and, where less is left or
 *		@pages is another, vmadev_region_write_lock()
 * @seals:	VMADEV_SEAL_*, to which some may be added; written under the inode's lock and
 *		vmadev_region_write_lock()
 * @revoked:	enum vmadev_revoke_how, or 0; written as @nr_pages is
 * @revoked_pages: what @nr_pages was, which is 0 while it is revoked
 * @dummies_lock: guards @dummies
 * @dummies:	see revoke.c
 * @run_bytes:	see &struct vmadev_info
 * @one_run:	it is all of the region
 * @order:	of the largest aligned block of pages in it
 * @pages:	backings pages and contig, which alone look at it: one pointer a
 *		page, NULL for a hole. The region holds a reference on each of their
 *		folios.
 * @room:	how many pointers there is room for in @pages
 * @holes:	there may be holes: backing pages
 * @gfp:	how its pages are asked for, and from where
 * @node:	the same
 * @cred:	of who made it, by which @user is held: free_uid() is not exported up to 6.1.176
 * @user:	who made it, for whom its bytes count; NULL: nobody
 * @shm:	backings shmem and none: the tmpfs file behind mappings
 * @media:	backing media alone
 * @bar:	backing bar alone
 * @epoch:	how often its mappings have been ended; written under
 *		vmadev_region_write_lock()
 * @eager_lock:	guards @eager
 * @eager:	see eager.c
 * @limbo:	see holes.c; under the inode's lock
 * @injector:	see rules.h; written under the inode's lock and vmadev_region_write_lock()
 * @holds:	see hold.h; under the inode's lock
 * @single:	its pages are no larger folios, so that each is looked at by itself
 * @dirty:	a bit a page: written to since it was taken (dirty.c). Set under
 *		vmadev_region_read_lock(), cleared under the inode's lock, moved under that
 *		and vmadev_region_write_lock(). NULL, for ever: nobody asks.
 * @dirty_room:	bits in @dirty
 * @counters:	of all handles together
 * @refs:	one a handle, one of the module for the default region
 * @link:	in the list of regions; under vmadev_regions_lock
 * @handles:	how many; under vmadev_regions_lock
 * @inode:	while there are handles; under vmadev_regions_lock. Every file of
 *		the region points to its address_space.
 *
 * What names no lock is constant after vmadev_region_create().
 */
struct vmadev_region {
	u64 id;
	char name[VMADEV_NAME_MAX];
	const struct vmadev_backing *backing;
	u32 wants;
	bool fixed;
	bool reopen;
	bool mounted;
	u32 cache;
	struct vmadev_cap *cap;
	unsigned long nr_pages;
	unsigned long revoked_pages;
	u32 revoked;
	u32 seals;
	u64 run_bytes;
	bool one_run;
	unsigned int order;
	struct page **pages;
	unsigned long room;
	bool holes;
	gfp_t gfp;
	int node;
	const struct cred *cred;
	struct user_struct *user;
	struct file *shm;
	struct vmadev_media *media;
	struct vmadev_bar *bar;
	unsigned int epoch;
	struct vmadev_counters __percpu *counters;
	struct mutex eager_lock;	/* see above */
	struct list_head eager;
	struct vmadev_taken *limbo;
	bool single;
	unsigned long *dirty;
	unsigned long dirty_room;
	struct mutex dummies_lock;	/* see above */
	struct list_head dummies;
	struct vmadev_injector *injector;
	struct list_head holds;

	refcount_t refs;
	struct list_head link;
	unsigned int handles;
	struct inode *inode;
};

/**
 * struct vmadev_region_spec - what to create
 * @backing: its row
 * @bytes:   size; checked here. Only of what is @mounted it may be 0
 * @name:    NULL or "": made from the id; checked by vmadev_region_name_ok()
 * @node:    NUMA_NO_NODE or an online node
 * @charged: charge the pages to the caller's memory cgroup, and count them for its user
 * @fixed:   see &struct vmadev_region
 * @sealable: seals can be added
 * @logs:    what is written to is logged
 * @reopen:  see &struct vmadev_region
 * @mounted: the same
 * @cap:     the same
 * @cache:   the same; 0: VMADEV_CACHE_WB. What has another, and is no device's, is @fixed
 * @bar:     backing bar alone; the region's, to be freed with it, if there is one
 */
struct vmadev_region_spec {
	const struct vmadev_backing *backing;
	u64 bytes;
	const char *name;
	int node;
	bool charged;
	bool fixed;
	bool sealable;
	bool logs;
	bool reopen;
	bool mounted;
	struct vmadev_cap *cap;
	u32 cache;
	struct vmadev_bar *bar;
};

/* The list of regions and what struct vmadev_region says; never in a hot path. */
extern struct mutex vmadev_regions_lock;
extern struct list_head vmadev_regions;

/* limits.c */
extern u64 vmadev_max_bytes;
extern u64 vmadev_max_user_bytes;
extern bool vmadev_memlock;

bool vmadev_region_fits(const struct vmadev_backing *backing, u64 bytes);
int vmadev_region_take_room(struct vmadev_region *region, u64 bytes);
void vmadev_region_give_room(struct vmadev_region *region, u64 bytes);

int vmadev_regions_init(void);
void vmadev_regions_exit(void);
const struct vmadev_backing *vmadev_backing_by_id(u32 id);
const struct vmadev_backing *vmadev_backing_by_name(const char *name);

bool vmadev_region_name_ok(const char *name);
u64 vmadev_region_next_id(void);
struct vmadev_region *vmadev_region_create(const struct vmadev_region_spec *spec);
struct vmadev_region *vmadev_region_by_name(const char *name);
void vmadev_region_get(struct vmadev_region *region);
void vmadev_region_put(struct vmadev_region *region);
unsigned long vmadev_region_vmas(const struct vmadev_region *region, const struct file *file);

/*
 * The lock between those who use a region's pages (faults, mmap, read, write,
 * ->access) and those who take pages away. Readers may sleep, and share no cache
 * line between CPUs; who takes pages away waits for all of them. A reader holds it
 * until it has a reference on the page, or its PTEs are made: never over a copy to
 * or from user space.
 *
 * Order: the inode's lock, mmap_lock or the VMA's lock, this one, folio lock,
 * i_mmap_rwsem, page table.
 * drivers/dax/super.c does the same by SRCU, whose readers pay two memory barriers.
 */
extern struct percpu_rw_semaphore vmadev_region_lock;

static inline void vmadev_region_read_lock(void)
{
	percpu_down_read(&vmadev_region_lock);
}

static inline void vmadev_region_read_unlock(void)
{
	percpu_up_read(&vmadev_region_lock);
}

static inline void vmadev_region_write_lock(void)
{
	percpu_down_write(&vmadev_region_lock);
}

static inline void vmadev_region_write_unlock(void)
{
	percpu_up_write(&vmadev_region_lock);
}

/* Without the lock it is the size of some moment. */
static inline unsigned long vmadev_region_pages(const struct vmadev_region *region)
{
	return READ_ONCE(region->nr_pages);
}

static inline u64 vmadev_region_bytes(const struct vmadev_region *region)
{
	return (u64)vmadev_region_pages(region) << PAGE_SHIFT;
}

/**
 * vmadev_region_has() - the one range check
 * @region:   the region
 * @pgoff:    first page
 * @nr_pages: how many
 *
 * Return: true if all of these pages are inside; no sum can overflow.
 */
static inline bool vmadev_region_has(const struct vmadev_region *region, pgoff_t pgoff,
				     unsigned long nr_pages)
{
	unsigned long total = vmadev_region_pages(region);

	return pgoff <= total && nr_pages <= total - pgoff;
}

/* Without a lock it is so from now on, but may have become so meanwhile. */
static inline bool vmadev_region_sealed(const struct vmadev_region *region, u32 seals)
{
	return READ_ONCE(region->seals) & seals;
}

static inline bool vmadev_region_revoked(const struct vmadev_region *region)
{
	return READ_ONCE(region->revoked);
}

#define VMADEV_SEALS_WRITE	(VMADEV_SEAL_WRITE | VMADEV_SEAL_FUTURE_WRITE)

/**
 * vmadev_region_mapping() - where all VMAs of a region are found, and no other
 * @region: the caller has a handle of it, or holds vmadev_regions_lock
 *
 * Return: an address_space; NULL if there can be no VMA, for want of a handle.
 */
static inline struct address_space *vmadev_region_mapping(const struct vmadev_region *region)
{
	/* Mappings of page cache carry the tmpfs file instead of the handle's. */
	if (region->shm)
		return region->shm->f_mapping;
	return region->inode ? region->inode->i_mapping : NULL;
}

/* resize.c: what ftruncate, fallocate and lseek of a region do; its inode is locked */
int vmadev_region_truncate(struct vmadev_region *region, loff_t bytes);
int vmadev_region_fallocate(struct vmadev_region *region, int mode, loff_t pos, loff_t len);
loff_t vmadev_region_seek(struct vmadev_region *region, loff_t pos, int whence);
u32 vmadev_region_abilities(const struct vmadev_region *region);

/* seal.c; the region's inode is locked */
int vmadev_region_seal(struct vmadev_region *region, u32 seals);
bool vmadev_folio_pinned(struct folio *folio, int own);
void vmadev_drain_all(void);

/* revoke.c; of those that change it the region's inode is locked */
int vmadev_region_revoke(struct vmadev_region *region, u32 how, u64 *pinned);
int vmadev_region_restore(struct vmadev_region *region);
void vmadev_region_end(struct vmadev_region *region);
const char *vmadev_region_state(const struct vmadev_region *region);
void vmadev_region_gone(struct vmadev_region *region, u32 how);
void vmadev_region_back(struct vmadev_region *region);
struct page *vmadev_revoked_page(struct vmadev_region *region, pgoff_t pgoff,
				 struct mm_struct *mm);
void vmadev_revoked_forget(struct vmadev_region *region, pgoff_t pgoff, unsigned long nr);
void vmadev_revoked_free(struct vmadev_region *region);

/* eager.c: mmap calls that make PTEs after they let go of the region's lock */
struct page **vmadev_eager_begin(struct vmadev_region *region, struct mm_struct *mm,
				 struct page **pages, unsigned long nr);
void vmadev_eager_end(struct vmadev_region *region, struct mm_struct *mm);
int vmadev_eager_wait(struct vmadev_region *region, bool killable);
void vmadev_eager_free(struct vmadev_region *region);

/* rules.c */
void vmadev_inject_free(struct vmadev_region *region);

/* inode.c: the file system that regions' inodes live on */
#define VMADEV_FS_MAGIC	0x766d6164	/* "vmad" */

int vmadev_inode_get(struct vmadev_region *region);
bool vmadev_inode_get_if_used(struct vmadev_region *region);
void vmadev_inode_put(struct vmadev_region *region);
struct vmadev_region *vmadev_inode_pin(const struct inode *inode);
void vmadev_inode_unpin(struct vmadev_region *region);
void vmadev_inode_adopt(struct inode *inode, struct vmadev_region *region);
void vmadev_inode_leave(struct inode *inode);
struct file *vmadev_inode_file(struct vmadev_region *region, int oflags,
			       const struct file_operations *fops);

/* backing_shmem.c: a tmpfs file that bears the region's name */
struct file *vmadev_region_shmem(const struct vmadev_region *region, loff_t bytes, bool reserve);

bool vmadev_cache_pinned(const struct vmadev_region *region);

/* backing_pages.c: the parts that others share */
int vmadev_pages_array(struct vmadev_region *region, gfp_t gfp);
struct page *vmadev_pages_get_one(gfp_t gfp, unsigned int order, int node);
struct page *vmadev_pages_fill_one(const struct vmadev_region *region, pgoff_t pgoff);
void vmadev_pages_put(struct page **pages, unsigned long n);
size_t vmadev_page_copy(struct page *page, size_t off, size_t want, struct iov_iter *iter,
			bool to_user);
void vmadev_pages_free(struct vmadev_region *region);

#define VMADEV_PAGES_OPS			\
	.free		= vmadev_pages_free,	\
	.read		= vmadev_pages_read,	\
	.write		= vmadev_pages_write,	\
	.get_page	= vmadev_pages_get_page,	\
	.pages		= vmadev_pages_pages,	\
	.page_array	= vmadev_pages_page_array,	\
	.settle		= vmadev_pages_settle,		\
	.zero		= vmadev_pages_zero,	\
	.fill		= vmadev_pages_fill,	\
	.pinned		= vmadev_pages_pinned,	\
	.revoke		= vmadev_pages_revoke,	\
	.restore	= vmadev_pages_restore

ssize_t vmadev_pages_read(struct vmadev_region *region, loff_t pos, struct iov_iter *to);
ssize_t vmadev_pages_write(struct vmadev_region *region, loff_t pos, struct iov_iter *from);
struct page *vmadev_pages_get_page(const struct vmadev_region *region, pgoff_t pgoff);
unsigned long vmadev_pages_pfn(const struct vmadev_region *region, pgoff_t pgoff,
			       unsigned long *nr);
struct page **vmadev_pages_pages(const struct vmadev_region *region, pgoff_t pgoff);
struct page **vmadev_pages_page_array(const struct vmadev_region *region, pgoff_t pgoff,
				      unsigned long nr);
void vmadev_pages_settle(const struct vmadev_region *region, pgoff_t pgoff, unsigned long nr);
int vmadev_pages_zero(struct vmadev_region *region, loff_t pos, loff_t len);
int vmadev_pages_fill(struct vmadev_region *region, loff_t pos, loff_t len);

/* holes.c: what takes pages away */
bool vmadev_pages_pinned(const struct vmadev_region *region);
int vmadev_pages_revoke(struct vmadev_region *region, u32 how, u64 *pinned);
int vmadev_pages_restore(struct vmadev_region *region);
int vmadev_pages_resize(struct vmadev_region *region, unsigned long nr_pages);
int vmadev_pages_punch(struct vmadev_region *region, loff_t pos, loff_t len);
loff_t vmadev_pages_seek(struct vmadev_region *region, loff_t pos, int whence);
void vmadev_limbo_free(struct vmadev_region *region);

#endif /* VMADEV_REGION_H */

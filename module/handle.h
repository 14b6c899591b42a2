/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_HANDLE_H
#define VMADEV_HANDLE_H

#include <linux/fs.h>
#include <linux/spinlock.h>

#include "hold.h"
#include "region.h"

struct vmadev_strategy;

/**
 * struct vmadev_handle - one open file of a region: its ->private_data
 * @region:   holds a reference
 * @counters: of this handle
 * @epoch:    of the region when it was opened: where a handle can end, what it maps ends
 *	      with that
 * @lock:     guards the two below against SET_STRATEGY; mmap takes it inside
 *	      mmap_lock, and nothing is taken inside it
 * @strategy: how it maps; read without the lock once @fixed
 * @fixed:    there has been an mmap; never cleared. VMAs merge by file and
 *	      flags, never by vm_ops: two strategies on one file would become
 *	      one VMA with the vm_ops of the first.
 * @window:   all that it maps; no page: all of the region, of whatever size.
 *	      Constant from before the file is known to anybody.
 */
struct vmadev_handle {
	struct vmadev_region *region;
	struct vmadev_counters __percpu *counters;
	unsigned int epoch;
	spinlock_t lock;	/* see above */
	const struct vmadev_strategy *strategy;
	bool fixed;
	struct vmadev_range window;
};

/* file.c: what a file of a region can do; they differ in mmap and where it maps. */
extern const struct file_operations vmadev_page_fops;
extern const struct file_operations vmadev_contig_fops;
extern const struct file_operations vmadev_shm_fops;

/* handle.c: of the inodes of regions that can be opened by a path */
extern const struct file_operations vmadev_reopen_fops;

int vmadev_handle_open(struct file *file, struct vmadev_region *region,
		       const struct vmadev_strategy *strategy);
struct file *vmadev_handle_file(struct vmadev_region *region,
				const struct vmadev_strategy *strategy, int oflags);
void vmadev_handle_release(struct vmadev_handle *handle);

int vmadev_handle_set_strategy(struct vmadev_handle *handle,
			       const struct vmadev_strategy *strategy);
void vmadev_handle_stats(const struct file *file, u32 scope, struct vmadev_stats *stats);

static inline struct vmadev_handle *vmadev_handle_of(const struct file *file)
{
	return file->private_data;
}

/* CRASH_REVERT or REVOKE may have ended what was opened before. */
static inline bool vmadev_handle_is_stale(const struct vmadev_handle *handle)
{
	return handle->epoch != READ_ONCE(handle->region->epoch);
}

/* Those of a part end with its pages; the others go on with what RESTORE gives the region. */
static inline bool vmadev_handle_is_over(const struct vmadev_handle *handle)
{
	return handle->window.nr_pages && vmadev_handle_is_stale(handle);
}

/**
 * vmadev_count() - count something, for the handle and for its region
 * @handle:  whose
 * @counter: what
 * @n:	     how many
 */
static inline void vmadev_count(const struct vmadev_handle *handle,
				enum vmadev_counter counter, unsigned long n)
{
	this_cpu_add(handle->counters->n[counter], n);
	this_cpu_add(handle->region->counters->n[counter], n);
}

#endif /* VMADEV_HANDLE_H */

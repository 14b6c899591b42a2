// SPDX-License-Identifier: GPL-2.0
/*
 * Handles: what an open file of a region carries.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>

#include "compat.h"
#include "handle.h"
#include "strategy.h"

static struct vmadev_handle *handle_create(struct vmadev_region *region,
					   const struct vmadev_strategy *strategy)
{
	struct vmadev_handle *handle;
	int err;

	handle = kzalloc_obj(*handle, GFP_KERNEL_ACCOUNT);
	if (!handle)
		return ERR_PTR(-ENOMEM);
	handle->counters = vmadev_counters_create();
	err = handle->counters ? vmadev_inode_get(region) : -ENOMEM;
	if (err) {
		free_percpu(handle->counters);
		kfree(handle);
		return ERR_PTR(err);
	}
	vmadev_region_get(region);
	handle->region = region;
	handle->strategy = strategy;
	handle->epoch = READ_ONCE(region->epoch);
	spin_lock_init(&handle->lock);
	return handle;
}

/**
 * vmadev_handle_release() - what the last close of a file does
 * @handle: of that file
 */
void vmadev_handle_release(struct vmadev_handle *handle)
{
	struct vmadev_region *region = handle->region;

	free_percpu(handle->counters);
	kfree(handle);
	vmadev_inode_put(region);
	vmadev_region_put(region);
}

static const struct file_operations *fops_of(const struct vmadev_region *region)
{
	if (region->shm)
		return &vmadev_shm_fops;
	return region->run_bytes ? &vmadev_contig_fops : &vmadev_page_fops;
}

static void handle_attach(struct file *file, struct vmadev_handle *handle)
{
	file->private_data = handle;
	file->f_mapping = handle->region->inode->i_mapping;
	file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
	/*
	 * Or the first write fault of each mapping would stamp the node's inode,
	 * which is not ours to mark as a region's is (inode.c). 7.0: it is heeded.
	 */
	if (!handle->region->mounted)
		file->f_mode |= FMODE_NOCMTIME;
}

/**
 * vmadev_handle_open() - make a file that open(2) made a handle of a region
 * @file:     a device node's
 * @region:   that the caller holds a reference on
 * @strategy: of the handle
 *
 * Return: 0 or -ENOMEM.
 */
int vmadev_handle_open(struct file *file, struct vmadev_region *region,
		       const struct vmadev_strategy *strategy)
{
	struct vmadev_handle *handle = handle_create(region, strategy);

	if (IS_ERR(handle))
		return PTR_ERR(handle);
	handle_attach(file, handle);
	file->f_op = fops_of(region);	/* the node's are of this module too: it is held already */
	return 0;
}

/* What a file of a region may do, the path knows: an access mode of open(2). */
static fmode_t path_may(const struct path *path)
{
	return OPEN_FMODE((unsigned long)path->dentry->d_fsdata);
}

/*
 * Give a file that is about to be opened a path of its own, for who opens that again. The
 * other file, which nobody knows, takes the path that it had.
 */
static int set_path(struct file *file, struct vmadev_region *region)
{
	struct file *twin = vmadev_inode_file(region, file->f_flags & O_ACCMODE,
					      &vmadev_reopen_fops);

	if (IS_ERR(twin))
		return PTR_ERR(twin);
	swap(vmadev_path_of(file)->dentry, vmadev_path_of(twin)->dentry);
	fput(twin);
	return 0;
}

static int reopen_region(struct file *file, struct vmadev_region *region)
{
	fmode_t asked = file->f_mode & (FMODE_READ | FMODE_WRITE);
	const struct vmadev_strategy *strategy;
	int err = vmadev_strategy_for(region, 0, &strategy);

	if (!err && asked != path_may(&file->f_path))
		err = set_path(file, region);
	return err ?: vmadev_handle_open(file, region, strategy);
}

/* By /proc/PID/fd/N, which asks for no more than the mode of the inode. */
static int vmadev_reopen(struct inode *inode, struct file *file)
{
	fmode_t asked = file->f_mode & (FMODE_READ | FMODE_WRITE);
	struct vmadev_region *region;
	int err;

	if (file->f_flags & O_TRUNC)
		asked |= FMODE_WRITE;
	if (asked & ~path_may(&file->f_path))
		return -EACCES;
	region = vmadev_inode_pin(inode);
	if (!region)
		return -ENXIO;
	err = reopen_region(file, region);
	vmadev_inode_unpin(region);
	return err;
}

const struct file_operations vmadev_reopen_fops = {
	.owner	= THIS_MODULE,
	.open	= vmadev_reopen,
};

/**
 * vmadev_handle_file() - make a new file that is a handle of a region
 * @region:   that the caller holds a reference on
 * @strategy: of the handle
 * @oflags:   an access mode of open(2), 3 too
 *
 * Return: the file, or -ENOMEM, -ENFILE.
 */
struct file *vmadev_handle_file(struct vmadev_region *region,
				const struct vmadev_strategy *strategy, int oflags)
{
	struct vmadev_handle *handle = handle_create(region, strategy);
	struct file *file;

	if (IS_ERR(handle))
		return ERR_CAST(handle);
	file = vmadev_inode_file(region, oflags, fops_of(region));
	if (IS_ERR(file)) {
		vmadev_handle_release(handle);
		return file;
	}
	handle_attach(file, handle);
	return file;
}

/**
 * vmadev_handle_set_strategy() - choose how a handle maps
 * @handle:   the handle
 * @strategy: that its region can serve
 *
 * Return: 0, or -EBUSY if there has been an mmap.
 */
int vmadev_handle_set_strategy(struct vmadev_handle *handle,
			       const struct vmadev_strategy *strategy)
{
	int err = 0;

	spin_lock(&handle->lock);
	if (handle->fixed)
		err = -EBUSY;
	else
		WRITE_ONCE(handle->strategy, strategy);
	spin_unlock(&handle->lock);
	return err;
}

/**
 * vmadev_handle_stats() - counters of a handle or of its region
 * @file:  the handle's
 * @scope: enum vmadev_scope
 * @stats: gets all but @size
 */
void vmadev_handle_stats(const struct file *file, u32 scope, struct vmadev_stats *stats)
{
	const struct vmadev_handle *handle = vmadev_handle_of(file);
	const struct vmadev_region *region = handle->region;
	bool whole = scope == VMADEV_SCOPE_REGION;

	stats->scope = scope;
	stats->observed = region->backing->observed;
	/* Mappings of page cache carry the tmpfs file, not the handle's. */
	if (!whole && region->shm)
		stats->observed &= ~VMADEV_STAT_VMAS;

	vmadev_counters_sum(whole ? region->counters : handle->counters, stats);
	if (stats->observed & VMADEV_STAT_VMAS)
		stats->vmas = vmadev_region_vmas(region, whole ? NULL : file);
}

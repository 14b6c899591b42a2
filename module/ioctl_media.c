// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of backing media; uapi/vmadev.h documents them for callers.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "handle.h"
#include "ioctl.h"
#include "media.h"
#include "strategy.h"

/* Check what is to be kept, and copy the caller's list, which is kvfree()d then. */
static int keep_get(const struct vmadev_region *region, struct vmadev_keep *keep, u64 list,
		    u64 nr_pages)
{
	if (!region->media)
		return -EOPNOTSUPP;
	if (!vmadev_keep_ok(keep))
		return -EINVAL;
	if (keep->mode != VMADEV_KEEP_LIST)
		return list || nr_pages ? -EINVAL : 0;
	if (nr_pages > vmadev_region_pages(region))
		return -EINVAL;
	if (!nr_pages)
		return 0;
	keep->nr_pages = nr_pages;
	keep->list = vmemdup_user(u64_to_user_ptr(list), BITS_TO_U64(nr_pages) * sizeof(u64));
	return PTR_ERR_OR_ZERO(keep->list);
}

/* As keep_get() */
static int crash_get(const struct vmadev_region *region, const struct vmadev_crash *crash,
		     u32 flags, struct vmadev_keep *keep)
{
	*keep = (struct vmadev_keep) {
		.mode = crash->mode ?: VMADEV_KEEP_NONE,
		.tear = crash->tear,
		.seed = crash->seed,
	};
	if (crash->flags & ~flags || (crash->flags & VMADEV_CRASH_LIVE && crash->tear))
		return -EINVAL;
	return keep_get(region, keep, crash->list, crash->nr_pages);
}

/*
 * A region as long as @region, whose inode the caller has locked, and its bytes after a
 * crash. It has an inode, which vmadev_inode_put() takes back.
 */
static struct vmadev_region *fork_create(struct vmadev_region *region,
					 const struct vmadev_crash *crash,
					 const struct vmadev_keep *keep)
{
	struct vmadev_region_spec spec = {
		.backing = region->backing,
		.bytes = vmadev_region_bytes(region),
		.name = crash->name,
		.node = NUMA_NO_NODE,
		.charged = true,
	};
	struct vmadev_region *fork = vmadev_region_create(&spec);
	int err;

	if (IS_ERR(fork))
		return fork;
	err = vmadev_inode_get(fork);
	if (!err) {
		err = vmadev_media_fork(region, fork, keep, crash->flags & VMADEV_CRASH_LIVE);
		if (!err)
			return fork;
		vmadev_inode_put(fork);
	}
	vmadev_region_put(fork);
	return ERR_PTR(err);
}

/**
 * vmadev_crash_fork() - what a crash leaves of a region, as a region
 * @region: the region, that has an inode
 * @crash:  what is asked for
 *
 * Return: a descriptor of it, or an error as uapi/vmadev.h says.
 */
long vmadev_crash_fork(struct vmadev_region *region, const struct vmadev_crash *crash)
{
	const struct vmadev_strategy *strategy;
	struct vmadev_region *fork;
	struct vmadev_keep keep;
	long ret;

	if (!vmadev_region_name_ok(crash->name))
		return -EINVAL;
	ret = crash_get(region, crash, VMADEV_CRASH_LIVE, &keep);
	if (ret)
		return ret;
	inode_lock(region->inode);
	fork = fork_create(region, crash, &keep);
	inode_unlock(region->inode);
	kvfree(keep.list);
	if (IS_ERR(fork))
		return PTR_ERR(fork);
	ret = vmadev_strategy_for(fork, 0, &strategy);
	if (!ret)
		ret = vmadev_install_handle(fork, strategy, O_RDWR);
	vmadev_inode_put(fork);
	vmadev_region_put(fork);
	return ret;
}

/**
 * vmadev_ioctl_crash_fork() - VMADEV_IOC_CRASH_FORK
 * @file: a handle's
 * @arg:  what is asked for
 */
long vmadev_ioctl_crash_fork(struct file *file, union vmadev_arg *arg)
{
	if ((file->f_mode & (FMODE_READ | FMODE_WRITE)) != (FMODE_READ | FMODE_WRITE))
		return -EBADF;
	if (arg->crash.region)
		return -EINVAL;
	return vmadev_crash_fork(vmadev_handle_of(file)->region, &arg->crash);
}

/**
 * vmadev_ioctl_crash_revert() - VMADEV_IOC_CRASH_REVERT
 * @file: a handle's
 * @arg:  what is asked for
 */
long vmadev_ioctl_crash_revert(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	const struct vmadev_crash *crash = &arg->crash;
	struct vmadev_keep keep;
	long ret;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (crash->region || memchr_inv(crash->name, 0, sizeof(crash->name)))
		return -EINVAL;
	ret = crash_get(region, crash, VMADEV_CRASH_SIGBUS, &keep);
	if (ret)
		return ret;
	inode_lock(region->inode);
	ret = vmadev_media_revert(region, &keep, crash->flags & VMADEV_CRASH_SIGBUS);
	inode_unlock(region->inode);
	kvfree(keep.list);
	return ret;
}

/**
 * vmadev_ioctl_writeback() - VMADEV_IOC_WRITEBACK
 * @file: a handle's
 * @arg:  what is asked for
 */
long vmadev_ioctl_writeback(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	const struct vmadev_writeback *writeback = &arg->writeback;
	struct vmadev_keep keep = {
		.mode = writeback->mode ?: VMADEV_KEEP_ALL,
		.seed = writeback->seed,
	};
	long ret;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	ret = keep_get(region, &keep, writeback->list, writeback->nr_pages);
	if (ret)
		return ret;
	ret = vmadev_media_writeback(region, &keep);
	kvfree(keep.list);
	return ret;
}

/**
 * vmadev_ioctl_unsynced() - VMADEV_IOC_UNSYNCED
 * @file: a handle's
 * @arg:  what is asked for; gets how many there are
 */
long vmadev_ioctl_unsynced(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	struct vmadev_unsynced *unsynced = &arg->unsynced;
	u64 bytes = vmadev_region_bytes(region), *bitmap = NULL;
	unsigned long nr;
	size_t size;
	long ret = 0;

	if (!region->media)
		return -EOPNOTSUPP;
	if (unsynced->flags || !PAGE_ALIGNED(unsynced->offset | unsynced->length) ||
	    unsynced->offset > bytes || unsynced->length > bytes - unsynced->offset)
		return -EINVAL;
	nr = (unsynced->length ?: bytes - unsynced->offset) >> PAGE_SHIFT;
	size = BITS_TO_U64(nr) * sizeof(u64);
	unsynced->pages = 0;
	if (!nr)
		return 0;
	if (unsynced->bitmap) {
		bitmap = kvzalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
		if (!bitmap)
			return -ENOMEM;
	}
	unsynced->pages = vmadev_media_unsynced(region, unsynced->offset >> PAGE_SHIFT, nr, bitmap);
	if (bitmap && copy_to_user(u64_to_user_ptr(unsynced->bitmap), bitmap, size))
		ret = -EFAULT;
	kvfree(bitmap);
	return ret;
}
